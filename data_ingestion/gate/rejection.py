"""What the ingestion report says is wrong: rejected rows, rules that are broken, new columns."""

import dataclasses
from collections.abc import Collection, Iterator

from data_ingestion.anomalies.anomaly import ERROR, WARNING, Anomaly
from data_ingestion.anomalies.expectations import NAMED_COLUMNS
from data_ingestion.examples.ingestion_report import Report, read_rejected
from data_ingestion.readers.rows import RejectedRow
from data_ingestion.rules.results import DataRuleResult, RuleResult

REJECTED = "rejected rows"
SHOWN = 3


def report_anomalies(
    report: Report, rejected_folder: str, allowed_share: float, excused: Collection[str] = ()
) -> list[Anomaly]:
    """Returns what is wrong by the report of an ingestion.

    Args:
        report: the report.
        rejected_folder: of the rows that were not used.
        allowed_share: the share of rows that may be rejected.
        excused: row rules for whose sake any number of rows may be rejected.
    """
    return [
        *_rejected(report, rejected_folder, allowed_share, excused),
        *(_row_rule(rule, report) for rule in report.rules if _warns(rule)),
        *(_data_rule(rule) for rule in report.data_rules if not rule.ok),
        *(_new_column(name) for name in report.new_columns),
    ]


def _warns(rule: RuleResult) -> bool:
    return bool(rule.broken) and rule.severity == WARNING


def _rejected(
    report: Report, folder: str, allowed_share: float, excused: Collection[str]
) -> Iterator[Anomaly]:
    """Yields the rules for which rows were rejected, then the rows that cannot be read."""
    if not report.rejected:
        return
    rules = {f"{rule.rule}: {rule.sql}": rule for rule in report.rules}
    counts = dict.fromkeys(rules, 0)
    unreadable: list[RejectedRow] = []
    for rows in read_rejected(folder):
        for row in rows:
            if row.reason in counts:
                counts[row.reason] += 1
            elif len(unreadable) < SHOWN:
                unreadable.append(row)
    pardoned = sum(counts[reason] for reason, rule in rules.items() if rule.rule in excused)
    too_many = report.rejected - pardoned > allowed_share * report.rows_in
    for reason, rule in rules.items():
        if counts[reason]:
            stops = too_many or rule.rule in excused
            yield _row_rule(rule, report, counts[reason], ERROR if stops else WARNING)
    rest = report.rejected - sum(counts.values())
    if rest:
        yield Anomaly(
            subject=REJECTED,
            kind="rejected",
            severity=ERROR if too_many else WARNING,
            expected=f"rows that can be read as the schema says; {allowed_share:.2%} of them may "
            "be rejected (data.allowed_rejected)",
            observed=f"{rest:,} of {report.rows_in:,} rows rejected",
            rows=unreadable,
        )


def _row_rule(
    rule: RuleResult, report: Report, rejected: int = 0, severity: str = WARNING
) -> Anomaly:
    count = f"{rejected or rule.broken:,} of {report.rows_in:,} rows"
    return Anomaly(
        subject=rule.rule,
        kind="row_rule",
        severity=severity,
        expected=rule.sql,
        observed=f"{count} rejected" if rejected else f"{count} break it",
        rows=[dataclasses.replace(row, reason=row.raw) for row in rule.samples],
    )


def _data_rule(rule: DataRuleResult) -> Anomaly:
    return Anomaly(
        subject=rule.rule,
        kind="data_rule",
        severity=rule.severity,
        expected=rule.rule,
        observed=rule.text,
        rows=[_sample(sample) for sample in rule.samples],
    )


def _sample(sample: dict[str, object]) -> RejectedRow:
    values = {name: value for name, value in sample.items() if name not in ("source", "line")}
    words = ", ".join(f"{name} is {value!r}" for name, value in values.items())
    return RejectedRow(str(sample["source"]), int(str(sample["line"])), words, "")


def _new_column(name: str) -> Anomaly:
    return Anomaly(
        subject=name,
        kind="new_column",
        severity=WARNING,
        expected=NAMED_COLUMNS,
        observed="the data has it, and it is not read",
    )
