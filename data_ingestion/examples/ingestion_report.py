"""What became of the rows of a source: `ingestion.json` and `rejected.parquet` in a folder."""

import dataclasses
import itertools
import json
from collections.abc import Iterator, Sequence

import pyarrow.parquet as pq

from data_ingestion.readers.rows import RejectedRow
from data_ingestion.rules.results import DataRuleResult, RuleResult
from zeroskew.files import open_to_read, open_to_write

REPORT_FILE = "ingestion.json"
REJECTED_FILE = "rejected.parquet"


@dataclasses.dataclass(frozen=True)
class Report:
    """What became of the rows.

    Attributes:
        rows_in: rows of the source.
        examples: rows that became examples, by split.
        rejected: rows that did not.
        left_out: rows that could have, and are not in the sample.
        span: the last span that was read; 0 if the data has none.
        files: what was read.
        new_columns: columns of the source that the schema does not name.
        rules: how rows keep the rules.
        data_rules: whether the data keeps its rules.
        remarks: what a person should know of how the source was read.
        rates: share of rows for which a condition is true, by name.
    """

    rows_in: int
    examples: dict[str, int]
    rejected: int
    span: int
    left_out: int = 0
    files: Sequence[str] = ()
    new_columns: Sequence[str] = ()
    rules: Sequence[RuleResult] = ()
    data_rules: Sequence[DataRuleResult] = ()
    remarks: Sequence[str] = ()
    rates: dict[str, float] = dataclasses.field(default_factory=dict)


def write_report(folder: str, report: Report) -> None:
    """Writes `ingestion.json`."""
    with open_to_write(f"{folder}/{REPORT_FILE}") as stream:
        stream.write((json.dumps(dataclasses.asdict(report), indent=2) + "\n").encode())


def read_report(folder: str) -> Report:
    """Reads `ingestion.json`."""
    with open_to_read(f"{folder}/{REPORT_FILE}") as stream:
        found = json.loads(stream.read())
    rules = [
        RuleResult(**{**rule, "samples": [RejectedRow(**row) for row in rule["samples"]]})
        for rule in found.pop("rules")
    ]
    data_rules = [
        DataRuleResult(**{**rule, "samples": tuple(rule["samples"])})
        for rule in found.pop("data_rules")
    ]
    return Report(**found, rules=rules, data_rules=data_rules)


def read_rejected(folder: str, batch_size: int = 10_000) -> Iterator[list[RejectedRow]]:
    """Reads the rows that were not used, some at a time."""
    with open_to_read(f"{folder}/{REJECTED_FILE}") as stream:
        file = pq.ParquetFile(stream)
        # Newer versions of Arrow fail for a file without row groups, older ones give no batch.
        batches = file.iter_batches(batch_size=batch_size) if file.num_row_groups else ()
        for batch in batches:
            yield [RejectedRow(**row) for row in batch.to_pylist()]


def first_rejected(folder: str, count: int) -> list[RejectedRow]:
    """Returns the first of the rows that were not used."""
    rows = (row for rows in read_rejected(folder, count) for row in rows)
    return list(itertools.islice(rows, count))
