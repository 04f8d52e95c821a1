"""Label and lambdas on rows, without TensorFlow: the same as with it, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from model import Amount, FeatureSet, Numeric, OneOf, YesNo
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import load_features
from model.feature_engineering.labels import Label
from model.rehearsal.all_rows import AllRows
from model.rehearsal.arrays import to_arrays
from zeroskew.errors import DataError, FeatureError

COLUMNS = {
    name: Column(name, kind)
    for name, kind in {"fare": "FLOAT", "seats": "INT", "plan": "BYTES", "weight": "FLOAT"}.items()
}
LABELS: list[Label] = [
    YesNo("plan", positive="gold"),
    YesNo("plan", positive="gold", negative="tin", weight="weight"),
    YesNo("y", lambda row: (row["fare"] > 2) & (row["plan"] != "tin"), uses=("fare", "plan")),
    YesNo("seats", positive=2),
    OneOf("plan"),
    OneOf("plan", classes=("gold", "tin")),
    OneOf("seats"),
    OneOf("half", lambda row: row["seats"] // 2, uses=("seats",)),
    OneOf("low", lambda row: row["plan"].lower().or_else(""), uses=("plan",)),
    Amount("fare", weight="seats"),
    Amount("log", lambda row: row["fare"].log() / row["seats"], uses=("fare", "seats")),
]
ROWS = st.fixed_dictionaries(
    {
        "fare": st.none() | st.floats(0, 100, width=32, allow_subnormal=False),
        "seats": st.none() | st.integers(0, 4),
        "plan": st.sampled_from([None, b"", b"gold", b"tin", b"GOLD", "zürich".encode()]),
        "weight": st.none() | st.floats(0, 2, width=32, allow_subnormal=False),
    }
)
TYPES = {"FLOAT": pa.float64(), "INT": pa.int64(), "BYTES": pa.binary()}
SCHEMA = pa.schema([(name, TYPES[column.type]) for name, column in COLUMNS.items()])


def batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def seen(label: Label, rows: list[dict[str, Any]], split: str = "train") -> AllRows:
    found = AllRows(
        FeatureSet(label, [Numeric("other")]), COLUMNS | {"other": Column("other", "INT")}
    )
    found.add(split, batch(rows))
    return found


@pytest.mark.parametrize("label", LABELS, ids=lambda label: f"{label.KIND}-{label.name}")
@given(st.lists(ROWS, min_size=1, max_size=5))
def test_labels_on_arrays_are_those_of_tensors(label: Label, rows: list[dict[str, Any]]) -> None:
    arrays = to_arrays(batch(rows), COLUMNS.values())
    with np.errstate(all="ignore"):
        found = label.plain_labels(arrays)
    expected = [
        one.numpy() for one in label.plain_labels({n: tf.constant(v) for n, v in arrays.items()})
    ]
    assert [one.dtype for one in found] == [one.dtype for one in expected]
    np.testing.assert_array_equal(found[1], expected[1])
    known = expected[1] > 0
    if found[0].dtype == np.float32:
        np.testing.assert_allclose(found[0][known], expected[0][known], rtol=1e-6)
    else:
        np.testing.assert_array_equal(found[0][known], expected[0][known])


class TestLabel:
    def test_one_that_is_the_same_in_all_rows_is_refused_with_its_line(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "features.py"
        file.write_text(
            "from model import FeatureSet, Numeric, YesNo\n"
            "FEATURES = FeatureSet(\n"
            '    YesNo("y", lambda row: row["fare"] > 100, uses=("fare",)),\n'
            '    [Numeric("seats")],\n'
            ")\n"
        )
        rows = AllRows(load_features(str(file)), COLUMNS)
        rows.add("train", batch([{"fare": 1.0}, {"fare": 2.0}]))
        with pytest.raises(FeatureError) as raised:
            rows.check_label(0.0)
        assert raised.value.rule == "the label 'y' must have more than one value in the train split"
        assert raised.value.received == f"2 rows, all of them 0, in {file}, line 3"

    def test_a_sample_of_one_value_is_no_fault(self) -> None:
        seen(YesNo("seats"), [{"seats": 1}, {"seats": 1}]).check_head()
        seen(Amount("fare", scaling="log"), [{"fare": -1.0}]).check_head()

    def test_a_negative_number_cannot_be_scaled_by_its_logarithm(self) -> None:
        rows = seen(Amount("fare", scaling="log"), [{"fare": -1.0}, {"fare": 2.0}])
        with pytest.raises(FeatureError, match="is 0 or more, for its scaling is logarithmic"):
            rows.check_head()

    def test_rows_without_one_are_counted(self) -> None:
        rows = seen(OneOf("plan"), [{"plan": b"a"}, {"plan": b"b"}, {"plan": None}])
        assert rows.counted("train") == 2
        rows.check_label(0.4)
        with pytest.raises(FeatureError, match=r"at most 0\.3 of a split's rows"):
            rows.check_label(0.3)

    def test_a_row_never_counts_less_than_nothing(self) -> None:
        with pytest.raises(DataError, match="weights of the label 'fare' are 0 or more"):
            seen(Amount("fare", weight="weight"), [{"fare": 1.0, "weight": -1.0}])


def test_the_trivial_rule_learns_from_train_rows_and_is_scored_on_eval_rows() -> None:
    rows = seen(YesNo("seats"), [{"seats": 1}, {"seats": 0}, {"seats": 0}])
    assert rows.trivial_scores() == {}
    rows.add("eval", batch([{"seats": 0}, {"seats": 0}, {"seats": 0}, {"seats": 1}]))
    assert rows.trivial_scores() == {"accuracy": 0.75, "auc": 0.5}


def test_what_a_feature_computes_is_computed(tmp_path: Path) -> None:
    features = FeatureSet(
        YesNo("seats"),
        [Numeric("f", value=lambda row: row["fare"] ** row["plan"], uses=("fare", "plan"))],
    )
    with pytest.raises(FeatureError) as raised:
        AllRows(features, COLUMNS).add("train", batch([{"seats": 1}]))
    assert "feature 'f'" in raised.value.rule
    assert raised.value.place is not None
    assert raised.value.place.startswith(__file__)
