import shutil

import numpy as np
import pytest

from model.feature_engineering import raw_rows
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.raw_rows import (
    as_floats,
    as_tensors,
    join_rows,
    missing_mask,
    read_columns,
    read_rows,
    to_lists,
)
from zeroskew.errors import DataError

FARE, MONTH, COMPANY = Column("fare", "FLOAT"), Column("month", "INT"), Column("company", "BYTES")


def test_raw_rows_are_read_in_their_order_with_markers_where_missing(world):
    fare = world.rows.columns["fare"]
    assert fare.dtype == np.float32
    np.testing.assert_array_equal(fare, world.values("fare").astype(np.float32))
    months = [MISSING_INT if one is None else one for one in world.table["month"]]
    assert world.rows.columns["month"].tolist() == months
    companies = [b"" if one is None else one.encode() for one in world.table["company"]]
    assert world.rows.columns["company"].tolist() == companies
    assert len(world.rows) == len(world.rows.serialized) == 30


def test_only_the_named_columns_are_decoded(world):
    (rows,) = read_rows(str(world.examples_dir), [MONTH, FARE])
    assert list(rows.columns) == ["month", "fare"]
    assert rows.columns["month"][:2].tolist() == [1, 2]
    assert rows.columns["fare"][:2].tolist() == [5.25, 6.75]
    assert rows.serialized.tolist() == world.rows.serialized.tolist()


def test_columns_alone_are_those_of_the_rows(world):
    (values,) = read_columns(str(world.examples_dir), [MONTH, COMPANY])
    assert list(values) == ["month", "company"]
    for name, column in values.items():
        np.testing.assert_array_equal(column, world.rows.columns[name], err_msg=name)


def test_batches_follow_the_files_by_name_and_the_rows_in_them(world, tmp_path, monkeypatch):
    monkeypatch.setattr(raw_rows, "BATCH_ROWS", 20)
    for name in ("b", "a"):
        shutil.copytree(world.examples_dir, tmp_path / "raw", dirs_exist_ok=True)
        (tmp_path / "raw" / "part-00000.gz").rename(tmp_path / "raw" / f"{name}.gz")
    batches = list(read_rows(str(tmp_path / "raw"), [FARE]))
    assert [len(batch) for batch in batches] == [20, 20, 20]
    joined = join_rows(batches)
    twice = np.tile(world.rows.columns["fare"], 2)
    np.testing.assert_array_equal(joined.columns["fare"], twice)
    assert joined.serialized.tolist() == world.rows.serialized.tolist() * 2


def test_an_empty_folder_holds_no_rows(tmp_path):
    assert list(read_rows(str(tmp_path), [FARE])) == []
    assert list(read_columns(str(tmp_path), [FARE])) == []


def test_rows_are_taken_by_position_in_the_order_asked_for(world):
    rows = world.rows.take([2, 0])
    assert rows.columns["fare"].tolist() == [8.25, 5.25]
    assert rows.serialized.tolist() == world.rows.serialized[[2, 0]].tolist()
    assert len(world.rows.take([])) == 0


def test_missing_values_of_each_type_are_marked():
    assert missing_mask(np.array([np.nan, 0.0], dtype=np.float32), FARE).tolist() == [True, False]
    assert missing_mask(np.array([MISSING_INT, 0]), MONTH).tolist() == [True, False]
    words = np.array([b"", b" "], dtype=object)
    assert missing_mask(words, COMPANY).tolist() == [True, False]


def test_numbers_become_float32_with_nan_where_missing():
    floats = as_floats(np.array([MISSING_INT, 12]), MONTH)
    assert floats.dtype == np.float32
    np.testing.assert_array_equal(floats, [np.nan, 12.0])
    np.testing.assert_array_equal(
        as_floats(np.array([np.nan, 0.1], dtype=np.float32), FARE), np.float32([np.nan, 0.1])
    )


def test_lists_are_arrays_of_any_length_and_vectors_rows_of_a_matrix(world):
    tags = [[tag.encode() for tag in row] for row in world.table["tags"]]
    assert [one.tolist() for one in world.rows.columns["tags"]] == tags
    vectors = world.rows.columns["vector"]
    assert vectors.shape == (30, 3)
    assert np.isnan(vectors[2]).all()
    assert vectors[5].tolist() == [5.0, 3.0, -4.0]
    lists = Column("tags", "BYTES", None)
    assert missing_mask(world.rows.columns["tags"], lists).tolist() == [not one for one in tags]
    mask = missing_mask(vectors, Column("vector", "FLOAT", 3))
    assert np.flatnonzero(mask).tolist() == [2]


def test_lists_of_equal_lengths_stay_lists():
    lists = to_lists([np.array([1, 2]), np.array([3, 4])])
    assert lists.shape == (2,)
    assert [one.tolist() for one in lists] == [[1, 2], [3, 4]]
    assert as_tensors({"x": lists})["x"].to_list() == [[1, 2], [3, 4]]


def test_several_values_where_the_schema_says_one_are_refused(world):
    with pytest.raises(DataError) as caught:
        next(read_columns(str(world.examples_dir), [FARE, Column("tags", "BYTES")]))
    assert str(caught.value) == (
        "a row holds one value of each column, unless the schema says otherwise\n"
        "  received: 5 values of 'tags' in one row\n"
        "  do:       say value_count { min: 1 } in the schema, and use MultiCategory or Vector"
    )
