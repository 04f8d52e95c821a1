"""What TFDV does not report of the examples that rows become."""

from typing import Any

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.anomalies.anomaly import Anomaly
from data_ingestion.anomalies.unreported import complete
from zeroskew.statistics.compute import statistics_of


def schema(text: str) -> Any:
    return text_format.Parse(text, schema_pb2.Schema())


def found(text: str, values: list[Any], before: tuple[Anomaly, ...] = ()) -> list[Anomaly]:
    statistics = {"train": statistics_of([pa.RecordBatch.from_pydict({"a": values})])}
    return complete(before, schema(text), statistics)


class TestMissingValues:
    HALF = 'feature { name: "a" type: INT presence { min_fraction: 0.5 } }'
    ONE = 'feature { name: "a" type: INT presence { min_count: 1 } }'

    def test_more_than_the_schema_tolerates(self) -> None:
        assert found(self.HALF, [1, None, None, None]) == [
            Anomaly(
                subject="a",
                kind="presence",
                split="train",
                expected="a value in at least 50 % of the rows",
                observed="3 of 4 rows have none",
            )
        ]

    def test_as_many_as_the_schema_tolerates(self) -> None:
        assert found(self.HALF, [1, None, 3, None]) == []

    def test_no_value_at_all(self) -> None:
        (one,) = found(self.ONE, pa.nulls(3, pa.int64()))
        assert one.observed == "3 of 3 rows have none"
        assert found(self.ONE, [None, 7]) == []

    @pytest.mark.parametrize("stage", ["DEPRECATED", "DEBUG_ONLY", "PLANNED"])
    def test_a_column_that_is_not_checked(self, stage: str) -> None:
        text = self.HALF.replace("type: INT", f"type: INT lifecycle_stage: {stage}")
        assert found(text, [None, None, 1]) == []

    def test_what_tfdv_says_of_the_same_is_not_said_twice(self) -> None:
        too_few = Anomaly("a", "value_count", "train", observed="Fewer values than expected.")
        missing = Anomaly("a", "presence", "train", observed="Present in fewer examples.")
        other = Anomaly("a", "range", "train")
        (one,) = found(self.HALF, [1, None, None, None], (too_few,))
        assert one.kind == "presence"
        assert found(self.HALF, [1, None, None, None], (missing, other)) == [missing, other]


class TestToleratedValues:
    TEXT = (
        'feature { name: "a" type: BYTES domain: "d" '
        "distribution_constraints { min_domain_mass: 0.5 } } "
        'string_domain { name: "d" value: "x" }'
    )

    def test_are_a_warning_with_their_shares(self) -> None:
        (one,) = found(self.TEXT, ["x", "x", "y", "z"])
        assert (one.kind, one.stops) == ("domain", False)
        assert one.expected == "x, in at least 50 % of the values"
        assert set(one.observed.split(", ")) == {"y (25.00%)", "z (25.00%)"}

    def test_many_of_them_are_cut_short(self) -> None:
        (one,) = found(self.TEXT, ["x"] * 9 + list("abcdefg"))
        assert one.observed.endswith(" and 2 more")

    def test_none_in_the_domain(self) -> None:
        assert found(self.TEXT, ["x", None]) == []

    def test_what_tfdv_found_is_an_error_and_stays_one(self) -> None:
        error = Anomaly("a", "domain", "train", observed="y (~75%)")
        assert found(self.TEXT, ["x", "y", "y", "y"], (error,)) == [error]
