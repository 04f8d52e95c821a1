"""All rows of a source to a file of vectors; a command that was stopped goes on where it was."""

import contextlib
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from data_ingestion.examples.rejected_rows import kept_aside
from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.rows import RejectedRow, Rows
from data_ingestion.readers.source import Source, check_columns
from model.embeddings.embedder import VECTOR, Embedder
from model.embeddings.parts import Parts
from model.embeddings.vector_table import to_matrix, write_keys, write_matrix
from model.serving.batch.files import write_answers
from pipeline.answered_rows import (
    Outcome,
    fit_among,
    no_rows,
    rejected_file,
    rejected_rows,
    rows_of,
)
from zeroskew.errors import SettingsError
from zeroskew.files import replacing
from zeroskew.lazy import lazy_import
from zeroskew.parallel import ahead
from zeroskew.progress import tell

schema_pb2 = lazy_import("tensorflow_metadata.proto.v0.schema_pb2")

_ROWS_AT_ONCE = 8_192
"""Rows that are written at once, whatever the parts, so that the file does not tell them."""


def check_output(output: Path) -> None:
    """Checks that a file's name says that it is Parquet.

    Raises:
        SettingsError: it does not.
    """
    if output.suffix.lower() != ".parquet":
        raise SettingsError(
            "vectors are written to a file of Parquet",
            allowed="a name that ends with .parquet; with --numpy, .npy files come beside it",
            received=str(output),
            action="give the file another name",
        )


def check_columns_read(source: Source, embedder: Embedder) -> None:
    """Checks that each file has all columns that the vectors are computed from.

    Raises:
        DataError: one lacks some; its vectors would say nothing of its rows.
    """
    check_columns(source, schema_pb2.Schema(), embedder.types)


def numpy_files(output: Path) -> tuple[Path, Path]:
    """Returns the files beside a file of vectors that NumPy loads: the vectors, and their keys."""
    return output.with_suffix(".npy"), output.with_name(f"{output.stem}.keys.npy")


def parts_folder(output: Path) -> Path:
    """Returns the hidden folder beside a file of vectors with what is done of it."""
    return output.parent / f".{output.name}.parts"


def identity_of(embedder: Embedder, source: Source, options: Mapping[str, Any]) -> str:
    """Returns what vectors are made of, as one number: of the same, a command goes on.

    Args:
        embedder: the model.
        source: the rows. A database may change, and is never the same.
        options: what else the vectors depend on.
    """
    rows = source.fingerprint() or uuid.uuid4().hex
    made_of = [embedder.space.fingerprint, embedder.version, rows, dict(options)]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


@small_heap()
def embed_to_file(
    source: Source,
    types: Mapping[str, str],
    embedder: Embedder,
    output: Path,
    identity: str,
    *,
    key: str | None = None,
    allowed_rejected: float = 0.0,
    limit: int | None = None,
) -> Outcome:
    """Writes the vector of each row that can be read, in the order of the source.

    Rows are read while the model embeds earlier ones. Memory does not grow with the rows. What is
    done lies in a hidden folder beside the output until the file is there.

    Args:
        source: the rows.
        types: of the columns that the model reads, and of those that stand beside the vectors.
        embedder: the model.
        output: a Parquet file. It is there whole, or as it was before.
        identity: see `identity_of`.
        key: column of the keys that NumPy's files get; None for no such files.
        allowed_rejected: the share of rows that may be kept aside.
        limit: rows that are read at most.

    Raises:
        DataError: a file cannot be read, or more rows than allowed cannot; nothing is written then
            but these.
        WorkspaceError: the file cannot be written.
    """
    start = time.perf_counter()
    total, pieces = rows_of(source, types, limit)
    aside = rejected_file(output)
    with contextlib.ExitStack() as files:
        # First, for it proves that no other process has the parts.
        stream = files.enter_context(replacing(output))
        parts = Parts(parts_folder(output), identity)
        outcome = Outcome(taken_over=parts.taken)
        with kept_aside(aside) as keep:
            _embed(pieces, total, embedder, parts, outcome, keep)
            if not outcome.read:
                parts.add(embedder.answer(no_rows(types)).answers, 0)
                parts.flush()
        outcome.check(allowed_rejected, aside)
        if key is not None:
            vectors, keys = (files.enter_context(replacing(one)) for one in numpy_files(output))
            _write_numpy(parts, embedder.space.dimension, key, vectors, keys)
        with write_answers(stream) as write:
            for batch in _even(parts.read()):
                write(batch)
    parts.remove()
    outcome.seconds = time.perf_counter() - start
    return outcome


def _embed(
    pieces: Iterator[tuple[str, Rows]],
    total: int,
    embedder: Embedder,
    parts: Parts,
    outcome: Outcome,
    keep: Callable[[Sequence[RejectedRow]], None],
) -> None:
    """Adds the vectors of all rows to the parts, but those that are there already."""
    try:
        for name, rows in ahead(pieces):
            first = outcome.read
            misfits = embedder.misfits(rows.batch)
            rejected = rejected_rows(name, rows, misfits)
            keep(rejected)
            outcome.add(rows.batch.num_rows - len(misfits), rejected)
            if outcome.read > parts.taken:
                rest = rows.batch.slice(fit_among(rows, max(0, parts.taken - first)))
                parts.add(embedder.answer(rest).answers, outcome.read)
            tell(outcome.read, total, "rows")
    finally:
        # Ctrl-C loses nothing.
        parts.flush()


def _write_numpy(parts: Parts, dimension: int, key: str, vectors: BinaryIO, keys: BinaryIO) -> None:
    matrices = (to_matrix(batch[VECTOR]) for batch in parts.read())
    write_matrix(vectors, (parts.rows, dimension), matrices)
    write_keys(keys, pa.chunked_array([batch[key] for batch in parts.read([key])]))


def _even(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yields the same rows, always as many at once but the last time."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) > _ROWS_AT_ONCE:
            together = pa.Table.from_batches(waiting).combine_chunks()
            *whole, last = together.to_batches(_ROWS_AT_ONCE)
            yield from whole
            waiting = [last]
    # A table without rows has no batches.
    yield from pa.Table.from_batches(waiting).combine_chunks().to_batches() or waiting[:1]
