"""How data differs from the curated schema, and how the schema takes a difference over."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import tensorflow_data_validation as tfdv

from data_ingestion.anomalies.anomaly import Anomaly, list_anomalies
from data_ingestion.anomalies.offending_rows import with_rows
from data_ingestion.anomalies.unreported import complete
from data_ingestion.readers.source import Source
from data_ingestion.schema.acceptance import Acceptance
from data_ingestion.schema.inference import compute_statistics
from data_ingestion.schema.text import merge
from data_ingestion.statistics import statistics_view
from zeroskew.cell_types import WIDTH, CellType, ListType, reads, tags_of, widest
from zeroskew.errors import SettingsError, did_you_mean
from zeroskew.files import write_atomically
from zeroskew.schema import column_types

_ALL_ROWS = ""


@dataclasses.dataclass(frozen=True)
class Difference:
    """How data differs from a schema.

    Attributes:
        anomalies: column by column, what is expected and observed, and the line that accepts it.
        rows: rows that could be read.
        rejected: rows that could not.
    """

    anomalies: Sequence[Anomaly]
    rows: int
    rejected: int


def compare_with_schema(source: Source, schema: Any) -> Difference:
    """Compares all rows of a source with a schema, as TFDV does.

    A column is read as the schema says, or as a wider type if that cannot hold all values.

    Args:
        source: the data.
        schema: a `schema_pb2.Schema`.

    Raises:
        DataError: the data cannot be read.
    """
    stated = column_types(schema)
    seen = source.types()
    types = {name: _read_as(kind, stated.get(name, kind)) for name, kind in seen.items()}
    types = {**stated, **types}
    rejected = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal rejected
        for _, rows in source.rows(types):
            rejected += len(rows.rejected)
            yield rows.batch

    statistics = compute_statistics(batches())
    _leave_unknown_types(statistics, stated)
    found = [
        *_otherwise_written(seen, stated),
        *list_anomalies(tfdv.validate_statistics(statistics, schema), _ALL_ROWS, schema),
    ]
    acceptance = Acceptance(schema, [statistics], types)
    anomalies = [
        dataclasses.replace(one, accept=acceptance.line(one.subject, one.kind))
        for one in complete(found, schema, {_ALL_ROWS: statistics})
    ]
    rows = statistics_view.rows(statistics)
    return Difference(with_rows(anomalies, source, schema, stated), rows, rejected)


def _read_as(found: str, stated: str) -> str:
    """Returns the type to read as: the schema's, or one that holds what is there.

    What a cell with a list is, only the schema says.
    """
    if isinstance(stated, ListType) or stated == "BYTES":
        return stated
    if found == "BYTES":
        return "BYTES"
    if not reads(stated, found):
        return widest(stated, found)
    kind = max(found, stated, key=WIDTH.index)
    return stated.of_kind(kind) if isinstance(stated, CellType) else kind


def _otherwise_written(found: Mapping[str, str], stated: Mapping[str, str]) -> Iterator[Anomaly]:
    """Yields the columns of numbers of which the schema does not say how cells are written."""
    for name, kind in found.items():
        known = stated.get(name, "BYTES")
        if "BYTES" not in (kind, known) and not reads(known, kind):
            yield Anomaly(
                subject=name,
                kind="type",
                expected=f"{known} cells" + _with_tags(known),
                observed=f"{kind} cells" + _with_tags(kind),
            )


def _with_tags(kind: str) -> str:
    tags = tags_of(kind)
    return f" with {', '.join(tags)}" if tags else ", each a number"


def _leave_unknown_types(statistics: Any, stated: Mapping[str, str]) -> None:
    """Gives columns without any value the type that the schema states."""
    for name, kind in stated.items():
        stats = statistics_view.find_column(statistics, name)
        if stats is not None and not statistics_view.rows_with_value(stats):
            statistics_view.change_type(stats, kind)


def accept(file: Path, anomalies: Sequence[Anomaly], columns: Sequence[str]) -> list[str]:
    """Writes into a schema file what accepts the differences of some columns.

    Args:
        file: the schema, of which all else stays as it is.
        anomalies: the differences.
        columns: whose differences are accepted; all if empty.

    Returns:
        The lines that were merged into the schema.

    Raises:
        SettingsError: a column does not differ, or no line of a schema accepts how it does.
    """
    lines: dict[str, list[str]] = {}
    for one in anomalies:
        if one.accept and one.accept not in lines.setdefault(one.subject, []):
            lines[one.subject].append(one.accept)
    for column in columns:
        if not lines.get(column):
            known = [name for name, texts in lines.items() if texts]
            raise SettingsError(
                f"there must be a difference of {column!r} that a line of the schema accepts",
                allowed=", ".join(known) or "none: the data does not differ",
                received=repr(column),
                action=did_you_mean(column, known) or "see them: zeroskew schema diff",
            )
    accepted = [line for column in columns or lines for line in lines[column]]
    text = file.read_text(encoding="utf-8")
    for line in accepted:
        text = merge(text, line)
    if accepted:
        write_atomically(file, text)
    return accepted
