"""Known errors that do not stop the run: what the rules file allows, and until when."""

import dataclasses
import datetime
from collections.abc import Sequence

from data_ingestion.anomalies.anomaly import WARNING, Anomaly
from data_ingestion.anomaly_kinds import DATA_SET
from data_ingestion.rules.rules_file import Allowance


def excused_rules(allowances: Sequence[Allowance], span: int, today: datetime.date) -> set[str]:
    """Returns the rules that data may break today."""
    return {
        one.rule
        for one in allowances
        if one.rule is not None and one.span in (None, span) and today <= one.until
    }


def allow(
    anomalies: Sequence[Anomaly],
    allowances: Sequence[Allowance],
    span: int,
    today: datetime.date,
) -> list[Anomaly]:
    """Returns the anomalies, those that are allowed as warnings.

    Args:
        anomalies: what was found.
        allowances: what is allowed.
        span: of the data; 0 if it does not come in spans.
        today: an entry whose last day has passed only leaves a note.
    """
    return [_allow(one, allowances, span, today) if one.stops else one for one in anomalies]


def _allow(
    anomaly: Anomaly, allowances: Sequence[Allowance], span: int, today: datetime.date
) -> Anomaly:
    expired = ""
    for entry in allowances:
        if not _fits(entry, anomaly, span):
            continue
        if today <= entry.until:
            note = f"allowed until {entry.until}: {entry.reason}"
            return dataclasses.replace(anomaly, severity=WARNING, note=note)
        expired = f"was allowed until {entry.until}, which has passed: {entry.reason}"
    return dataclasses.replace(anomaly, note=expired)


def _fits(entry: Allowance, anomaly: Anomaly, span: int) -> bool:
    if entry.span not in (None, span) or entry.split not in (None, anomaly.split):
        return False
    if entry.column is not None:
        return (entry.column, entry.kind) == (anomaly.subject, anomaly.kind)
    if entry.rate is not None:
        return (entry.rate, "rate") == (anomaly.subject, anomaly.kind)
    is_rule = anomaly.kind in ("row_rule", "data_rule") or anomaly.subject == DATA_SET
    return is_rule and entry.rule == anomaly.subject
