"""Slices with a threshold and without a row."""

import pyarrow as pa

from model.feature_engineering.columns import Column
from model.rehearsal.bounded_slices import BoundedSlices
from model.slice_settings import parse_slices

COLUMNS = {
    "pay": Column("pay", "BYTES"),
    "seats": Column("seats", "INT"),
    "fare": Column("fare", "FLOAT"),
    "tags": Column("tags", "BYTES", None),
}
SLICES = parse_slices(["pay", "seats", {"fare": [1, 2]}, "tags", ["pay", "seats"]])


def warnings(names: list[str], *values: bytes | None) -> list[str]:
    slices = BoundedSlices(names, SLICES, COLUMNS)
    for value in values:
        slices.add(pa.RecordBatch.from_arrays([pa.array([value], pa.binary())], names=["pay"]))
    return slices.warnings()


def test_one_that_rows_are_in_is_fine() -> None:
    assert (
        warnings(["pay=Cash", "pay=missing", "pay=größer"], b"Cash", None, "größer".encode()) == []
    )


def test_another_one_is_named_with_the_nearest() -> None:
    assert warnings(["pay=Cahs", "pay=xyz"], b"Cash", b"Card") == [
        "gate.slices: no eval row is in pay=Cahs, so that no model can be blessed; did you mean "
        "'pay=Cash'?",
        "gate.slices: no eval row is in pay=xyz, so that no model can be blessed",
    ]


def test_numbers_ranges_lists_and_pairs_are_left_to_the_gate() -> None:
    assert warnings(["seats=9", "fare=below 1", "tags=x", "pay=a, seats=1"], b"Cash") == []
