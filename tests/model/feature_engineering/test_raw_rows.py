import shutil

import numpy as np

from model.feature_engineering import raw_rows
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.raw_rows import (
    as_floats,
    join_rows,
    missing_mask,
    read_columns,
    read_rows,
)

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
