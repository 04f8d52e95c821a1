"""Drift and skew, measured by TFDV on statistics of small tables."""

from typing import Any

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.gate.drift import Control, compare
from data_ingestion.schema.inference import compute_statistics
from data_ingestion.schema.text import merge
from zeroskew.errors import SettingsError

WAY = 'feature {{ name: "way" type: BYTES {}_comparator {{ infinity_norm {{ threshold: 0.1 }} }} }}'
DRIFT, SKEW = WAY.format("drift"), WAY.format("skew")
FARE = """
feature { name: "fare" type: FLOAT
          drift_comparator { jensen_shannon_divergence { threshold: 0.1 } } }
"""


def schema(text: str) -> Any:
    return text_format.Parse(text, schema_pb2.Schema())


def statistics(**columns: list[Any]) -> Any:
    return compute_statistics([pa.RecordBatch.from_pydict(columns)])


def ways(cash: int, card: int, other: int = 0) -> Any:
    return statistics(way=[b"Cash"] * cash + [b"Card"] * card + [b"Other"] * other)


def test_shares_that_have_changed_too_much() -> None:
    before = Control("span 2013", {"train": ways(70, 30), "eval": ways(7, 3)})
    now = {"train": ways(55, 44, 1), "eval": ways(68, 32)}
    (one,) = compare(schema(DRIFT), now, before)
    assert (one.subject, one.kind, one.split, one.stops) == ("way", "drift", "train", True)
    assert one.expected == "L-infinity distance from span 2013 of at most 0.1"
    assert one.observed == "0.15"
    assert list(map(str, one.changes)) == [
        "Cash: 70.00% -> 55.00%",
        "Card: 30.00% -> 44.00%",
        "Other: 0.00% -> 1.00%",
    ]
    assert one.accept == (
        'feature { name: "way" drift_comparator { infinity_norm { threshold: 0.15 } } }'
    )


@pytest.mark.parametrize("name", ["a.b", "größe (cm)", "annual income", "100%", "it's"])
def test_a_column_drifts_whatever_it_is_called(name: str) -> None:
    before = Control("span 1", {"train": statistics(**{name: [b"Cash"] * 7 + [b"Card"] * 3})})
    now = {"train": statistics(**{name: [b"Cash"] * 5 + [b"Card"] * 5})}
    text = DRIFT.replace("way", name)
    (one,) = compare(schema(text), now, before)
    assert (one.subject, one.kind, one.observed) == (name, "drift", "0.2")
    assert compare(schema(merge(text, one.accept)), now, before) == []


def test_the_line_that_accepts_is_for_the_split_that_changed_most_and_is_enough() -> None:
    before = Control("span 1", {"train": ways(70, 30), "eval": ways(70, 30)})
    now = {"train": ways(55, 45), "eval": ways(40, 60)}
    train, evaluation = compare(schema(DRIFT), now, before)
    assert train.accept == evaluation.accept
    assert compare(schema(merge(DRIFT, train.accept)), now, before) == []


def test_quantiles_tell_how_numbers_moved() -> None:
    before = statistics(fare=[float(value) for value in range(100)])
    now = statistics(fare=[float(value + 50) for value in range(100)])
    (one,) = compare(schema(FARE), {"train": now}, Control("span 1", {"train": before}))
    assert one.expected == "Jensen-Shannon divergence from span 1 of at most 0.1"
    assert [change.value for change in one.changes] == ["10 % quantile", "median", "90 % quantile"]
    assert [change.after - change.before for change in one.changes] == pytest.approx(
        [50] * 3, abs=1
    )
    accepted = schema(merge(FARE, one.accept))
    assert compare(accepted, {"train": now}, Control("span 1", {"train": before})) == []


def test_a_column_that_was_not_there_before_is_a_warning() -> None:
    before = Control("span 1", {"train": statistics(fare=[1.0])})
    (one,) = compare(schema(DRIFT), {"train": ways(1, 1)}, before)
    assert (one.severity, one.observed) == ("WARNING", "none")
    assert one.expected == "values in span 1, to compare with"


def test_without_comparators_or_a_split_to_compare_with_there_is_no_drift() -> None:
    before = {"train": ways(9, 1)}
    assert compare(schema(SKEW), {"train": ways(1, 9)}, Control("span 1", before)) == []
    assert compare(schema(DRIFT), {"eval": ways(1, 9)}, Control("span 1", before)) == []


class TestSkew:
    def test_uses_the_other_comparator(self) -> None:
        served = Control("the serving log", {"train": ways(7, 3)}, is_serving=True)
        (one,) = compare(schema(SKEW), {"train": ways(5, 5)}, served)
        assert (one.kind, one.expected) == (
            "skew",
            "L-infinity distance from the serving log of at most 0.1",
        )
        assert one.accept.startswith('feature { name: "way" skew_comparator { infinity_norm')
        assert compare(schema(DRIFT), {"train": ways(5, 5)}, served) == []

    def test_a_column_that_is_not_served_is_an_error(self) -> None:
        served = Control("the serving log", {"train": statistics(fare=[1.0])}, is_serving=True)
        (one,) = compare(schema(SKEW), {"train": ways(1, 1)}, served)
        assert (one.kind, one.stops, one.observed) == ("skew", True, "none")


def test_a_number_of_rows_far_from_the_previous_one() -> None:
    text = """
    feature { name: "way" type: BYTES }
    dataset_constraints { num_examples_drift_comparator {
      min_fraction_threshold: 0.5 max_fraction_threshold: 2 } }
    """
    before = Control("span 1", {"train": ways(10, 10)})
    for now, threshold in ((ways(3, 4), "min_fraction_threshold: 0.35"), (ways(41, 0), "2.05")):
        (one,) = compare(schema(text), {"train": now}, before)
        assert (one.subject, one.kind) == ("number of rows", "row_count_drift")
        assert "versus the previous span" in one.observed
        assert threshold in one.accept
        assert compare(schema(merge(text, one.accept)), {"train": now}, before) == []


def test_a_comparator_that_would_measure_nothing_is_refused() -> None:
    text = FARE.replace("jensen_shannon_divergence", "infinity_norm")
    now = {"train": statistics(fare=[1.0, 2.0])}
    with pytest.raises(SettingsError) as caught:
        compare(schema(text), now, Control("span 1", now))
    assert str(caught.value) == (
        "infinity_norm compares the shares of values, which only text columns have\n"
        "  allowed:  jensen_shannon_divergence for numbers\n"
        "  received: drift_comparator { infinity_norm } of 'fare' in the schema\n"
        "  do:       change the comparator"
    )
