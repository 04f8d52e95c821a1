"""Asking a SavedModel about raw rows, as a client would: no feature code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from model.feature_engineering.columns import MISSING_INT
from model.serving.raw_columns import SIGNATURE, open_model
from model.serving.saved_model import SavedModel
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

MISSING: Mapping[str, Any] = {"float32": float("nan"), "int64": MISSING_INT, "string": ""}
"""By type, what `serving_columns` takes for a missing value."""


def is_missing(array: np.ndarray) -> np.ndarray:
    """Returns where an array holds the marker of a missing value."""
    if array.dtype.kind == "f":
        return np.isnan(array)
    if array.dtype == object:
        return (array == "") | (array == b"")
    return array == MISSING_INT


def predict_rows(model: Path, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Calls `serving_columns` of a SavedModel.

    Args:
        model: the SavedModel's folder.
        rows: values by column; a column that is left out, or None, counts as missing. Columns
            that the model does not read are ignored.

    Returns:
        For each row what the label's head gives, by name: of a yes or no `probability`, `label`
        and `logit`; of classes `label`, `probability`, `probabilities` and `classes`; of a number
        `value`.

    Raises:
        DataError: there is no SavedModel in the folder, or a value has the wrong type.
    """
    return predict_with(open_model(model), rows)


def predict_with(model: SavedModel, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Calls `serving_columns` of a SavedModel that is loaded; see `predict_rows`."""
    found = ask(model, SIGNATURE, rows)
    outputs = {name: _plain(values) for name, values in found.items()}
    return [{name: values[row] for name, values in outputs.items()} for row in range(len(rows))]


def ask(
    model: SavedModel, signature: str, rows: Sequence[Mapping[str, Any]]
) -> dict[str, np.ndarray]:
    """Calls a signature that takes raw columns; see `predict_rows` for what the rows are.

    Raises:
        DataError: a value has the wrong type.
    """
    inputs = model.inputs(signature)
    columns = {name: _column(name, spec, rows) for name, spec in inputs.items()}
    return model.call(signature, columns)


def _plain(values: np.ndarray) -> list[Any]:
    if values.dtype == object:
        values = np.vectorize(lambda text: text.decode("utf-8", "replace"), otypes=[object])(values)
    return cast(list[Any], values.tolist())


def _column(name: str, spec: Any, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Returns an array of shape [rows], or [rows, n] for lists and vectors, filled up."""
    absent = MISSING[spec.dtype.name]
    values = [row.get(name) for row in rows]
    if spec.shape.rank == 1:
        return _array(name, spec.dtype, [absent if one is None else one for one in values])
    lists = [[] if one is None else one for one in values]
    length = spec.shape[1]
    for one in lists:
        if not isinstance(one, list) or (length and one and len(one) != length):
            raise DataError(
                f"the column {name!r} takes a list"
                + (f" of {length} numbers" if length else "")
                + " in each row",
                received=repr(one)[:100],
                action="correct the rows",
            )
    width = length or max([1, *map(len, lists)])
    filled = [_array(name, spec.dtype, [*one, *[absent] * (width - len(one))]) for one in lists]
    return np.array(filled, spec.dtype.as_numpy_dtype).reshape(len(rows), width)


def _array(name: str, dtype: Any, values: Sequence[Any]) -> np.ndarray:
    if dtype == tf.string:
        values = [value if isinstance(value, bytes) else str(value) for value in values]
    for value in values:
        if not _fits(value, dtype):
            raise DataError(
                f"the column {name!r} takes one {dtype.name} value in each row",
                received=repr(value),
                action="correct the rows",
            )
    return np.array(values, dtype.as_numpy_dtype)


def _fits(value: Any, dtype: Any) -> bool:
    try:
        return bool(tf.constant(value, dtype).shape == ())
    except (TypeError, ValueError):
        return False
