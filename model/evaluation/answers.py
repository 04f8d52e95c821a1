"""What models and rules said of each eval row, kept so that they can be compared row by row."""

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.feature_engineering.labels import Answers
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

ANSWERS_FILE = "answers.parquet"

Write = Callable[[np.ndarray, Mapping[str, Answers]], None]
"""Takes a batch: the rows' keys, and by name, the answers of each model or rule."""


@dataclasses.dataclass(frozen=True)
class RowAnswers:
    """Answers to the rows of one split, in the order of its files.

    Attributes:
        keys: int64 of shape [rows], the same for the same content of a row.
        by_name: answers of each model, or rule.
    """

    keys: np.ndarray
    by_name: Mapping[str, Answers]


def row_keys(serialized: np.ndarray) -> np.ndarray:
    """Returns the keys of serialized tf.Examples, int64 of shape [rows]."""
    keys: np.ndarray = tf.strings.to_hash_bucket_fast(serialized, 2**63 - 1).numpy()
    return keys


@contextlib.contextmanager
def write_answers(folder: str) -> Iterator[Write]:
    """Opens the file of a split's answers, which is there once all batches are, or not at all.

    Labels and weights are those of the first model or rule.
    """
    target = Path(folder, ANSWERS_FILE)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(descriptor)
    with contextlib.ExitStack() as stack:
        stack.callback(Path(temporary).unlink, missing_ok=True)
        writers: list[pq.ParquetWriter] = []

        def write(keys: np.ndarray, by_name: Mapping[str, Answers]) -> None:
            batch = _to_arrow(keys, by_name)
            if not writers:
                writers.append(pq.ParquetWriter(temporary, batch.schema))
                stack.callback(writers[0].close)
            writers[0].write_batch(batch)

        yield write
        for writer in writers:
            writer.close()
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)


def read_answers(folder: str) -> RowAnswers:
    """Reads what `write_answers` wrote.

    Raises:
        DataError: nothing was written.
    """
    file = Path(folder, ANSWERS_FILE)
    if not file.exists():
        raise DataError(
            "a model is judged by its answers to each eval row",
            received=f"no {ANSWERS_FILE} in {folder}",
            action="evaluate it again with --no-cache, with the Evaluator of this project",
        )
    table = pq.read_table(file, memory_map=False)
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    names = [name.removesuffix(_SCORE) for name in columns if name.endswith(_SCORE)]
    by_name = {
        name: Answers(
            columns["label"], columns["weight"], columns[name + _SCORE], columns.get(name + _RIGHT)
        )
        for name in names
    }
    return RowAnswers(columns["key"], by_name)


def require_same_rows(models: RowAnswers, rules: RowAnswers) -> None:
    """Checks that models and rules were asked the same rows, in the same order.

    Raises:
        DataError: they were not.
    """
    if not np.array_equal(models.keys, rules.keys):
        raise DataError(
            "Evaluator and TrivialBaselines read the same eval rows in the same order",
            received=f"{len(models.keys):,} rows and {len(rules.keys):,} others",
            action="run again with --no-cache",
        )


def paired(one: Answers, other: Answers) -> tuple[Answers, Answers]:
    """Returns both answers to the rows that count and that both have answered.

    Labels and weights are those of `one`, for a rule numbers its classes in its own way.
    """
    places = np.flatnonzero((one.weights > 0) & np.isfinite(one.scores) & np.isfinite(other.scores))
    asked = dataclasses.replace(other, labels=one.labels, weights=one.weights)
    return one.take(places), asked.take(places)


_SCORE, _RIGHT = ".score", ".right"


def _to_arrow(keys: np.ndarray, by_name: Mapping[str, Answers]) -> pa.RecordBatch:
    first = next(iter(by_name.values()))
    columns = {"key": keys, "label": first.labels, "weight": first.weights}
    for name, answers in by_name.items():
        columns[name + _SCORE] = answers.scores
        if answers.right is not None:
            columns[name + _RIGHT] = answers.right
    return pa.RecordBatch.from_pydict({name: pa.array(one) for name, one in columns.items()})
