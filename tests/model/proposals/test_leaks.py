"""Columns that give the label away, found in the rows."""

import random

import pyarrow as pa

from model import Categorical, FeatureSet, MultiCategory, Numeric, YesNo
from model.feature_engineering.columns import Column
from model.proposals.leaks import find_leaks_in_rows

COLUMNS = {
    one.name: one
    for one in (
        Column("paid", "BYTES"),
        Column("reason", "BYTES"),
        Column("age", "FLOAT"),
        Column("tags", "BYTES", None),
    )
}
FEATURES = FeatureSet(
    YesNo("paid", positive="yes"), [Categorical("reason"), Numeric("age"), MultiCategory("tags")]
)


def rows(count: int, leak: bool) -> pa.Table:
    draw = random.Random(1)
    paid = [draw.choice([b"yes", b"no"]) for _ in range(count)]
    reason = [b"a" if one == b"yes" else None for one in paid]
    return pa.table(
        {
            "paid": pa.array(paid, pa.binary()),
            "reason": pa.array(reason if leak else [b"a"] * count, pa.binary()),
            "age": pa.array([draw.random() if draw.random() > 0.1 else None for _ in paid]),
            "tags": pa.array([[b"p"], None] * (count // 2), pa.list_(pa.binary())),
        }
    )


def test_a_column_that_alone_tells_the_label_is_found() -> None:
    found = find_leaks_in_rows(FEATURES, COLUMNS, rows(1_000, leak=True))
    assert list(found) == ["reason"]
    assert found["reason"].startswith("alone predicts the label 'paid' with AUC 1.0000")
    assert find_leaks_in_rows(FEATURES, COLUMNS, rows(1_000, leak=False)) == {}


def test_in_few_rows_it_may_be_luck() -> None:
    assert find_leaks_in_rows(FEATURES, COLUMNS, rows(100, leak=True)) == {}


def test_rows_that_lack_a_class_where_they_are_judged_are_no_mistake_here() -> None:
    table = rows(1_000, leak=True)
    paid = [b"yes" if place == 1 else b"no" for place in range(1_000)]
    changed = table.set_column(0, "paid", pa.array(paid, pa.binary()))
    assert find_leaks_in_rows(FEATURES, COLUMNS, changed) == {}
