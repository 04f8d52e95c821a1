"""A first schema from data, for a person to read and correct."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.readers.rows import RejectedRow
from data_ingestion.readers.source import Source
from data_ingestion.settings import DataSettings
from data_ingestion.statistics import statistics_view
from zeroskew.cell_types import CellType, NumberType, missing_words, tags_of
from zeroskew.errors import DataError, WorkspaceError
from zeroskew.files import write_atomically
from zeroskew.schema import read_schema
from zeroskew.statistics.compute import statistics_of

HEADER = """\
# The data contract: what each column holds. Inferred from data, then reviewed by a person.
"""

SHOWN = 3
"""Rows that are shown if none can be read."""
LONGEST_WORD = 100
"""A column with a value of more characters is text: its values are no domain to be listed."""


def infer_schema(source: Source, target: Path) -> int:
    """Writes the schema that all rows of `source` fit.

    Returns:
        The number of columns.

    Raises:
        WorkspaceError: `target` exists; a curated schema is never overwritten.
    """
    if target.exists():
        raise WorkspaceError(
            "a schema is never overwritten, because it may hold a person's corrections",
            received=str(target),
            action="name another file with --output, or compare: zeroskew schema diff",
        )
    types = source.types()
    lists: set[str] = set()
    statistics = compute_statistics(_batches(source, types, lists))
    schema = tfdv.infer_schema(statistics, infer_feature_shape=False)
    for feature in schema.feature:
        # In a tf.Example a missing value is an empty list, which has too few values otherwise.
        if statistics_view.may_be_empty(statistics, feature.name):
            feature.value_count.min = 0
        if feature.name not in lists:
            # Of a column without any value, the statistics cannot tell.
            feature.value_count.max = 1
        if tags := tags_of(types[feature.name]):
            feature.annotation.tag.extend(tags)
        if feature.type == schema_pb2.BYTES:
            # TFDV takes codes of digits for numbers.
            feature.ClearField("int_domain")
    _drop_domains_of_texts(schema)
    write_atomically(target, HEADER + text_format.MessageToString(schema, as_utf8=True))
    return len(schema.feature)


def undealt(data: DataSettings, schema: Path) -> list[str]:
    """Says that rows lack the value that deals them to splits, by a schema inferred from them."""
    column = data.deciding_column
    for feature in read_schema(schema).feature:
        if feature.name == column and feature.presence.min_fraction < 1:
            return [
                f"{column}: missing in some rows, which a run rejects, for data.{data.split} deals "
                "rows to splits by it"
            ]
    return []


def remarks(source: Source) -> list[str]:
    """Returns what a person should know of how the source is read, before the schema is used."""
    said = source.remarks()
    for name, kind in source.types().items():
        if isinstance(kind, NumberType):
            said.append(f"{name}: numbers, of which 1234.5 is written {kind.style}")
        if isinstance(kind, CellType) and kind.why:
            said.append(f"{name}: text, because of {kind.why}")
        if words := missing_words(kind):
            shown = ", ".join(repr(word) if word else "blanks" for word in words)
            said.append(f"{name}: {shown} counted as missing")
    return said


def _batches(source: Source, types: Mapping[str, str], lists: set[str]) -> Iterator[pa.RecordBatch]:
    """Yields all rows, and adds the columns of lists to `lists`.

    Raises:
        DataError: no row can be read.
    """
    unread: list[RejectedRow] = []
    count = 0
    for _, rows in source.rows(types):
        lists |= {field.name for field in rows.batch.schema if pa.types.is_nested(field.type)}
        unread += rows.rejected[: SHOWN - len(unread)]
        count += rows.batch.num_rows
        yield rows.batch
    if unread and not count:
        first = [
            f"{row.source}, line {row.line}: {row.reason}: {row.raw[:LONGEST_WORD]}"
            for row in unread
        ]
        raise DataError(
            "there must be at least one row that can be read",
            received="\n            ".join(["none", *first]),
            action="correct the rows, or set how they are written: data.csv",
        )


def _drop_domains_of_texts(schema: Any) -> None:
    texts = {
        domain.name
        for domain in schema.string_domain
        if any(len(value) > LONGEST_WORD for value in domain.value)
    }
    drop_domains(schema, texts)


def drop_domains(schema: Any, names: Collection[str]) -> None:
    """Removes domains of text, and that columns have them."""
    for feature in schema.feature:
        if feature.domain in names:
            feature.ClearField("domain")
    kept = [domain for domain in schema.string_domain if domain.name not in names]
    del schema.string_domain[:]
    schema.string_domain.extend(kept)


def compute_statistics(batches: Iterable[pa.RecordBatch]) -> Any:
    """Returns TFDV's statistics of rows as readers give them; a missing value counts as missing.

    Raises:
        DataError: there are no rows.
    """
    statistics = statistics_of(batches)
    if not statistics_view.rows(statistics):
        raise DataError("there must be at least one row that can be read", received="none")
    statistics_view.count_missing(statistics)
    return statistics
