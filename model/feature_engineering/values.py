"""Arithmetic over columns: what a lambda of the features file computes with.

A column is a `Value`: it knows where it is missing, and whatever is computed from it is missing
there too. Whole numbers stay exact to 64 bits; other numbers are computed in 64 bits, and compared
as the 32 bits in which columns hold them. Only what comes out is narrowed.

Usage::

    lambda row: row["tips"] > 0.2 * row["fare"]
    lambda row: (row["end"] - row["start"]) / 60
    lambda row: row["status"].is_in(["Sold", "Let"]) & (row["price"] > 0)
    lambda row: row["arrival"].seconds() - row["departure"].seconds()
"""

import dataclasses
import operator
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from model.feature_engineering.time_values import TimeValues
from zeroskew.errors import FeatureError
from zeroskew.lazy import lazy_import

array_operations = lazy_import("model.feature_engineering.array_operations")
np = lazy_import("numpy")
tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, eq=False)
class Value(TimeValues["Value"]):
    """Numbers, text or yes-or-no values, one for each row.

    Yes-or-no values are combined with ``&``, ``|`` and ``~``, as SQL combines them: a no settles an
    ``&`` and a yes an ``|``, also where the other side is missing.

    Attributes:
        values: int64, float64, string or bool, of shape [batch]; anything where missing. Tensors
            in the pipeline, NumPy arrays where an expression is only checked.
        missing: bool of shape [batch].
        single: whether a FLOAT column is in it, so that 32 bits are all that is known.
    """

    values: Any
    missing: Any
    single: bool = False

    # Without this, `==`, which compares row by row, would make a hash meaningless.
    __hash__ = None  # type: ignore[assignment]

    @property
    def kind(self) -> str:
        """What the values are, in words."""
        return _KINDS[self._dtype]

    def is_missing(self) -> "Value":
        """Tells where there is no value; never missing itself."""
        return Value(self.missing, self.ops.zeros_like(self.missing))

    def or_else(self, default: float | str | bool) -> "Value":
        """Puts `default` where there is no value."""
        values, other = self._alike(self.values, self._operand(default).values)
        filled = self.ops.where(self.missing, other, values)
        return Value(filled, self.ops.zeros_like(self.missing), self.single)

    def is_in(self, allowed: Sequence[Any]) -> "Value":
        """Tells whether the value is one of some."""
        if isinstance(allowed, str) or not allowed:
            _refuse("is_in takes a list of values, at least one", repr(allowed))
        found = self == allowed[0]
        for one in allowed[1:]:
            found = found | (self == one)
        return found

    def log(self) -> "Value":
        """Returns the natural logarithm; missing where there is none."""
        return self._of_number("log")

    def exp(self) -> "Value":
        """Returns e to the power of this."""
        return self._of_number("exp")

    def sqrt(self) -> "Value":
        """Returns the square root; missing where there is none."""
        return self._of_number("sqrt")

    def lower(self) -> "Value":
        """Returns the text in lower case, in any script."""
        return Value(self.ops.strings.lower(self._text(), encoding="utf-8"), self.missing)

    def matches(self, pattern: str) -> "Value":
        """Tells whether the whole text matches a regular expression, in the syntax of RE2."""
        return Value(self.ops.strings.regex_full_match(self._text(), pattern), self.missing)

    def length(self) -> "Value":
        """Returns the number of characters of the text."""
        characters = self.ops.strings.length(self._text(), "UTF8_CHAR")
        return Value(self.ops.cast(characters, "int64"), self.missing)

    def as_float32(self) -> Any:
        """Returns the numbers as a tensor of shape [batch], NaN where missing."""
        nothing = self.ops.constant(float("nan"), "float32")
        return self.ops.where(self.missing, nothing, self.ops.cast(self._numbers(), "float32"))

    def as_bool(self) -> Any:
        """Returns the yes-or-no values as a tensor of shape [batch], False where missing."""
        return self._yes_or_no() & ~self.missing

    def __bool__(self) -> NoReturn:
        _refuse(
            "an expression computes with all rows at once",
            "a column used as a single yes or no, as and, or, not, if, in and a < b < c do",
            "write & for and, | for or, ~ for not, .is_in([...]) for in, and brackets around each "
            "comparison",
        )

    def __iter__(self) -> NoReturn:
        _refuse("an expression computes with all rows at once", "a loop over a column")

    def __add__(self, other: Any) -> "Value":
        return self._computed(operator.add, other)

    def __radd__(self, other: Any) -> "Value":
        return self._operand(other) + self

    def __sub__(self, other: Any) -> "Value":
        return self._computed(operator.sub, other)

    def __rsub__(self, other: Any) -> "Value":
        return self._operand(other) - self

    def __mul__(self, other: Any) -> "Value":
        return self._computed(operator.mul, other)

    def __rmul__(self, other: Any) -> "Value":
        return self._operand(other) * self

    def __truediv__(self, other: Any) -> "Value":
        return self._divided(operator.truediv, other)

    def __rtruediv__(self, other: Any) -> "Value":
        return self._operand(other) / self

    def __floordiv__(self, other: Any) -> "Value":
        return self._divided(operator.floordiv, other)

    def __rfloordiv__(self, other: Any) -> "Value":
        return self._operand(other) // self

    def __mod__(self, other: Any) -> "Value":
        return self._divided(operator.mod, other)

    def __rmod__(self, other: Any) -> "Value":
        return self._operand(other) % self

    def __pow__(self, other: Any) -> "Value":
        return self._real()._computed(operator.pow, self._operand(other)._real())

    def __neg__(self) -> "Value":
        return 0 - self

    def __abs__(self) -> "Value":
        return Value(self.ops.abs(self._numbers()), self.missing, self.single)

    def __lt__(self, other: Any) -> "Value":
        return self._compared("less", other)

    def __le__(self, other: Any) -> "Value":
        return self._compared("less_equal", other)

    def __gt__(self, other: Any) -> "Value":
        return self._compared("greater", other)

    def __ge__(self, other: Any) -> "Value":
        return self._compared("greater_equal", other)

    def __eq__(self, other: object) -> "Value":  # type: ignore[override]
        return self._compared("equal", other)

    def __ne__(self, other: object) -> "Value":  # type: ignore[override]
        return self._compared("not_equal", other)

    def __and__(self, other: Any) -> "Value":
        return self._combined("logical_and", other, settled_by=False)

    def __or__(self, other: Any) -> "Value":
        return self._combined("logical_or", other, settled_by=True)

    def __invert__(self) -> "Value":
        return Value(~self._yes_or_no(), self.missing)

    @property
    def ops(self) -> Any:
        """TensorFlow, or what stands for it on arrays."""
        return array_operations if isinstance(self.missing, np.ndarray) else tf

    @property
    def _dtype(self) -> str:
        name: str = self.values.dtype.name
        return "string" if name == "object" else name

    def _operand(self, other: Any) -> "Value":
        if isinstance(other, Value):
            return other
        if type(other) not in _TYPES:
            _refuse("an expression computes with columns, numbers and text", repr(other))
        values = self.ops.constant(other, _TYPES[type(other)])
        return Value(values, self.ops.constant(False, "bool"))

    def _computed(self, operation: Callable[[Any, Any], Any], other: Any) -> "Value":
        right = self._operand(other)
        return self._finite(
            operation(*self._alike(self._numbers(), right._numbers())),
            self.missing | right.missing,
            self.single or right.single,
        )

    def _divided(self, operation: Callable[[Any, Any], Any], other: Any) -> "Value":
        right = self._operand(other)
        divisor = right._numbers()
        nothing = divisor == 0
        safe = self.ops.where(nothing, self.ops.ones_like(divisor), divisor)
        return self._computed(operation, Value(safe, right.missing | nothing, right.single))

    def _compared(self, comparison: str, other: Any) -> "Value":
        right = self._operand(other)
        if "string" in (self._dtype, right._dtype):
            if comparison not in ("equal", "not_equal"):
                _refuse("text has no order", "texts, one less than another", "compare by == or !=")
            pair = (self._text(), right._text())
        else:
            pair = self._alike(self._numbers(), right._numbers())
            if self.single or right.single:
                pair = tuple(self.ops.cast(one, "float32") for one in pair)
        return Value(getattr(self.ops, comparison)(*pair), self.missing | right.missing)

    def _combined(self, combination: str, other: Any, *, settled_by: bool) -> "Value":
        right = self._operand(other)
        sides = [(self._yes_or_no(), self.missing), (right._yes_or_no(), right.missing)]
        left_settles, right_settles = (~gone & (yes == settled_by) for yes, gone in sides)
        # Where a side is missing, the other one decides.
        known = [self.ops.where(gone, not settled_by, yes) for yes, gone in sides]
        missing = (self.missing | right.missing) & ~(left_settles | right_settles)
        return Value(getattr(self.ops, combination)(*known), missing)

    def _of_number(self, function: str) -> "Value":
        result = getattr(self.ops.math, function)(self._real().values)
        return self._finite(result, self.missing, self.single)

    def _real(self) -> "Value":
        numbers = self.ops.cast(self._numbers(), "float64")
        return Value(numbers, self.missing, self.single)

    def _finite(self, values: Any, missing: Any, single: bool) -> "Value":
        """Takes what is no number, or an infinite one, as missing."""
        if values.dtype.name == "float64":
            missing = missing | ~self.ops.math.is_finite(values)
        return Value(values, missing, single)

    def _alike(self, left: Any, right: Any) -> tuple[Any, ...]:
        if left.dtype == right.dtype:
            return left, right
        return tuple(self.ops.cast(one, "float64") for one in (left, right))

    def _numbers(self) -> Any:
        if self._dtype == "bool":
            return self.ops.cast(self.values, "int64")
        return self._of_type("a number", "int64", "float64")

    def _text(self) -> Any:
        return self._of_type("text", "string")

    def _whole(self) -> Any:
        return self._of_type("a whole number", "int64")

    def _made(self, values: Any, missing: Any) -> "Value":
        return Value(values, missing)

    def _yes_or_no(self) -> Any:
        return self._of_type("a yes or a no", "bool")

    def _of_type(self, what: str, *types: str) -> Any:
        if self._dtype not in types:
            _refuse(f"this part of an expression needs {what}", self.kind)
        return self.values


_KINDS = {"int64": "a number", "float64": "a number", "string": "text", "bool": "a yes or a no"}
_TYPES = {bool: "bool", int: "int64", float: "float64", str: "string", bytes: "string"}


def _refuse(rule: str, received: str, action: str = "") -> NoReturn:
    raise FeatureError(
        rule, received=received, action=action or "correct the lambda in the features file"
    )
