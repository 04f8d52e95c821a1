"""What is said of a record batch is what is said of its rows one by one."""

import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pyarrow as pa
import pytest
from echo_model import save_echo
from hypothesis import given, settings
from hypothesis import strategies as st
from thirty_rows import LISTS, TYPES, VECTORS
from world import World

from model.serving.batch.predictor import Predictor
from model.serving.export import save_model
from model.serving.fingerprint import Fingerprint, stamp
from model.serving.predict import predict_with
from model.serving.raw_columns import open_model
from model.serving.saved_model import SavedModel
from zeroskew.errors import DataError, SettingsError

ARROW = {"FLOAT": pa.float64(), "INT": pa.int64(), "BYTES": pa.binary()}

KEYS = ["company", "tags", "count"]

integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
texts = st.text(max_size=5)
rows_of = st.lists(
    st.fixed_dictionaries(
        {
            "count": st.none() | integers,
            "fare": st.none() | floats,
            "company": st.none() | texts,
            "tags": st.none() | st.lists(texts, max_size=4),
            "vector": st.none() | st.just([]) | st.lists(floats, min_size=2, max_size=2),
        }
    ),
    max_size=12,
)
COLUMNS = {
    "count": pa.int64(),
    "fare": pa.float64(),
    "company": pa.binary(),
    "tags": pa.list_(pa.binary()),
    "vector": pa.list_(pa.float64()),
}


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_echo(tmp_path_factory.mktemp("echo") / "1764000000", lists=True)


@pytest.fixture(scope="module")
def alone(echo: Path) -> SavedModel:
    return open_model(echo)


@pytest.fixture(scope="module")
def asked(echo: Path) -> Predictor:
    return Predictor(echo, KEYS)


def encoded(value: Any) -> Any:
    if isinstance(value, list):
        return [encoded(one) for one in value]
    return value.encode() if isinstance(value, str) else value


def batch_of(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            name: pa.array([encoded(row.get(name)) for row in rows], data_type)
            for name, data_type in COLUMNS.items()
        }
    )


@settings(max_examples=40, deadline=None, database=None)
@given(rows=rows_of)
def test_each_row_gets_the_answer_that_it_gets_alone_and_keeps_its_keys(
    alone: SavedModel, asked: Predictor, rows: list[dict[str, Any]]
) -> None:
    answered = asked.answer(batch_of(rows))
    assert answered.misfits == {}
    expected = [
        {
            **{name: row[name] for name in KEYS},
            **answer,
            "model_version": 1764000000,
            "model_fingerprint": None,
        }
        for row, answer in zip(rows, predict_with(alone, rows), strict=True)
    ]
    np.testing.assert_equal(answered.answers.to_pylist(), expected)


def test_a_batch_is_asked_in_parts_whose_answers_are_in_order(echo: Path) -> None:
    rows = [{"count": row, "fare": float(row), "tags": ["a"] * (row % 4)} for row in range(10)]
    answers = Predictor(echo, ["count"], rows_at_once=3).answer(batch_of(rows)).answers
    assert answers.column(0).to_pylist() == list(range(10))
    assert answers.to_pydict()["value"] == [2.0 * row for row in range(10)]
    assert answers.to_pydict()["how_many"] == [row % 4 for row in range(10)]


def test_rows_that_the_model_cannot_take_are_named_and_the_others_answered(echo: Path) -> None:
    rows = [
        {"vector": [1.0]},
        {"fare": 1.5, "vector": [1.0, 2.0]},
        {"vector": [1.0, 2.0, 3.0]},
        {"fare": 2.5},
    ]
    answered = Predictor(echo).answer(batch_of(rows))
    assert answered.answers.to_pydict()["value"] == [3.0, 5.0]
    assert answered.misfits == {
        0: "vector holds 1 value, not 2",
        2: "vector holds 3 values, not 2",
    }


def test_lists_where_one_value_is_wanted_must_hold_one(echo: Path) -> None:
    batch = pa.RecordBatch.from_pydict({"fare": pa.array([[1.5], [], None, [1.0, 2.0], [2.5]])})
    answered = Predictor(echo).answer(batch)
    np.testing.assert_equal(
        answered.answers.to_pydict()["value"], [3.0, float("nan"), float("nan"), 5.0]
    )
    assert answered.misfits == {3: "fare holds 2 values, not 1"}


def test_plain_values_are_lists_of_one_and_whole_numbers_are_floats(echo: Path) -> None:
    batch = pa.RecordBatch.from_pydict({"tags": [b"a", None], "fare": pa.array([1, 2])})
    answered = Predictor(echo).answer(batch)
    assert answered.answers.to_pydict()["how_many"] == [1, 0]
    assert answered.answers.to_pydict()["value"] == [2.0, 4.0]


def test_no_rows_have_the_columns_of_all_answers(asked: Predictor) -> None:
    nothing, one = (asked.answer(batch_of(rows)).answers for rows in ([], [{"tags": ["a"]}]))
    assert nothing.num_rows == 0
    assert nothing.schema == one.schema


def test_a_folder_without_a_number_has_no_version(echo: Path, tmp_path: Path) -> None:
    (tmp_path / "model").symlink_to(echo)
    answers = Predictor(tmp_path / "model").answer(batch_of([{}])).answers
    assert answers.to_pydict()["model_version"] == [None]
    assert answers.schema.field("model_version").type == pa.int64()


@pytest.mark.parametrize("key", ["label", "model_version"])
def test_a_key_called_like_an_answer_is_refused(echo: Path, key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Predictor(echo, ["fare", key])
    assert caught.value.rule == "a key must have a name that no column of the answers has"
    assert caught.value.received == repr(key)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the model must be a SavedModel that a run has pushed"):
        Predictor(tmp_path)


def test_a_model_that_bears_a_fingerprint_is_known_by_it(echo: Path, tmp_path: Path) -> None:
    shutil.copytree(echo, tmp_path / "3")
    fingerprint = Fingerprint("features", "graph", "vocabularies", "schema")
    stamp(str(tmp_path / "3"), fingerprint)
    answers = Predictor(tmp_path / "3").answer(batch_of([{}, {}])).answers.to_pydict()
    assert answers["model_fingerprint"] == [fingerprint.whole] * 2
    assert answers["model_version"] == [3, 3]


def test_a_model_that_was_exported_says_the_same(
    small_world: World, small_network: keras.Model, tmp_path: Path
) -> None:
    world, folder = small_world, tmp_path / "5"
    head = world.features.label.head([], (), world.columns)
    save_model(small_network, head, world.features, world.columns, world.graph, target=str(folder))
    rows = [{name: values[row] for name, values in world.table.items()} for row in range(30)]
    arrays = {}
    for name, kind in TYPES.items():
        data_type = pa.list_(ARROW[kind]) if name in (*LISTS, *VECTORS) else ARROW[kind]
        arrays[name] = pa.array([encoded(row[name]) for row in rows], data_type)
    answers = Predictor(folder).answer(pa.RecordBatch.from_pydict(arrays)).answers.to_pydict()
    expected = predict_with(open_model(folder), rows)
    assert answers["label"] == [one["label"] for one in expected]
    np.testing.assert_allclose(
        answers["probability"], [one["probability"] for one in expected], rtol=1e-5
    )
