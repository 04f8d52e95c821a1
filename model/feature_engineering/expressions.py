"""Lambdas of the features file, computed on the columns that they name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from model.feature_engineering.columns import MISSING_INT, Column, Row, is_missing
from model.feature_engineering.values import Value
from zeroskew.errors import FeatureError, did_you_mean
from zeroskew.lazy import lazy_import

np = lazy_import("numpy")
tf = lazy_import("tensorflow")

Expression = Callable[[Mapping[str, Value]], Any]
"""From the columns, by name, to what is computed from them."""


class Columns(Mapping[str, Value]):
    """The columns that an expression may read.

    Args:
        values: by name.
    """

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            raise FeatureError(
                "an expression reads the columns that it names in uses",
                allowed=", ".join(self._values),
                received=repr(name),
                action=did_you_mean(name, self._values) or f"add {name!r} to uses",
            )
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def column(tensor: Any) -> Value:
    """Returns a canonical column, a tensor or an array, as a value."""
    if isinstance(tensor, np.ndarray):
        return _of_array(tensor)
    missing = is_missing(tensor)
    if tensor.dtype == tf.float32:
        return Value(tf.cast(tensor, tf.float64), missing, single=True)
    if tensor.dtype == tf.int64:
        return Value(tf.where(missing, tf.zeros_like(tensor), tensor), missing)
    return Value(tensor, missing)


def _of_array(array: Any) -> Value:
    if array.dtype.kind == "f":
        return Value(array.astype(np.float64), np.isnan(array), single=True)
    if array.dtype.kind == "i":
        missing = array == MISSING_INT
        return Value(np.where(missing, 0, array), missing)
    return Value(array, np.equal(array, b"").astype(bool))


def compute(owner: str, expression: Expression, row: Row, uses: Sequence[str]) -> Value:
    """Computes an expression.

    Args:
        owner: whose expression it is, for messages.
        expression: from the columns to a value.
        row: canonical raw columns.
        uses: the columns it reads.

    Raises:
        FeatureError: it fails, or does not return what it computes from columns.
    """
    return _compute(owner, expression, {name: column(row[name]) for name in uses})


def outline(
    owner: str, expression: Expression, uses: Sequence[str], columns: Mapping[str, Column]
) -> str:
    """Says what an expression gives, in words of `Value.kind`, without loading TensorFlow.

    Args:
        owner: whose expression it is, for messages.
        expression: from the columns to a value.
        uses: the columns it reads, which `columns` has.
        columns: the schema's columns by name.

    Raises:
        FeatureError: it fails, or does not return what it computes from columns.
    """
    with np.errstate(all="ignore"):
        return _compute(owner, expression, {name: _nothing(columns[name]) for name in uses}).kind


def _compute(owner: str, expression: Expression, values: Mapping[str, Value]) -> Value:
    try:
        found = expression(Columns(values))
    except FeatureError as error:
        raise FeatureError(
            f"{owner}: {error.rule}",
            allowed=error.allowed,
            received=error.received,
            action=error.action,
        ) from error
    except Exception as error:
        raise FeatureError(
            f"{owner}: an expression computes with columns, numbers and text",
            received=f"{type(error).__name__}: {error}",
            action="correct the lambda in the features file",
        ) from error
    if not isinstance(found, Value) or len(found.missing.shape) != 1:
        raise FeatureError(
            f"{owner}: an expression returns what it computes from columns",
            received=repr(found),
            action="let the lambda's result depend on a column",
        )
    return found


def _nothing(column: Column) -> Value:
    """Returns two missing values of a column, as arrays."""
    nothing = {"FLOAT": 0.0, "INT": 0, "BYTES": b""}[column.type]
    values = np.array([nothing] * 2, object if column.type == "BYTES" else None)
    return Value(values, np.ones(2, bool), single=column.type == "FLOAT")
