from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data_ingestion.anomalies.anomaly import Anomaly
from data_ingestion.examples.ingestion_report import REJECTED_FILE, Report
from data_ingestion.examples.rejected_rows import to_table
from data_ingestion.gate.rejection import report_anomalies
from data_ingestion.readers.rows import RejectedRow
from data_ingestion.rules.results import DataRuleResult, RuleResult

FREE = RejectedRow("trips.csv", 3, "fares: fare > 0", "0,Cash")
BAD = RejectedRow("trips.csv", 9, "fare is 'x', not FLOAT", "x,Cash")
RULE = RuleResult("fares", "fare > 0", "ERROR", 2, [FREE])


def report(rejected: int = 0, **more: object) -> Report:
    return Report(rows_in=100, examples={}, rejected=rejected, span=0, **more)


def write(folder: Path, *rows: RejectedRow) -> str:
    pq.write_table(to_table(rows), folder / REJECTED_FILE, row_group_size=2)
    return str(folder)


def test_a_report_without_faults(tmp_path: Path) -> None:
    assert report_anomalies(report(rules=[RuleResult("a", "b", "ERROR", 0)]), "nowhere", 0) == []


def test_rows_that_cannot_be_read_and_rows_that_break_a_rule(tmp_path: Path) -> None:
    folder = write(tmp_path, BAD, FREE, FREE, BAD, BAD, BAD)
    broken, unreadable = report_anomalies(report(6, rules=[RULE]), folder, 0.05)
    assert broken == Anomaly(
        subject="fares",
        kind="row_rule",
        expected="fare > 0",
        observed="2 of 100 rows rejected",
        rows=[RejectedRow("trips.csv", 3, "0,Cash", "0,Cash")],
    )
    assert unreadable == Anomaly(
        subject="rejected rows",
        kind="rejected",
        expected="rows that can be read as the schema says; 5.00% of them may be rejected "
        "(data.allowed_rejected)",
        observed="4 of 100 rows rejected",
        rows=[BAD, BAD, BAD],
    )


def test_as_many_as_may_be_rejected_are_warnings(tmp_path: Path) -> None:
    folder = write(tmp_path, BAD, FREE, FREE, BAD, BAD, BAD)
    found = report_anomalies(report(6, rules=[RULE]), folder, 0.06)
    assert [one.severity for one in found] == ["WARNING", "WARNING"]


@pytest.mark.parametrize(("allowed", "severity"), [(0.0, "ERROR"), (0.04, "WARNING")])
def test_rows_of_an_excused_rule_do_not_count(
    tmp_path: Path, allowed: float, severity: str
) -> None:
    folder = write(tmp_path, BAD, FREE, FREE, BAD, BAD, BAD)
    excused, unreadable = report_anomalies(report(6, rules=[RULE]), folder, allowed, {"fares"})
    # The allow-list turns this error into a warning, and says why.
    assert excused.severity == "ERROR"
    assert unreadable.severity == severity


def test_a_row_rule_that_only_warns() -> None:
    rule = RuleResult("fares", "fare > 0", "WARNING", 2, [FREE])
    (one,) = report_anomalies(report(rules=[rule]), "nowhere", 0)
    assert (one.severity, one.observed) == ("WARNING", "2 of 100 rows break it")


def test_data_rules() -> None:
    sample = {"source": "trips.csv", "line": 4, "id": 7, "way": "Cash"}
    broken = DataRuleResult("id is unique", "ERROR", False, "2 rows break it", [sample])
    warned = DataRuleResult("at least 200 rows", "WARNING", False, "100 rows")
    kept = DataRuleResult("at least 9 rows", "ERROR", True, "100 rows")
    first, second = report_anomalies(report(data_rules=[broken, warned, kept]), "nowhere", 0)
    assert (first.subject, first.kind, first.stops) == ("id is unique", "data_rule", True)
    assert first.rows == [RejectedRow("trips.csv", 4, "id is 7, way is 'Cash'", "")]
    assert (second.observed, second.stops) == ("100 rows", False)


def test_new_columns_are_warnings() -> None:
    (one,) = report_anomalies(report(new_columns=["weather"]), "nowhere", 0)
    assert (one.subject, one.kind, one.severity) == ("weather", "new_column", "WARNING")
    assert one.observed == "the data has it, and it is not read"
