from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from data_ingestion.anomalies.anomaly import Anomaly, Change, list_anomalies, read_anomalies
from data_ingestion.anomalies.expectations import expected
from data_ingestion.anomalies.text import count, describe
from data_ingestion.anomaly_kinds import COLUMN_KINDS, SCHEMA_KINDS, kind_of
from data_ingestion.readers.rows import RejectedRow

SCHEMA = text_format.Parse(
    """
    feature { name: "month" type: INT int_domain { min: 1 max: 12 } presence { min_count: 1 } }
    feature { name: "fare" type: FLOAT float_domain { min: 0.5 } value_count { min: 1 max: 1 }
              presence { min_fraction: 0.985 } }
    feature { name: "way" type: BYTES domain: "ways" value_count { min: 1 max: 3 }
              distribution_constraints { min_domain_mass: 0.99 }
              unique_constraints { min: 2 max: 9 } }
    feature { name: "paid" type: BYTES bool_domain { true_value: "yes" false_value: "no" } }
    string_domain { name: "ways" value: "Cash" value: "Card" }
    dataset_constraints { min_examples_count: 10 }
    """,
    schema_pb2.Schema(),
)
REASON = (
    "anomaly_info {{ key: '{key}' value {{ severity: {severity} "
    "reason {{ type: {type} description: '{words}' }} }} }}"
)


def found(*texts: str) -> anomalies_pb2.Anomalies:
    return text_format.Parse(" ".join(texts), anomalies_pb2.Anomalies())


def reason(key: str, type: str, words: str = "odd", severity: str = "ERROR") -> str:
    return REASON.format(key=key, type=type, words=words, severity=severity)


class TestReading:
    def test_by_column_with_kind_split_severity_and_words(self, tmp_path: Path) -> None:
        file = tmp_path / "SchemaDiff.pb"
        message = found(
            reason("way", "ENUM_TYPE_UNEXPECTED_STRING_VALUES", r"Values are  missing:\nBit."),
            reason("month", "INT_TYPE_BIG_INT", "Unexpectedly large value: 13.", "WARNING"),
        )
        file.write_bytes(message.SerializeToString())
        assert read_anomalies(file, "train", SCHEMA) == [
            Anomaly(
                subject="month",
                kind="range",
                split="train",
                severity="WARNING",
                expected="at least 1 and at most 12",
                observed="Unexpectedly large value: 13.",
            ),
            Anomaly(
                subject="way",
                kind="domain",
                split="train",
                expected="Cash, Card, in at least 99 % of the values",
                observed="Values are missing: Bit.",
            ),
        ]

    def test_each_kind_of_a_column_is_one_anomaly(self) -> None:
        text = """
            anomaly_info { key: "month" value { severity: ERROR
              reason { type: INT_TYPE_SMALL_INT description: "Small: -1." }
              reason { type: FEATURE_TYPE_LOW_FRACTION_PRESENT description: "Few." }
              reason { type: INT_TYPE_BIG_INT description: "Big: 13." } } }"""
        anomalies = list_anomalies(found(text), "eval", SCHEMA)
        assert [(one.kind, one.observed) for one in anomalies] == [
            ("range", "Small: -1. Big: 13."),
            ("presence", "Few."),
        ]

    def test_a_column_has_its_own_name_where_tfdv_quotes_it(self) -> None:
        text = """
            anomaly_info { key: "\'x.y\'" value { path { step: "x.y" } severity: ERROR
              reason { type: FEATURE_TYPE_LOW_FRACTION_PRESENT description: "Few." } } }"""
        (one,) = list_anomalies(found(text), "eval", SCHEMA)
        assert (one.subject, one.kind) == ("x.y", "presence")

    def test_of_all_rows_comes_last(self) -> None:
        text = """
            dataset_anomaly_info { severity: ERROR
              reason { type: DATASET_LOW_NUM_EXAMPLES description: "3 examples." } }"""
        first, last = list_anomalies(found(text, reason("month", "INT_TYPE_BIG_INT")), "", SCHEMA)
        assert first.subject == "month"
        assert (last.subject, last.kind) == ("number of rows", "row_count")
        assert last.expected == "min_examples_count: 10"

    def test_without_reasons_its_own_words_say_what_is_wrong(self) -> None:
        text = 'anomaly_info { key: "fare" value { severity: ERROR short_description: "Odd" } }'
        (one,) = list_anomalies(found(text), "eval", SCHEMA)
        assert (one.kind, one.observed) == ("schema", "Odd")
        assert one.expected.startswith('name: "fare"')

    def test_clean_data_has_none(self) -> None:
        assert list_anomalies(found("baseline { }"), "train", SCHEMA) == []

    def test_a_new_column_is_a_warning_whatever_tfdv_says(self) -> None:
        (one,) = list_anomalies(found(reason("weather", "SCHEMA_NEW_COLUMN")), "", SCHEMA)
        assert (one.kind, one.stops) == ("new_column", False)
        assert one.expected == "the columns that the schema names"

    @pytest.mark.parametrize(
        ("severity", "stops"), [("ERROR", True), ("UNKNOWN", True), ("WARNING", False)]
    )
    def test_a_severity_that_is_not_known_stops_too(self, severity: str, stops: bool) -> None:
        text = reason("month", "INT_TYPE_BIG_INT", severity=severity)
        assert list_anomalies(found(text), "", SCHEMA)[0].stops is stops


