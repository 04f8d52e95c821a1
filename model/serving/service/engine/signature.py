"""A signature of a loaded model: what it takes, and how requests for it become one call."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model.serving.raw_columns import SIGNATURE
from model.serving.saved_model import Arrays, SavedModel
from model.serving.service.engine.cells import Cells, Column, Lists, Tensors, Values, known

_MISSING: Mapping[str, Any] = {"float32": float("nan"), "int64": -(2**63), "string": ""}


@dataclasses.dataclass(frozen=True)
class Rows:
    """A request as cells, checked, by input.

    Attributes:
        columns: the cells.
        count: how many rows there are.
        key: requests with one key can be asked together.
    """

    columns: Mapping[str, Cells]
    count: int
    key: Any


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A request as an array for each input.

    Attributes:
        arrays: the arrays.
        count: how many rows there are; 1 if they have no rows in common.
        key: requests with one key can be asked together; None if it is asked alone.
    """

    arrays: Arrays
    count: int
    key: Any


Request = Rows | Tensor


class Signature:
    """A signature of a loaded model.

    Args:
        model: the model.
        name: of the signature.

    Attributes:
        name: of the signature.
        columns: what makes arrays of each input's cells; None for a type that JSON does not have.
        specs: the tf.TensorSpec of each input.
        outputs: the names of what it gives.
        may_lack: whether inputs may be left out of a request: they are raw columns, and a value of
            each may be missing.
        is_by_row: whether each row of its inputs has a row in each of its outputs.
    """

    def __init__(self, model: SavedModel, name: str) -> None:
        self.name = name
        self.specs = model.inputs(name)
        self.outputs = sorted(model.signatures[name].outputs)
        self.may_lack = name == SIGNATURE
        self.columns = {one: self._column(spec) for one, spec in self.specs.items()}
        self.names = frozenset(self.specs)
        outputs = [one.tensor_shape for one in model.signatures[name].outputs.values()]
        self.is_by_row = all(
            _any_rows([one.size for one in shape.dim], shape.unknown_rank) for shape in outputs
        ) and all(_any_rows(_sizes(spec), spec.shape.rank is None) for spec in self.specs.values())
        self._call = model.caller(name)
        self._has_tensors = any(isinstance(one, Tensors) for one in self.columns.values())

    def rows(self, columns: Mapping[str, Cells], count: int) -> Rows:
        """Returns a request of cells that the columns have checked."""
        shapes = None
        if self._has_tensors:
            shapes = tuple(getattr(cells[0], "shape", None) for cells in columns.values() if cells)
        return Rows(columns, count, ("rows", shapes))

    def tensors(self, arrays: Arrays) -> Tensor:
        """Returns a request of arrays, of the inputs' types; what is left out is filled up."""
        counts = {len(one) if one.ndim else -1 for one in arrays.values()}
        if len(counts) != 1 or -1 in counts:
            return Tensor(arrays, 1, None)
        (count,) = counts
        whole = {**self._lacking(arrays, count), **arrays}
        shapes = [
            (name, None if isinstance(self.columns[name], Lists) else one.shape[1:])
            for name, one in whole.items()
        ]
        return Tensor(whole, count, ("arrays", frozenset(shapes)))

    def answer(self, requests: Sequence[Request]) -> tuple[Arrays, dict[str, np.ndarray]]:
        """Asks the model all rows of some requests, which have one key.

        Returns:
            What was asked, and an array for each output.
        """
        arrays = self._joined(requests)
        return arrays, self._call(arrays)

    def missing(self, arrays: Arrays) -> dict[str, int]:
        """Returns how many rows have no value, by column; none for inputs that must have one."""
        found = {}
        for name, array in arrays.items() if self.may_lack else ():
            first = array if array.ndim == 1 else array[:, 0]
            if first.dtype.kind == "f":
                empty = np.isnan(first)
            else:
                empty = (
                    (first == "") | (first == b"") if first.dtype == object else first == -(2**63)
                )
            found[name] = int(np.count_nonzero(empty))
        return found

    def _joined(self, requests: Sequence[Request]) -> Arrays:
        first = requests[0]
        if isinstance(first, Rows):
            with np.errstate(over="ignore"):
                return {name: self._array(name, requests) for name in first.columns}
        return first.arrays if len(requests) == 1 else self._concatenated(requests)

    def _array(self, name: str, requests: Sequence[Any]) -> np.ndarray:
        cells = requests[0].columns[name]
        if len(requests) > 1:
            cells = [cell for one in requests for cell in one.columns[name]]
        column = self.columns[name]
        assert column is not None
        return column.array(cells)

    def _concatenated(self, requests: Sequence[Any]) -> Arrays:
        joined = {}
        for name in requests[0].arrays:
            parts = [one.arrays[name] for one in requests]
            column = self.columns[name]
            if isinstance(column, Lists):
                width = max(part.shape[1] for part in parts)
                parts = [column.widened(part, width) for part in parts]
            joined[name] = np.concatenate(parts)
        return joined

    def _lacking(self, arrays: Arrays, count: int) -> Arrays:
        if not self.may_lack:
            return {}
        return {
            name: column.array(column.check([None] * count))
            for name, column in self.columns.items()
            if name not in arrays and column is not None
        }

    def _column(self, spec: Any) -> Column | None:
        dtype = spec.dtype.name
        if not known(dtype):
            return None
        missing = _MISSING.get(dtype) if self.may_lack else None
        if spec.shape.rank == 1:
            return Values(dtype, missing)
        if spec.shape.rank == 2 and missing is not None:
            return Lists(dtype, missing, spec.shape[1])
        return Tensors(dtype)


def _sizes(spec: Any) -> list[int | None]:
    return [] if spec.shape.rank is None else spec.shape.as_list()


def _any_rows(sizes: Sequence[int | None], unknown: bool) -> bool:
    """Whether a shape begins with a dimension of any size."""
    return not unknown and bool(sizes) and sizes[0] in (None, -1)
