"""Parity: training and serving must compute the same numbers from the same row.

Four paths lead from a raw row to numbers, and a fifth to its vector. All must agree:

1. features that Transform materialised  ->  network           (what training saw)
2. `transform_features`                                        (what evaluation sees)
3. `serving_default`, serialized tf.Examples                   (what clients call)
4. `serving_columns`, one tensor per column                    (what clients call)
5. `embed`, one tensor per column that it reads                (what searches with vectors)

Real rows of the eval split are compared with what Transform wrote. Made-up rows that hold what
real data rarely shows (everything missing, unknown words, extreme numbers) are compared with the
transform graph itself.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from model.evaluation.materialised import materialised_features
from model.evaluation.parity_rows import describe, gather_rows, made_up_rows
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.raw_rows import RawRows, as_tensors, filled_up
from model.serving.saved_model import Arrays, SavedModel
from model.serving.vectors.space import EMBED
from zeroskew.errors import ParityError
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

TOLERANCE = 1e-5


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One path held against another.

    Attributes:
        path: the two paths in words.
        largest: the largest difference, relative to max(1, |value|).
    """

    path: str
    largest: float


def check_parity(
    model: SavedModel,
    graph: Any,
    features: FeatureSet,
    columns: Mapping[str, Column],
    raw: Iterable[RawRows],
    transformed: str,
    count: int,
    seed: int,
) -> dict[str, Any]:
    """Compares rows of a split, and made-up rows, on every path.

    Args:
        model: what is to be served.
        graph: the transform graph, from canonical columns to tensors by output name.
        features: the feature list.
        columns: the schema's columns by name.
        raw: batches of the split's raw rows, with the columns that features read.
        transformed: the split's folder of transformed examples.
        count: rows of the split to compare at most.
        seed: of the sample.

    Returns:
        The report: how many rows, how they were chosen, and the comparisons, as plain values.

    Raises:
        DataError: the split has no row.
        ParityError: two paths are more than `TOLERANCE` apart, or Transform left out a row.
    """
    real, sample = gather_rows(raw, columns, count, seed)
    taken = [columns[name] for name in features.sources]
    made_up = made_up_rows(taken, features.vector_versions)
    written = materialised_features(transformed, features, real)
    computed = to_numpy(graph(as_tensors(made_up.columns)))
    comparisons = [
        *compare_model(model, features, real, written, "materialised features"),
        *compare_model(model, features, made_up, computed, "the transform graph"),
    ]
    return {
        "rows": len(real),
        "sample": sample,
        "made_up_rows": len(made_up),
        "tolerance": TOLERANCE,
        "comparisons": [dataclasses.asdict(comparison) for comparison in comparisons],
    }


def compare_model(
    model: SavedModel, features: FeatureSet, rows: RawRows, expected: Arrays, source: str
) -> list[Comparison]:
    """Runs every path of a SavedModel on `rows` and compares.

    Args:
        model: what is to be served.
        features: the feature list.
        rows: raw rows.
        expected: their transformed features, by output name.
        source: where `expected` comes from, in words.

    Raises:
        ParityError: two paths are more than `TOLERANCE` apart.
    """
    names = [output.name for output in features.outputs]
    transformed = {name: expected[name] for name in names}
    tensors = {name: tf.constant(values) for name, values in transformed.items()}
    reference = to_numpy(model.loaded.predict_transformed(tensors))
    examples = {"examples": rows.serialized}
    columns = {name: filled_up(rows.columns[name]) for name in features.sources}
    paths = [
        ("transform_features", transformed, examples),
        ("serving_default", reference, examples),
        ("serving_columns", reference, columns),
    ]
    if EMBED in model.signatures:
        read = {name: columns[name] for name in model.inputs(EMBED)}
        paths.append((EMBED, to_numpy(model.loaded.embed_transformed(tensors)), read))
    return [
        Comparison(
            f"{source} = {path}", _compare(rows, want, model.call(path, inputs), source, path)
        )
        for path, want, inputs in paths
    ]


def to_numpy(tensors: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Turns tensors by name into arrays by name."""
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def _compare(rows: RawRows, want: Arrays, have: Arrays, source: str, path: str) -> float:
    largest = 0.0
    for name, values in want.items():
        far = distance(values, have[name])
        largest = max(largest, float(far.max(initial=0.0)))
        apart = np.flatnonzero(far > TOLERANCE)
        if len(apart):
            row = int(apart[0])
            raise ParityError(
                "training and serving must compute the same numbers from the same row",
                allowed=f"a difference of at most {TOLERANCE:g}, relative to max(1, |value|)",
                received=f"{name!r} is {values[row]!s} from {source} and {have[name][row]!s} from "
                f"{path}, in row {row} of {len(rows)}: {describe(rows, row)}",
                action="look for code outside the feature list that changes this value, or for a "
                "vocabulary or default that differs between training and export",
            )
    return largest


def distance(want: np.ndarray, have: np.ndarray) -> np.ndarray:
    """Returns how far values are apart, the farthest of each row; text is equal or not."""
    far = _text_distance(want, have) if want.dtype == object else _number_distance(want, have)
    return far.reshape(len(far), -1).max(axis=1, initial=0.0)


def _text_distance(want: np.ndarray, have: np.ndarray) -> np.ndarray:
    return np.where(want == have, 0.0, np.inf)


def _number_distance(want: np.ndarray, have: np.ndarray) -> np.ndarray:
    left, right = want.astype(np.float64), have.astype(np.float64)
    with np.errstate(invalid="ignore"):
        distance = np.abs(left - right) / np.maximum(1.0, np.abs(left))
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    return np.where(same, 0.0, np.where(np.isnan(distance), np.inf, distance))
