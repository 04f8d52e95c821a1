"""The rows that Parity compares: real ones, the unusual ones among them, and made-up ones."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from model.evaluation.sample import draw_rows
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.raw_rows import RawRows, join_rows, missing_mask, to_lists
from model.feature_engineering.vector_versions import VectorVersion
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

UNSEEN_WORD = "a word that no vocabulary holds"
EXTREMES = (-1e30, 0.0, 1e30)
POOL = 20_000
"""Rows drawn from the split, among which a column's rarest value is looked for."""


def gather_rows(
    batches: Iterable[RawRows],
    columns: Mapping[str, Column],
    count: int,
    seed: int,
    pool: int = POOL,
) -> tuple[RawRows, dict[str, Any]]:
    """Gathers rows of a split to compare, in one pass.

    They are chosen by `choose_rows` among rows that are drawn uniformly and, from all rows, those
    at the edges of a column: one where it is missing, the smallest and the largest value. Equal
    rows count as one.

    Args:
        batches: the split.
        columns: the schema's columns by name.
        count: rows to choose at most.
        seed: of the draw.
        pool: rows to draw, if `count` is not larger.

    Returns:
        The chosen rows; and, for the report, out of how many and how they were chosen.

    Raises:
        DataError: the split has no row.
    """
    edges: list[RawRows] = []

    def watched() -> Iterable[RawRows]:
        for batch in batches:
            rows = join_rows([*edges, batch.take(_edges(batch, columns))])
            edges[:] = [rows.take(_edges(rows, columns))]
            yield batch

    sample = draw_rows(watched(), max(count, pool), seed, join_rows)
    if sample.rows is None:
        raise DataError(
            "the eval split must have rows to compare training and serving on", received="none"
        )
    candidates = _distinct(join_rows([*edges, sample.rows]))
    chosen = candidates.take(choose_rows(candidates, columns, count))
    drawn = sample.to_dict()
    how = "unusual values of each column first, the rest evenly from the drawn rows"
    return chosen, {
        "of": sample.total,
        "drawn": drawn["rows"],
        "draw": drawn["chosen"],
        "chosen": how,
    }


def _edges(rows: RawRows, columns: Mapping[str, Column]) -> list[int]:
    """Returns the positions of each column's missing, smallest and largest value, in order."""
    places: set[int] = set()
    for name, values in rows.columns.items():
        missing = missing_mask(values, columns[name])
        if missing.any():
            places.add(int(missing.argmax()))
        present = np.flatnonzero(~missing)
        if len(present):
            known = _order(values[present], columns[name])
            places.update((int(present[known.argmin()]), int(present[known.argmax()])))
    return sorted(places)


def _order(values: np.ndarray, column: Column) -> np.ndarray:
    """Returns what values are sorted by: lists by their lengths, vectors by their first number."""
    if column.length is None:
        return np.array([len(one) for one in values])
    return values[:, 0] if values.ndim == 2 else values


def _distinct(rows: RawRows) -> RawRows:
    first: dict[bytes, int] = {}
    for position, row in enumerate(rows.serialized):
        first.setdefault(row, position)
    return rows.take(list(first.values()))


def choose_rows(rows: RawRows, columns: Mapping[str, Column], count: int) -> list[int]:
    """Picks rows to compare, the unusual ones first.

    For each column: a row where it is missing, one with its rarest value, and for numbers one
    with the smallest and one with the largest value. The rest is spread evenly.

    Returns:
        At most `count` positions, in order.
    """
    chosen: dict[int, None] = {}
    for name, values in rows.columns.items():
        missing = missing_mask(values, columns[name])
        present = np.flatnonzero(~missing)
        chosen.update(dict.fromkeys(np.flatnonzero(missing)[:1].tolist()))
        if len(present):
            order = _order(values[present], columns[name])
            _, first, counts = np.unique(order, return_index=True, return_counts=True)
            picks = [first[counts.argmin()], first[0], first[-1]]
            chosen.update(dict.fromkeys(present[picks].tolist()))
    spread = np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)
    chosen.update(dict.fromkeys(spread.tolist()))
    return sorted(list(chosen)[:count])


def made_up_rows(columns: Sequence[Column], versions: Sequence[VectorVersion] = ()) -> RawRows:
    """Makes rows that are all missing, all unseen words, and all extreme numbers.

    Args:
        columns: of the rows.
        versions: of their vectors, which say it, since no model takes others.
    """
    values = {column.name: _made_up(column) for column in columns}
    for one in versions:
        values[one.column][1:] = _as_held(one, values[one.column].dtype)
    serialized = [
        _serialize({column: values[column.name][row] for column in columns}) for row in range(4)
    ]
    return RawRows(np.array(serialized, dtype=object), values)


def _as_held(version: VectorVersion, dtype: Any) -> bytes | int:
    return version.version.encode() if dtype == np.object_ else int(version.version)


def _made_up(column: Column) -> np.ndarray:
    if column.type == "BYTES":
        words = ["", UNSEEN_WORD, "\u2603 \u00fc", " "]
        single = np.array([word.encode() for word in words], dtype=object)
    elif column.type == "INT":
        single = np.array([MISSING_INT, -(2**62), 0, 2**62], dtype=np.int64)
    else:
        single = np.array([np.nan, *EXTREMES], dtype=np.float32)
    if column.length is None:
        return to_lists([single[:0], single[1:2], np.repeat(single[1:], 2), single[3:]])
    return single if column.length == 1 else np.repeat(single[:, np.newaxis], column.length, axis=1)


def _serialize(row: Mapping[Column, Any]) -> bytes:
    example = tf.train.Example()
    for column, value in row.items():
        feature = example.features.feature[column.name]
        several = value if column.length != 1 else np.array([value])
        if not len(several) or missing_mask(several, Column(column.name, column.type)).all():
            continue
        if column.type == "BYTES":
            feature.bytes_list.value.extend(several)
        elif column.type == "INT":
            feature.int64_list.value.extend(several.tolist())
        else:
            feature.float_list.value.extend(several.tolist())
    return example.SerializeToString()


def describe(rows: RawRows, position: int) -> str:
    """Returns a row as a message shows it: each column with its value."""
    values = {name: column[position] for name, column in rows.columns.items()}
    shown = {
        name: value.decode(errors="replace") if isinstance(value, bytes) else value.tolist()
        for name, value in values.items()
    }
    return ", ".join(f"{name}={value!r}" for name, value in shown.items())
