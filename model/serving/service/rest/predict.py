"""The body of a predict request, by rows or by columns, and of its answer."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

import numpy as np

from model.serving.raw_columns import SIGNATURE
from model.serving.service.engine.answers import Answer
from model.serving.service.engine.cells import CellError
from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.signature import Request, Row, Signature
from model.serving.service.refusals import Code, RefusedError, invalid
from model.serving.service.request_log.keys import (
    Keys,
    key_beside,
    take_from_columns,
    take_from_rows,
)
from model.serving.service.rest import json_text
from model.serving.service.settings import ServeSettings
from zeroskew.errors import did_you_mean

Unknown = Callable[[int], None]
"""Is told of how many rows have columns that the model does not take."""


class Asked(NamedTuple):
    """A predict request.

    Attributes:
        signature: what is asked.
        request: the rows.
        by_row: whether the answer is by rows, as the request was, or by columns.
        keys: the client's own, for each row; None if it sent none.
    """

    signature: Signature
    request: Request
    by_row: bool
    keys: Keys = None


def read_predict(body: bytes, loaded: Loaded, settings: ServeSettings, unknown: Unknown) -> Asked:
    """Reads a predict request.

    Raises:
        RefusedError: it is none that the model takes.
    """
    found = json_text.read(body, settings.json_depth)
    signature = loaded.signature(json_text.take_string(found, "signature_name"))
    return take_request(found, signature, loaded, settings, unknown)


def take_request(
    found: Mapping[str, Any],
    signature: Signature,
    loaded: Loaded,
    settings: ServeSettings,
    unknown: Unknown,
) -> Asked:
    """Returns what the body of a request asks a signature.

    Raises:
        RefusedError: it is nothing that the signature takes.
    """
    key = key_beside(settings, signature)
    if "inputs" not in found:
        rows = json_text.take_rows(found, "instances", settings.request_rows)
        keys = take_from_rows(rows, key)
        reader = _Reader(loaded, signature, settings, unknown)
        return Asked(signature, reader.by_rows(rows), True, keys)
    if "instances" in found:
        raise invalid("the body must have one of the keys 'instances' and 'inputs', not both")
    keys = take_from_columns(found["inputs"], key)
    reader = _Reader(loaded, signature, settings, unknown)
    return Asked(signature, reader.by_columns(found["inputs"]), False, keys)


def write_predict(answer: Answer, by_row: bool) -> bytes:
    """Writes the answer; the name of an output is left out if it is the only one.

    Raises:
        RefusedError: it is to be by rows, and the outputs have not the same number of rows.
    """
    if not by_row:
        columns = {
            name: json_text.values(name, array) if array.ndim else array.item()
            for name, array in answer.arrays.items()
        }
        named = columns if len(columns) > 1 else next(iter(columns.values()))
        return json_text.write({"outputs": named})
    if not answer.is_by_row:
        raise invalid(
            "an answer by rows needs outputs with the same number of rows",
            received=", ".join(f"{name} {one.shape}" for name, one in answer.arrays.items()),
            action="send 'inputs' instead of 'instances'",
        )
    lists = answer.lists_by(json_text.values)
    if len(lists) == 1:
        return json_text.write({"predictions": next(iter(lists.values()))})
    rows = [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
    return json_text.write({"predictions": rows})


class _Reader:
    """Reads the rows of one request for one signature."""

    def __init__(
        self, loaded: Loaded, signature: Signature, settings: ServeSettings, unknown: Unknown
    ) -> None:
        self._loaded = loaded
        self._signature = signature
        self._settings = settings
        self._unknown = unknown
        self._taken = loaded.columns_taken(signature)

    def by_rows(self, rows: list[Any]) -> Request:
        """Reads a list of objects, or the values of the only input."""
        names = self._signature.columns
        if not _is_object(rows[0]) and len(names) == 1:
            return self._request([(row,) for row in rows], _of_value)
        for number, row in enumerate(rows):
            if type(row) is not dict:
                self._refuse_row(f"instances[{number}]", row)
        self._check_names(rows)
        return self._request([tuple([row.get(name) for name in names]) for row in rows], _of_row)

    def by_columns(self, inputs: Any) -> Request:
        """Reads an object with a list for each input, or the only input."""
        signature = self._signature
        if not _is_object(inputs):
            if len(signature.columns) != 1:
                self._refuse_row("inputs", inputs)
            inputs = {next(iter(signature.columns)): inputs}
        self._check_names([inputs])
        given = {name: one for name, one in inputs.items() if name in signature.columns}
        counts = {name: len(one) if type(one) is list else 0 for name, one in given.items()}
        if len({*counts.values()}) == 1 and any(counts.values()):
            count = next(iter(counts.values()))
            json_text.check_count(count, self._settings.request_rows)
            nothing = [None] * count
            columns = [given.get(name, nothing) for name in signature.columns]
            return self._request([*zip(*columns, strict=True)], _of_column)
        if signature.may_lack:
            raise invalid(
                "each of the inputs must be a list with a value for each row",
                received=", ".join(f"{name} with {count}" for name, count in counts.items())
                or "no input",
                action=self._example(),
            )
        return signature.tensors({name: self._whole(name, one) for name, one in given.items()})

    def _request(self, rows: list[Row], place: Callable[[str, int], str]) -> Request:
        if self._signature.unreadable:
            self._refuse_type(self._signature.unreadable[0])
        try:
            return self._signature.rows(rows)
        except CellError as error:
            raise invalid(
                f"{place(error.name, error.row)} does not fit its column",
                allowed=error.takes,
                received=error.received,
                action=self._example(),
            ) from error

    def _whole(self, name: str, value: Any) -> np.ndarray:
        """Returns the array of an input that has no row in common with the others."""
        column = self._signature.columns[name]
        if column is None:
            self._refuse_type(name)
        rank = self._signature.specs[name].shape.rank
        try:
            if rank == 0:
                return column.array(column.check([value]))[0]
            if type(value) is not list:
                raise CellError(0, "a list", value)
            return column.array(column.check(value))
        except CellError as error:
            raise invalid(
                f"inputs.{name} does not fit", allowed=error.takes, received=error.received
            ) from error

    def _check_names(self, rows: list[Any]) -> None:
        names, may_lack = self._signature.names, self._signature.may_lack
        unknown = 0
        for number, row in enumerate(rows):
            given = row.keys()
            if given <= self._taken:
                if not may_lack and len(given) != len(names):
                    self._refuse_names(number, row)
                continue
            unknown += 1
            if self._settings.unknown_columns == "refuse" or not may_lack:
                self._unknown(unknown)
                self._refuse_names(number, row)
        if unknown:
            self._unknown(unknown)

    def _refuse_names(self, number: int, row: Mapping[str, Any]) -> NoReturn:
        names = self._signature.names
        unknown = sorted(row.keys() - self._taken)
        lacking = sorted(names - row.keys())
        hint = did_you_mean(unknown[0], names) if unknown else None
        other = SIGNATURE if SIGNATURE in self._loaded.definitions else None
        if unknown and not hint and other and self._signature.name != other:
            hint = f'send "signature_name": "{other}" with raw columns'
        raise invalid(
            f"the columns of row {number} must be those of the signature {self._signature.name!r}",
            allowed=", ".join(sorted(names)),
            received=", ".join(unknown) if unknown else f"no {', '.join(lacking)}",
            action=hint or self._example(),
        )

    def _refuse_row(self, place: str, row: Any) -> NoReturn:
        raise invalid(
            f"{place} must be an object with the inputs of {self._signature.name!r}",
            allowed=", ".join(sorted(self._signature.names)),
            received=repr(row)[:100],
            action=self._example(),
        )

    def _refuse_type(self, name: str) -> NoReturn:
        dtype = self._signature.specs[name].dtype.name
        raise RefusedError(
            Code.UNIMPLEMENTED, f"the input {name!r} is of type {dtype}: ask over gRPC"
        )

    def _example(self) -> str | None:
        """Returns the row that lies beside the model, for those who ask its columns."""
        row = self._loaded.example
        if row is None or not self._signature.may_lack:
            return None
        shown = {name: one for name, one in row.items() if name in self._signature.names}
        return f"send rows such as {json.dumps(shown, ensure_ascii=False)}"


def _is_object(value: Any) -> bool:
    """Whether a value is an object, and not bytes in base64."""
    return type(value) is dict and value.keys() != {"b64"}


def _of_value(name: str, row: int) -> str:
    del name
    return f"instances[{row}]"


def _of_row(name: str, row: int) -> str:
    return f"instances[{row}].{name}"


def _of_column(name: str, row: int) -> str:
    return f"inputs.{name}[{row}]"