class TestExpectations:
    @pytest.mark.parametrize(
        ("kind", "column", "words"),
        [
            ("missing_column", "month", "a column of type INT"),
            ("type", "fare", "FLOAT"),
            ("presence", "fare", "a value in at least 98.5 % of the rows"),
            ("presence", "month", "a value in at least 1 row"),
            ("value_count", "fare", "1 value in each row that has any"),
            ("value_count", "way", "1 to 3 values in each row that has any"),
            ("range", "fare", "at least 0.5"),
            ("domain", "paid", "yes, no"),
            ("uniqueness", "way", "2 to 9 values that differ"),
        ],
    )
    def test_in_words(self, kind: str, column: str, words: str) -> None:
        assert expected(kind, column, SCHEMA) == words

    def test_a_long_domain_is_cut_short(self) -> None:
        domain = schema_pb2.StringDomain(value=list("abcdefghijkl"))
        schema = schema_pb2.Schema()
        schema.feature.add(name="a", type=schema_pb2.BYTES, string_domain=domain)
        assert expected("domain", "a", schema) == "a, b, c, d, e, f, g, h, i, j or 2 more"


def test_every_kind_names_anomalies_that_tfdv_has() -> None:
    types = anomalies_pb2.AnomalyInfo.Type.keys()
    for kind, names in SCHEMA_KINDS.items():
        assert set(names) <= set(types)
        assert {kind_of(name) for name in names} == {kind}
    assert kind_of("EMBEDDING_SHAPE_INVALID") == "schema"
    assert {"drift", "skew", "domain"} <= set(COLUMN_KINDS)


class TestText:
    ROW = RejectedRow("trips.csv", 7, "month is 13", "13,x")

    def test_splits_that_share_an_anomaly_are_told_together(self) -> None:
        month = {"subject": "month", "kind": "range", "expected": "at most 12", "rows": [self.ROW]}
        anomalies = [
            Anomaly(split="train", observed="large value: 13", **month),
            Anomaly(
                "fares", "row_rule", severity="WARNING", expected="fare > 0", observed="2 rows"
            ),
            Anomaly(split="eval", observed="large value: 14", **month),
        ]
        assert describe(anomalies) == [
            "month: range (train, eval)",
            "  expected: at most 12",
            "  observed: large value: 13 (train)",
            "  observed: large value: 14 (eval)",
            "  row:      trips.csv, line 7: month is 13",
            "fares: row rule",
            "  expected: fare > 0",
            "  observed: 2 rows",
        ]
        assert count(anomalies) == "2 errors, 1 warning"

    def test_changes_note_and_the_line_that_accepts(self) -> None:
        one = Anomaly(
            "way",
            "drift",
            "train",
            expected="L-infinity distance from span 1 of at most 0.1",
            observed="0.2",
            changes=[Change("Card", 0.1, 0.3), Change("median", 12.5, 1e7, is_share=False)],
            accept='feature { name: "way" }',
            note="was allowed",
        )
        assert describe([one])[1:] == [
            "  note:     was allowed",
            "  expected: L-infinity distance from span 1 of at most 0.1",
            "  observed: 0.2",
            "  change:   Card: 10.00% -> 30.00%",
            "  change:   median: 12.5 -> 1e+07",
            '  accept:   feature { name: "way" }',
        ]
