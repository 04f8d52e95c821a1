"""Lambdas of a features file: what they may read, and what they must return."""

from typing import Any

import pytest
import tensorflow as tf

from model import FeatureSet, Numeric, YesNo
from model.feature_engineering.columns import Column
from model.feature_engineering.expressions import Expression, compute, outline
from zeroskew.errors import FeatureError

COLUMNS = {
    name: Column(name, kind)
    for name, kind in {"fare": "FLOAT", "start": "INT", "end": "INT", "status": "BYTES"}.items()
}
ROW = {
    "fare": tf.constant([10.0, float("nan")]),
    "start": tf.constant([1_700_000_000, 1_700_000_000], tf.int64),
    "end": tf.constant([1_700_000_001, 1_700_000_002], tf.int64),
    "status": tf.constant(["Sold", ""]),
}


def test_an_expression_reads_columns_of_any_type() -> None:
    found = compute(
        "label 'y'",
        lambda row: (row["status"] == "Sold") & (row["end"] - row["start"] < 2),
        ROW,
        ("status", "start", "end"),
    )
    assert found.as_bool().numpy().tolist() == [True, False]
    assert found.missing.numpy().tolist() == [False, False]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            lambda row: row["stat"] == "Sold",
            "label 'y': an expression reads the columns that it names in uses\n"
            "  allowed:  status, fare\n"
            "  received: 'stat'\n"
            "  do:       did you mean 'status'?",
        ),
        (
            lambda row: row["end"] > 1,
            "label 'y': an expression reads the columns that it names in uses\n"
            "  allowed:  status, fare\n"
            "  received: 'end'\n"
            "  do:       add 'end' to uses",
        ),
        (
            lambda row: True,
            "label 'y': an expression returns what it computes from columns\n"
            "  received: True\n"
            "  do:       let the lambda's result depend on a column",
        ),
        (
            lambda row: row["fare"].median(),
            "label 'y': an expression computes with columns, numbers and text\n"
            "  received: AttributeError: 'Value' object has no attribute 'median'\n"
            "  do:       correct the lambda in the features file",
        ),
    ],
)
def test_a_mistake_is_found_before_a_run(expression: Expression, message: str) -> None:
    with pytest.raises(FeatureError) as raised:
        outline("label 'y'", expression, ("status", "fare"), COLUMNS)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        (lambda row: row["fare"] / 2, "a number"),
        (lambda row: row["status"].lower(), "text"),
        (lambda row: row["status"] == "Sold", "a yes or a no"),
    ],
)
def test_what_an_expression_gives_is_known_before_a_run(expression: Expression, kind: str) -> None:
    assert outline("label 'y'", expression, ("status", "fare"), COLUMNS) == kind


def test_a_label_or_a_feature_of_another_kind_is_refused() -> None:
    label = YesNo("y", lambda row: row["fare"], uses=("fare",))
    with pytest.raises(FeatureError) as raised:
        label.check(COLUMNS)
    assert str(raised.value) == (
        "label 'y': its expression must give a yes or a no\n"
        "  received: 'a number'\n"
        "  do:       correct the label in the features file"
    )


def test_the_feature_list_checks_its_expressions() -> None:
    def features(**value: Any) -> FeatureSet:
        label = YesNo("sold", lambda row: row["status"] == "Sold", uses=("status",))
        return FeatureSet(label, [Numeric("fare"), Numeric("made", **value)])

    features(value=lambda row: row["end"] - row["start"], uses=("end", "start")).check(COLUMNS)
    features(value=lambda row: row["fare"] > 3, uses=("fare",)).check(COLUMNS)
    text = features(value=lambda row: row["start"].lower(), uses=("start",))
    with pytest.raises(FeatureError, match="feature 'made': this part of an expression needs text"):
        text.check(COLUMNS)
