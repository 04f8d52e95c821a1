"""The whole decision on data: rows are taken in for real, TFX is left out."""

import dataclasses
import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import tensorflow_data_validation as tfdv

from data_ingestion.anomalies.anomaly import Anomaly, list_anomalies
from data_ingestion.examples.intake import take_in
from data_ingestion.gate.data_gate import Evidence, Verdict, judge
from data_ingestion.gate.passed_spans import PassedSpan
from data_ingestion.schema.difference import accept
from data_ingestion.settings import DataSettings
from zeroskew.errors import AnomalyError
from zeroskew.schema import column_types, read_schema
from zeroskew.statistics.compute import statistics_of_files

TODAY = datetime.date(2026, 11, 24)
SCHEMA = """\
feature {
  name: "month"
  type: INT
  presence { min_fraction: 0.9 }
  int_domain { min: 1 max: 12 }
}
feature {
  name: "fare"
  type: FLOAT
}
feature {
  name: "way"
  type: BYTES
  domain: "ways"
  distribution_constraints { min_domain_mass: 0.9 }
  drift_comparator { infinity_norm { threshold: 0.1 } }
  skew_comparator { infinity_norm { threshold: 0.1 } }
}
string_domain {
  name: "ways"
  value: "Cash"
  value: "Card"
}
"""


@dataclasses.dataclass
class Gate:
    """Data, its schema and its rules in a folder."""

    folder: Path

    def __post_init__(self) -> None:
        self.schema.write_text(SCHEMA, encoding="utf-8")
        self.write({"rules.yaml": ""})

    @property
    def schema(self) -> Path:
        return self.folder / "schema.pbtxt"

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def span(self, number: int, lines: Sequence[str], header: str = "month,fare,way") -> None:
        self.write({f"{number}/trips.csv": "\n".join([header, *lines, ""])})

    def settings(self, span: int, **settings: Any) -> DataSettings:
        return DataSettings(
            path=f"{self.folder}/{{SPAN}}/trips.csv",
            span=span,
            rules=self.folder / "rules.yaml",
            **settings,
        )

    def evidence(self, span: int, passed: Sequence[PassedSpan] = (), **settings: Any) -> Evidence:
        schema = read_schema(self.schema)
        target = self.folder / "out" / str(span)
        folders = {split: f"{target}/{split}" for split in ("train", "eval")}
        types = column_types(schema)
        report = take_in(self.settings(span, **settings), types, folders, f"{target}/report")
        statistics = {
            split: statistics_of_files(sorted(map(str, Path(folder).iterdir())))
            for split, folder in folders.items()
        }
        found = [
            anomaly
            for split, one in statistics.items()
            for anomaly in list_anomalies(tfdv.validate_statistics(one, schema), split, schema)
        ]
        return Evidence(schema, statistics, found, report, f"{target}/report", passed)

    def judge(self, span: int, passed: Sequence[PassedSpan] = (), **settings: Any) -> Verdict:
        evidence = self.evidence(span, passed, **settings)
        return judge(evidence, self.settings(span, **settings), TODAY)

    def passed(self, span: int, **settings: Any) -> PassedSpan:
        evidence = self.evidence(span, **settings)
        assert judge(evidence, self.settings(span, **settings), TODAY).stopping == []
        return PassedSpan(span, evidence.report.rates, evidence.statistics)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def trips(cash: int, card: int, *more: str) -> list[str]:
    """Returns rows, as alike in each split as can be."""
    ways = ["Cash"] * cash + ["Card"] * card
    return [*(f"{n % 12 + 1},{n}.5,{way}" for n, way in enumerate(ways)), *more]


def message(verdict: Verdict) -> list[str]:
    with pytest.raises(AnomalyError) as caught:
        verdict.stop("report.json")
    assert caught.value.exit_code == 4
    return [line.strip() for line in str(caught.value).splitlines()]


def subjects(anomalies: Sequence[Anomaly]) -> set[str]:
    return {f"{one.subject}: {one.kind}" for one in anomalies}


