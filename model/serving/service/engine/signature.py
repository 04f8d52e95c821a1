"""A signature of a loaded model: what it takes, and how requests for it become one call."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from model.serving.known_values import KnownValues
from model.serving.predict import MISSING, is_missing
from model.serving.saved_model import Arrays, SavedModel
from model.serving.service.engine.cells import (
    CellError,
    Cells,
    Column,
    Lists,
    Nested,
    Values,
    known,
)
from model.serving.service.engine.unseen import Vocabulary

Row = tuple[Any, ...]

_KINDS_REMEMBERED = 1024
_MAX_INT64 = 2**63 - 1


class Rows:
    """A request as cells that have been checked.

    Args:
        cells: for each row a cell of each input, in the order of the signature.
        key: requests with one key can be asked together.
    """

    __slots__ = ("cells", "count", "key")

    def __init__(self, cells: Sequence[Row], key: Any) -> None:
        self.cells = cells
        self.count = len(cells)
        self.key = key


@dataclasses.dataclass(frozen=True)
class Tensors:
    """A request as an array for each input.

    Attributes:
        arrays: the arrays.
        count: how many rows there are; 1 if they have no rows in common.
        key: requests with one key can be asked together; None if it is asked alone.
    """

    arrays: Arrays
    count: int
    key: Any


Request = Rows | Tensors


class Counts(NamedTuple):
    """What is counted of the rows of a batch; nothing unless they are raw columns.

    Attributes:
        missing: how many had no value, by column.
        unseen: how many had a value that a feature's vocabulary does not have, by feature and
            column.
    """

    missing: dict[str, int]
    unseen: dict[tuple[str, str], int]


class Outcome(NamedTuple):
    """What a batch has come to.

    Attributes:
        outputs: an array for each output.
        counts: of its rows.
    """

    outputs: dict[str, np.ndarray]
    counts: Counts


class Signature:
    """A signature of a loaded model.

    Args:
        model: the model.
        name: of the signature.
        known: the values that features of the model know.
        takes_columns: whether it takes raw columns.

    Attributes:
        name: of the signature.
        columns: what makes arrays of each input's cells; None for a type that JSON does not have.
        specs: the tf.TensorSpec of each input.
        outputs: the names of what it gives.
        unreadable: the inputs of such types.
        may_lack: whether inputs may be left out of a request: they are raw columns, and a value of
            each may be missing.
        is_by_row: whether each row of its inputs has a row in each of its outputs.
    """

    def __init__(
        self,
        model: SavedModel,
        name: str,
        known: Sequence[KnownValues] = (),
        *,
        takes_columns: bool,
    ) -> None:
        self.name = name
        self.specs = model.inputs(name)
        self.outputs = sorted(model.signatures[name].outputs)
        self.may_lack = takes_columns
        self.columns = {one: self._column(spec) for one, spec in self.specs.items()}
        self.names = frozenset(self.specs)
        outputs = [one.tensor_shape for one in model.signatures[name].outputs.values()]
        self.is_by_row = all(
            _any_rows([one.size for one in shape.dim], shape.unknown_rank) for shape in outputs
        ) and all(_any_rows(_sizes(spec), spec.shape.rank is None) for spec in self.specs.values())
        self.unreadable = [name for name, column in self.columns.items() if column is None]
        self._vocabularies = self._of_columns(known) if self.may_lack else {}
        self._call = model.caller(name)
        self._sound: set[tuple[type, ...]] = set()
        self._by_kinds = all(
            isinstance(column, Values) and self.specs[name].dtype.name in MISSING
            for name, column in self.columns.items()
        )
        self._integers = [
            place for place, spec in enumerate(self.specs.values()) if spec.dtype.name == "int64"
        ]
        self._nested = [
            place for place, one in enumerate(self.columns.values()) if isinstance(one, Nested)
        ]

    def rows(self, rows: Sequence[Row]) -> Rows:
        """Checks rows, at least one: for each a cell of each input, in the order of the signature.

        Raises:
            CellError: an input does not take a cell.
        """
        if len(rows) == 1 and self._is_known(rows[0]):
            return Rows(rows, ("rows", ()))
        given = [*zip(*rows, strict=True)]
        found = [
            self._checked(name, cells) for name, cells in zip(self.columns, given, strict=True)
        ]
        if all(one is other for one, other in zip(found, given, strict=True)):
            if self._by_kinds and len(self._sound) < _KINDS_REMEMBERED:
                self._sound.add(tuple(map(type, rows[0])))
        else:
            rows = [*zip(*found, strict=True)]
        return Rows(rows, ("rows", tuple(rows[0][place].shape for place in self._nested)))

    def tensors(self, arrays: Arrays) -> Tensors:
        """Returns a request of arrays, of the inputs' types; what is left out is filled up."""
        counts = {len(one) if one.ndim else -1 for one in arrays.values()}
        if len(counts) != 1 or -1 in counts:
            return Tensors(arrays, 1, None)
        (count,) = counts
        whole = {**self._lacking(arrays, count), **arrays}
        shapes = [
            (name, None if isinstance(self.columns[name], Lists) else one.shape[1:])
            for name, one in whole.items()
        ]
        return Tensors(whole, count, ("arrays", frozenset(shapes)))

    def answer(self, requests: Sequence[Request]) -> Outcome:
        """Asks the model all rows of some requests, which have one key."""
        arrays, counts = self._joined(requests)
        return Outcome(self._call(arrays), counts)

    def arrays(self, requests: Sequence[Request]) -> Arrays:
        """Returns what the model is asked for some requests, which have one key."""
        return self._joined(requests)[0]

    def unseen(self, request: Rows) -> dict[str, list[Any]]:
        """Returns by feature the values of a request that its vocabulary does not have."""
        by_column = dict(zip(self.columns, zip(*request.cells, strict=True), strict=True))
        found = {
            one.feature: one.lacking(by_column[name])
            for name, some in self._vocabularies.items()
            for one in some
        }
        return {name: values for name, values in found.items() if values}

    def _joined(self, requests: Sequence[Request]) -> tuple[Arrays, Counts]:
        joined = self._of_rows if isinstance(requests[0], Rows) else self._of_tensors
        return joined(requests)

    def _of_rows(self, requests: Sequence[Any]) -> tuple[Arrays, Counts]:
        by_column = zip(*itertools.chain.from_iterable(one.cells for one in requests), strict=True)
        arrays, counts = {}, Counts({}, {})
        with np.errstate(over="ignore"):
            for (name, column), cells in zip(self.columns.items(), by_column, strict=True):
                assert column is not None
                arrays[name] = column.array(cells)
                if self.may_lack:
                    counts.missing[name] = column.missing(cells)
                    self._count_unseen(counts, name, cells)
        return arrays, counts

    def _of_tensors(self, requests: Sequence[Any]) -> tuple[Arrays, Counts]:
        arrays = requests[0].arrays if len(requests) == 1 else self._concatenated(requests)
        counts = Counts(_missing(arrays) if self.may_lack else {}, {})
        for name in self._vocabularies:
            self._count_unseen(counts, name, arrays[name].tolist())
        return arrays, counts

    def _count_unseen(self, counts: Counts, name: str, cells: Cells) -> None:
        for one in self._vocabularies.get(name, ()):
            counts.unseen[one.feature, name] = one.rows_without(cells)

    def _is_known(self, row: Row) -> bool:
        """Whether a row has the types of one that was found sound, and its integers fit."""
        if tuple(map(type, row)) not in self._sound:
            return False
        for place in self._integers:
            cell = row[place]
            if cell is not None and cell > _MAX_INT64:
                return False
        return True

    def _checked(self, name: str, cells: Cells) -> Cells:
        column = self.columns[name]
        assert column is not None
        try:
            return column.check(cells)
        except CellError as error:
            error.name = name
            raise

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

    def _of_columns(self, known: Sequence[KnownValues]) -> dict[str, list[Vocabulary]]:
        """Returns the vocabularies of features that read a column, by its name."""
        found: dict[str, list[Vocabulary]] = {}
        for one in known:
            if one.column in self.specs:
                is_list = isinstance(self.columns[one.column], Lists)
                dtype = self.specs[one.column].dtype.name
                found.setdefault(one.column, []).append(Vocabulary(one, dtype, is_list=is_list))
        return found

    def _column(self, spec: Any) -> Column | None:
        dtype = spec.dtype.name
        if not known(dtype):
            return None
        missing = MISSING.get(dtype) if self.may_lack else None
        if spec.shape.rank == 1:
            return Values(dtype, missing)
        if spec.shape.rank == 2 and missing is not None:
            return Lists(dtype, missing, spec.shape[1])
        return Nested(dtype)


def _sizes(spec: Any) -> list[int | None]:
    return [] if spec.shape.rank is None else spec.shape.as_list()


def _any_rows(sizes: Sequence[int | None], unknown: bool) -> bool:
    """Whether a shape begins with a dimension of any size."""
    return not unknown and bool(sizes) and sizes[0] in (None, -1)


def _missing(arrays: Arrays) -> dict[str, int]:
    """Returns how many rows hold the marker of a missing value, by column."""
    found = {}
    for name, array in arrays.items():
        first = array if array.ndim == 1 else array[:, 0]
        found[name] = int(np.count_nonzero(is_missing(first)))
    return found
