"""Parquet files, written and read, and how many of them are generated."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, settings

from data_ingestion.readers.parquet import ParquetReader

CASES = int(os.environ.get("FUZZ_CASES", "300"))
generated = settings(max_examples=CASES, suppress_health_check=list(HealthCheck), database=None)


def write(file: Path, columns: dict[str, Any], row_group: int = 1_000) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), str(file), row_group_size=row_group)
    return file


def read(files: Sequence[Path], types: dict[str, str]) -> tuple[list[dict[str, Any]], list[int]]:
    """Returns rows and their numbers; each chunk holds as many as it says."""
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    for chunk in ParquetReader(files).chunks():
        before = len(rows)
        for piece in chunk.read(types):
            assert piece.rejected == []
            rows += piece.batch.to_pylist()
            lines += piece.lines.tolist()
        assert chunk.count() == len(rows) - before
    return rows, lines