def test_good_data_passes(gate: Gate) -> None:
    gate.span(1, trips(70, 30))
    verdict = gate.judge(1)
    verdict.stop("report.json")
    assert json.loads(verdict.to_json()) == {
        "passed": True,
        "span": 1,
        "compared_with": None,
        "rows_in": 100,
        "rejected": 0,
        "rejected_rows": f"{gate.folder}/out/1/report/rejected.parquet",
        "rates": {},
        "anomalies": [],
    }


def test_the_message_says_everything_of_each_anomaly(gate: Gate) -> None:
    gate.span(1, ["13,1,Cash", *trips(70, 30), *["14,2,Cash"] * 3])
    verdict = gate.judge(1)
    file = gate.folder / "1" / "trips.csv"
    assert message(verdict) == [
        "the data must keep the schema and the rules",
        "allowed:  warnings, and errors that `allow` in the rules file names until a day",
        "received: 1 error, 0 warnings",
        "month: range (train)",
        "expected: at least 1 and at most 12",
        "observed: Unexpectedly large value: 14.",
        f"row:      {file}, line 2: month is 13",
        f"row:      {file}, line 103: month is 14",
        f"row:      {file}, line 104: month is 14",
        'accept:   feature { name: "month" int_domain { min: 1 max: 14 } }',
        "do:       correct the data; or accept it: zeroskew schema accept month --report "
        "report.json; or `allow` it for a while; all of it is in report.json",
    ]
    found = json.loads(verdict.to_json())
    assert found["passed"] is False
    assert found["anomalies"][0]["rows"][0] == {
        "source": str(file),
        "line": 2,
        "reason": "month is 13",
        "raw": "13,1,Cash",
    }


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (trips(70, 30, *["13,1,Cash"] * 9), {"month: range"}),
        (trips(70, 30, *["1,1,Coin"] * 60), {"way: domain"}),
        (trips(70, 30, *[",1,Cash"] * 60), {"month: presence"}),
        (trips(70, 30, *["13,1,Coin"] * 60), {"month: range", "way: domain"}),
    ],
)
def test_what_the_schema_does_not_allow_is_gone_once_it_is_accepted(
    gate: Gate, lines: list[str], expected: set[str]
) -> None:
    gate.span(1, lines)
    verdict = gate.judge(1)
    assert subjects(verdict.stopping) == expected
    content = json.loads(verdict.to_json())["anomalies"]
    accept(gate.schema, [Anomaly.from_json(one) for one in content], [])
    assert gate.judge(1).anomalies == []


def test_new_columns_and_new_values_within_tolerance_are_warnings(gate: Gate) -> None:
    lines = [f"{line},sun" for line in trips(700, 300, *["1,1,Coin"] * 10)]
    gate.span(1, lines, header="month,fare,way,weather")
    verdict = gate.judge(1)
    verdict.stop("report.json")
    assert subjects(verdict.anomalies) == {"weather: new_column", "way: domain"}


class TestRejectedRows:
    def test_stop_the_run_and_where_they_are_is_said(self, gate: Gate) -> None:
        gate.span(1, trips(70, 30, "1,twelve,Cash"))
        lines = message(gate.judge(1))
        assert "observed: 1 of 101 rows rejected" in lines
        assert (
            f"row:      {gate.folder}/1/trips.csv, line 102: fare is 'twelve', not FLOAT" in lines
        )
        kept = f"{gate.folder}/out/1/report/rejected.parquet"
        assert f"all rejected rows are in {kept}" in lines
        assert lines[-1].startswith("do:       correct the data; or `allow` it for a while;")

    RULES = "rows: [{name: fares, sql: fare > 0}]\n"

    def test_a_row_rule_can_be_allowed(self, gate: Gate) -> None:
        gate.span(1, trips(70, 30, "1,-5,Cash", "13,-6,Cash"))
        gate.write({"rules.yaml": self.RULES})
        assert subjects(gate.judge(1).stopping) == {"fares: row_rule"}
        entry = "allow: [{rule: fares, until: 2026-11-24, reason: refunds}]"
        gate.write({"rules.yaml": self.RULES + entry})
        verdict = gate.judge(1)
        (one,) = verdict.anomalies
        assert verdict.stopping == []
        assert one.note == "allowed until 2026-11-24: refunds"

    def test_data_rules_stop_the_run(self, gate: Gate) -> None:
        gate.span(1, trips(70, 30))
        gate.write({"rules.yaml": "data: [{min_rows: 200}, {unique: [month], severity: warning}]"})
        verdict = gate.judge(1)
        assert subjects(verdict.stopping) == {"at least 200 rows: data_rule"}
        assert subjects(verdict.anomalies) - subjects(verdict.stopping) == {
            "month is unique: data_rule"
        }


