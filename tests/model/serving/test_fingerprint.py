"""The fingerprint changes with each of the parts it covers, and with nothing else."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from thirty_rows import schema
from world import World

from model import Categorical, FeatureSet, Numeric, YesNo
from model.feature_engineering.vocabulary_file import FILE
from model.serving.fingerprint import (
    FINGERPRINT,
    Fingerprint,
    fingerprint_of,
    read_fingerprint,
    read_parts,
    require_same,
    stamp,
)
from zeroskew.errors import DataError

PARTS = Fingerprint("a", "b", "c", "d")


@pytest.fixture
def graph_dir(small_world: World, tmp_path: Path) -> Path:
    """A copy of the transform graph, to be changed."""
    return Path(shutil.copytree(small_world.graph_dir, tmp_path / "graph"))


@pytest.fixture
def stamped(small_model_dir: Path, tmp_path: Path) -> Path:
    """A copy of a SavedModel, with a fingerprint."""
    folder = Path(shutil.copytree(small_model_dir, tmp_path / "model"))
    stamp(str(folder), PARTS)
    return folder


def test_it_is_of_all_its_parts() -> None:
    others = [dataclasses.replace(PARTS, **{name: "e"}) for name in dataclasses.asdict(PARTS)]
    assert len({PARTS.whole, *(one.whole for one in others)}) == 5
    assert [PARTS.differences(one) for one in others] == [
        ["features"],
        ["transform graph"],
        ["vocabularies"],
        ["schema"],
    ]
    assert PARTS.differences(PARTS) == []


def test_a_copy_elsewhere_has_the_same(small_world: World, graph_dir: Path) -> None:
    here = fingerprint_of(small_world.features, schema(), str(small_world.graph_dir))
    assert fingerprint_of(small_world.features, schema(), str(graph_dir)) == here


def test_a_vocabulary_counts(small_world: World, graph_dir: Path) -> None:
    before = fingerprint_of(small_world.features, schema(), str(graph_dir))
    file = graph_dir / "transform_fn" / "assets" / FILE
    file.write_bytes(file.read_bytes() + b"another\n")
    after = fingerprint_of(small_world.features, schema(), str(graph_dir))
    assert before.differences(after) == ["vocabularies"]


def test_a_type_counts_and_a_bound_does_not(small_world: World, graph_dir: Path) -> None:
    before = fingerprint_of(small_world.features, schema(), str(graph_dir))
    changed = schema()
    column = next(one for one in changed.feature if one.name == small_world.features.sources[0])
    column.presence.min_fraction = 0.25
    assert fingerprint_of(small_world.features, changed, str(graph_dir)) == before
    column.type = 1 if column.type != 1 else 2
    after = fingerprint_of(small_world.features, changed, str(graph_dir))
    assert before.differences(after) == ["schema"]


def test_the_order_of_the_columns_does_not_count(small_world: World, graph_dir: Path) -> None:
    turned = schema()
    features = [*turned.feature][::-1]
    del turned.feature[:]
    turned.feature.extend(features)
    before = fingerprint_of(small_world.features, schema(), str(graph_dir))
    assert fingerprint_of(small_world.features, turned, str(graph_dir)) == before


@pytest.mark.parametrize(
    "features",
    [
        [Numeric("fare", scaling="robust"), Categorical("company")],
        [Numeric("fare"), Categorical("company", embedding=3)],
        [Categorical("company"), Numeric("fare")],
    ],
    ids=["another parameter", "one that the graph does not show", "another order"],
)
def test_the_list_counts(graph_dir: Path, features: list[Any]) -> None:
    label = YesNo("big_tip", column="tips")
    lists = [[Numeric("fare"), Categorical("company")], features]
    before, after = (
        fingerprint_of(FeatureSet(label, one), schema(), str(graph_dir)) for one in lists
    )
    assert before.differences(after) == ["features"]


def test_a_model_bears_it_and_answers_as_before(stamped: Path, small_model_dir: Path) -> None:
    assert read_fingerprint(stamped) == PARTS.whole
    assert read_parts(stamped) == PARTS
    assert read_fingerprint(small_model_dir) == ""
    before, after = (tf.saved_model.load(str(one)) for one in (small_model_dir, stamped))
    assert {*after.signatures} == {*before.signatures}


def test_a_model_beside_the_file_of_another_is_refused(stamped: Path) -> None:
    other = dataclasses.replace(PARTS, schema="e")
    content = {"fingerprint": other.whole, **dataclasses.asdict(other)}
    (stamped / FINGERPRINT).write_text(json.dumps(content))
    with pytest.raises(DataError) as caught:
        read_parts(stamped)
    assert str(caught.value).splitlines()[:3] == [
        "a model and the file beside it must have the same fingerprint",
        f"  allowed:  {PARTS.whole}, which a model has",
        f"  received: {other.whole}, which the file beside it has",
    ]


def test_a_model_without_it_is_refused(small_model_dir: Path) -> None:
    with pytest.raises(DataError, match="a model bears a fingerprint") as caught:
        read_parts(small_model_dir)
    assert f"received: {small_model_dir}, which has none" in str(caught.value)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be a SavedModel that a run has pushed"):
        read_fingerprint(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff")
    with pytest.raises(DataError, match="must be a SavedModel that a run has pushed"):
        read_fingerprint(tmp_path)


def test_the_same_passes() -> None:
    require_same("a", "a", "an index", "the model")
