"""Rows and data that break a rule stop the run."""

from data_ingestion.ingestion_report import REJECTED_FILE, first_rejected, read_report
from zeroskew.errors import DataError

SHOWN = 3


def stop_on_rejected(folder: str, allowed: float) -> None:
    """Raises if too many rows were rejected, or if the data breaks an error rule.

    Args:
        folder: of the ingestion report.
        allowed: the share of rows that may be rejected.

    Raises:
        DataError: names the first rows, or the rule.
    """
    report = read_report(folder)
    if report.rejected > allowed * report.rows_in:
        rows = first_rejected(folder, SHOWN)
        raise DataError(
            "every row must be readable as the schema says, and keep the rules",
            allowed=f"{allowed:.2%} of the rows rejected (data.allowed_rejected)",
            received="\n            ".join(
                [
                    f"{report.rejected:,} of {report.rows_in:,} rows rejected",
                    *(f"{row.source}, line {row.line}: {row.reason}" for row in rows),
                ]
            ),
            action=f"correct the rows, the schema or the rules; all of them are in "
            f"{folder}/{REJECTED_FILE}",
        )
    for rule in report.data_rules:
        if not rule.ok and rule.severity == "ERROR":
            breaking = [
                f"{row['source']}, line {row['line']}: "
                + ", ".join(f"{k}={v!r}" for k, v in row.items() if k not in ("source", "line"))
                for row in rule.samples
            ]
            raise DataError(
                f"the data must keep the rule: {rule.rule}",
                received="\n            ".join([rule.text, *breaking]),
                action="correct the data, or the rule",
            )