class TestDrift:
    def test_from_the_span_before_with_what_changed_most(self, gate: Gate) -> None:
        gate.span(2013, trips(700, 300))
        gate.span(2014, trips(400, 600))
        passed = gate.passed(2013)
        verdict = gate.judge(2014, [passed])
        assert subjects(verdict.stopping) == {"way: drift"}
        assert verdict.compared_with == "span 2013"
        lines = message(verdict)
        assert "expected: L-infinity distance from span 2013 of at most 0.1" in lines
        assert [line for line in lines if line.startswith("change:   Card: 3")] != []
        accept(gate.schema, verdict.anomalies, ["way"])
        assert gate.judge(2014, [passed]).anomalies == []

    def test_allowed_until_a_day_it_is_a_warning_with_the_reason(self, gate: Gate) -> None:
        gate.span(2013, trips(700, 300))
        gate.span(2014, trips(400, 600))
        passed = gate.passed(2013)
        entry = "{{column: way, kind: drift, span: 2014, until: {}, reason: card readers}}"
        gate.write({"rules.yaml": f"allow: [{entry.format('2026-11-24')}]"})
        verdict = gate.judge(2014, [passed])
        assert verdict.stopping == []
        assert {one.note for one in verdict.anomalies} == {"allowed until 2026-11-24: card readers"}
        gate.write({"rules.yaml": f"allow: [{entry.format('2026-11-23')}]"})
        late = "note:     was allowed until 2026-11-23, which has passed: card readers"
        assert late in message(gate.judge(2014, [passed]))

    def test_a_rate_that_jumps(self, gate: Gate) -> None:
        rates = {"rates": {"cash": "way = 'Cash'", "cheap": "fare < 0"}, "max_rate_change": 0.05}
        gate.span(2013, trips(700, 300))
        gate.span(2014, trips(640, 360))
        verdict = gate.judge(2014, [gate.passed(2013, **rates)], **rates)
        (one,) = verdict.stopping
        assert f"{one.subject}: {one.kind}" == "cash: rate"
        assert one.expected == "at most 0.05 away from 0.7000 of span 2013: way = 'Cash'"
        assert one.observed == "0.6400"


class TestServingLog:
    def judge(self, gate: Gate, *served: str, header: str = "way") -> Verdict:
        gate.span(1, trips(700, 300))
        gate.write({"log.csv": "\n".join([header, *served, ""])})
        return gate.judge(1, serving_log=str(gate.folder / "log.csv"))

    def test_that_differs(self, gate: Gate) -> None:
        assert self.judge(gate, *["Cash"] * 7, *["Card"] * 3).anomalies == []
        verdict = self.judge(gate, *["Cash"] * 4, *["Card"] * 6)
        assert subjects(verdict.stopping) == {"way: skew"}
        accept(gate.schema, verdict.anomalies, ["way"])
        assert gate.judge(1, serving_log=str(gate.folder / "log.csv")).anomalies == []

    def test_that_lacks_the_column(self, gate: Gate) -> None:
        verdict = self.judge(gate, "1", "2", header="fare")
        assert subjects(verdict.stopping) == {"way: skew"}
        assert "expected: values in the serving log, to compare with" in message(verdict)

    def test_rows_of_it_that_cannot_be_read_are_a_warning(self, gate: Gate) -> None:
        served = [f"{way},1" for way in ["Cash"] * 7 + ["Card"] * 3]
        verdict = self.judge(gate, *served, "Cash,x", header="way,fare")
        (one,) = verdict.anomalies
        assert (one.subject, one.stops) == ("the serving log", False)
        assert one.observed == "1 of 11 rows cannot be"
        assert one.rows[0].line == 12
