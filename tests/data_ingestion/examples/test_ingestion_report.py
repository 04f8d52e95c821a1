"""What became of the rows, read back."""

import dataclasses
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_ingestion.examples.ingestion_report import REJECTED_FILE, first_rejected
from data_ingestion.examples.parts import merge_rejected
from data_ingestion.readers.rows import RejectedRow

ROWS = [RejectedRow("a.csv", line, "too long", f"row {line}") for line in range(5)]


def test_the_first_rejected_rows_are_read_as_far_as_there_are_any(tmp_path: Path) -> None:
    for name in ("some", "none"):
        (tmp_path / name / "parts").mkdir(parents=True)
    table = pa.Table.from_pylist([dataclasses.asdict(row) for row in ROWS])
    pq.write_table(table, tmp_path / "some" / "parts" / "rejected-0")
    for name in ("some", "none"):
        merge_rejected(str(tmp_path / name / "parts"), str(tmp_path / name / REJECTED_FILE))
    assert first_rejected(str(tmp_path / "some"), 2) == ROWS[:2]
    assert first_rejected(str(tmp_path / "some"), 9) == ROWS
    assert first_rejected(str(tmp_path / "none"), 2) == []
