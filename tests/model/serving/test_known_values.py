"""The model of all kinds says which values its features know, as the graph itself looks them up."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from model.serving.known_values import KnownValues, read_known_values, write_known_values


@pytest.fixture(scope="module")
def listed(
    world: Any, model_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[KnownValues]:
    folder = tmp_path_factory.mktemp("known")
    shutil.copytree(model_dir / "assets", folder / "assets")
    write_known_values(str(folder), world.features)
    return read_known_values(folder)


@pytest.fixture(scope="module")
def known(listed: list[KnownValues]) -> dict[str, KnownValues]:
    return {one.feature: one for one in listed if one.feature != "last_viewed"}


def test_features_with_a_vocabulary_know_values_and_no_others_do(known):
    assert {name: one.column for name, one in known.items()} == {
        "known_company": "company",
        "known_tract": "tract",
        "month_filled": "month",
        "company": "company",
        "tract_category": "tract",
        "nothing_text": "nothing_text",
        "month": "month",
        "spring": "month",
        "tags": "tags",
        "tag_counts": "tags",
        "viewed": "viewed",
        "last_tags": "tags",
    }
    assert known["known_company"].values == [b"Red", b"Blue"]
    assert known["known_tract"].values == [b"17032", b"17031"]
    assert known["spring"].values == [b"3", b"4", b"5"]
    assert known["nothing_text"].values == []


def test_a_sequence_of_several_columns_knows_values_of_each(listed):
    found = {one.column: one.values for one in listed if one.feature == "last_viewed"}
    assert found == {"viewed": [b"0", b"1", b"2"], "tags": [b"a", b"b", b"c", b"d"]}


@pytest.mark.parametrize("name", ["company", "tract_category", "spring", "known_company"])
def test_a_value_is_known_if_the_graph_has_an_id_of_its_own_for_it(world, known, name):
    (feature,) = [one for one in world.features.features if one.name == name]
    cells = sorted({one for one in world.table[feature.column] if one})
    row = {feature.column: tf.constant(cells, world.columns[feature.column].dtype)}
    ids = world.graph(row)[feature.key].numpy().tolist()
    values = known[name].values
    found = {cell: str(cell).encode() in values for cell in cells}
    assert found == {cell: id_ < len(values) for cell, id_ in zip(cells, ids, strict=True)}
    assert {*found.values()} == {True, False}


def test_a_model_that_does_not_tell_knows_nothing(tmp_path):
    assert read_known_values(tmp_path) == []
