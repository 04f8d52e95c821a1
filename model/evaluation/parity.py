"""Parity: training and serving must compute the same numbers from the same row.

Four paths lead from a raw row to numbers. All must agree:

1. features that Transform materialised  ->  network           (what training saw)
2. `transform_features`                                        (what evaluation sees)
3. `serving_default`, serialized tf.Examples                   (what clients call)
4. `serving_columns`, one tensor per column                    (what clients call)

Real rows of the eval split are compared with what Transform wrote. Made-up rows that hold what
real data rarely shows (everything missing, unknown words, extreme numbers) are compared with the
transform graph itself.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from model.feature_engineering.columns import MISSING_INT, Column, fingerprint
from model.feature_engineering.feature_set import ROW_KEY, FeatureSet
from model.feature_engineering.raw_rows import RawRows, missing_mask
from zeroskew.errors import ParityError
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

TOLERANCE = 1e-5
UNSEEN_WORD = "a word that no vocabulary holds"
EXTREMES = (-1e30, 0.0, 1e30)

Tensors = Mapping[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One path held against another.

    Attributes:
        path: the two paths in words.
        largest: the largest difference, relative to max(1, |value|).
    """

    path: str
    largest: float


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
            _, first, counts = np.unique(values[present], return_index=True, return_counts=True)
            picks = [first[counts.argmin()], first[0], first[-1]]
            chosen.update(dict.fromkeys(present[picks].tolist()))
    spread = np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)
    chosen.update(dict.fromkeys(spread.tolist()))
    return sorted(list(chosen)[:count])


def made_up_rows(columns: Sequence[Column]) -> RawRows:
    """Makes rows that are all missing, all unseen words, and all extreme numbers."""
    values: dict[str, np.ndarray] = {}
    for column in columns:
        if column.type == "BYTES":
            words = ["", UNSEEN_WORD, "\u2603 \u00fc", " "]
            values[column.name] = np.array([word.encode() for word in words], dtype=object)
        elif column.type == "INT":
            values[column.name] = np.array([MISSING_INT, -(2**62), 0, 2**62], dtype=np.int64)
        else:
            values[column.name] = np.array([np.nan, *EXTREMES], dtype=np.float32)
    serialized = [
        _serialize({column: values[column.name][row] for column in columns}) for row in range(4)
    ]
    return RawRows(np.array(serialized, dtype=object), values)


def _serialize(row: Mapping[Column, Any]) -> bytes:
    example = tf.train.Example()
    for column, value in row.items():
        feature = example.features.feature[column.name]
        if missing_mask(np.array([value]), column)[0]:
            continue
        if column.type == "BYTES":
            feature.bytes_list.value.append(value)
        elif column.type == "INT":
            feature.int64_list.value.append(int(value))
        else:
            feature.float_list.value.append(float(value))
    return example.SerializeToString()


def materialised_features(
    folder: str, features: FeatureSet, rows: RawRows, read: Callable[..., Iterator[Tensors]]
) -> Tensors:
    """Finds what Transform wrote for raw rows.

    Args:
        folder: the split's folder of transformed examples.
        features: the feature list.
        rows: raw rows.
        read: yields the folder's batches of transformed tensors.

    Returns:
        The transformed tensors by output name, each of shape [rows].

    Raises:
        ParityError: Transform did not write one of the rows.
    """
    columns = {name: tf.constant(rows.columns[name]) for name in features.sources}
    wanted = fingerprint(columns, features.sources).numpy()
    found: dict[int, dict[str, Any]] = {}
    for batch in read(folder):
        for place in np.flatnonzero(np.isin(batch[ROW_KEY], wanted)):
            key = int(batch[ROW_KEY][place])
            found.setdefault(key, {name: values[place] for name, values in batch.items()})
    for position, key in enumerate(wanted.tolist()):
        if key not in found:
            raise ParityError(
                "each raw row must be among the rows that Transform materialised",
                received=f"none that fits row {position}: {_describe(rows, position)}",
                action="run again with --no-cache; the examples may have changed since Transform",
            )
    picked = [found[key] for key in wanted.tolist()]
    names = [output.name for output in features.outputs]
    return {name: np.array([row[name] for row in picked]) for name in names}


def compare_model(
    model: Any, features: FeatureSet, rows: RawRows, expected: Tensors, source: str
) -> list[Comparison]:
    """Runs every path of a loaded SavedModel on `rows` and compares.

    Args:
        model: the loaded SavedModel.
        features: the feature list.
        rows: raw rows.
        expected: their transformed features, by output name.
        source: where `expected` comes from, in words.

    Raises:
        ParityError: two paths are more than `TOLERANCE` apart.
    """
    names = [output.name for output in features.outputs]
    examples = tf.constant(rows.serialized)
    raw = {name: tf.constant(rows.columns[name]) for name in features.sources}
    transformed = to_numpy(model.signatures["transform_features"](examples=examples))
    reference = to_numpy(
        model.predict_transformed({name: tf.constant(expected[name]) for name in names})
    )
    pairs = [
        ("transform_features", {name: expected[name] for name in names}, transformed),
        (
            "serving_default",
            reference,
            to_numpy(model.signatures["serving_default"](examples=examples)),
        ),
        ("serving_columns", reference, to_numpy(model.signatures["serving_columns"](**raw))),
    ]
    return [
        Comparison(f"{source} = {path}", _compare(rows, want, have, source, path))
        for path, want, have in pairs
    ]


def to_numpy(tensors: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Turns tensors by name into arrays by name."""
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def _compare(rows: RawRows, want: Tensors, have: Tensors, source: str, path: str) -> float:
    largest = 0.0
    for name, values in want.items():
        distance = _distance(values, have[name])
        largest = max(largest, float(distance.max(initial=0.0)))
        apart = np.flatnonzero(distance > TOLERANCE)
        if len(apart):
            row = int(apart[0])
            raise ParityError(
                "training and serving must compute the same numbers from the same row",
                allowed=f"a difference of at most {TOLERANCE:g}, relative to max(1, |value|)",
                received=f"{name!r} is {values[row]!s} from {source} and {have[name][row]!s} from "
                f"{path}, in row {row} of {len(rows)}: {_describe(rows, row)}",
                action="look for code outside the feature list that changes this value, or for a "
                "vocabulary or default that differs between training and export",
            )
    return largest


def _distance(want: np.ndarray, have: np.ndarray) -> np.ndarray:
    left, right = want.astype(np.float64), have.astype(np.float64)
    with np.errstate(invalid="ignore"):
        distance = np.abs(left - right) / np.maximum(1.0, np.abs(left))
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    return np.where(same, 0.0, np.where(np.isnan(distance), np.inf, distance))


def _describe(rows: RawRows, position: int) -> str:
    values = {name: column[position] for name, column in rows.columns.items()}
    shown = {
        name: value.decode(errors="replace") if isinstance(value, bytes) else value.item()
        for name, value in values.items()
    }
    return ", ".join(f"{name}={value!r}" for name, value in shown.items())
