"""Parity of the prediction service: it must say of a row what the model says of it in process.

Parity holds four paths from a raw row to numbers against each other. Over the network there are
more, and each of them is held against the same signature in process:

5. REST, by rows, by columns, and row by row from several clients whose rows the service joins
6. gRPC, as tensors of columns and as serialized tf.Examples
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from model.evaluation import service_clients as clients
from model.evaluation.parity import TOLERANCE, Comparison, distance
from model.evaluation.parity_rows import made_up_rows
from model.evaluation.service_address import Address
from model.evaluation.service_clients import Outputs, Row
from model.feature_engineering.columns import Column
from model.feature_engineering.raw_rows import missing_mask
from model.feature_engineering.vector_versions import VectorVersion
from model.serving.predict import predict_with
from model.serving.raw_columns import columns_taken
from model.serving.saved_model import SavedModel
from zeroskew.errors import ParityError

ALONE = 200
"""Rows that are asked one by one, at most."""

Client = Callable[[Address, Sequence[Column], Sequence[Row]], Outputs]


def check_version(
    model: SavedModel, address: Address, rows: Sequence[Row], at_once: int
) -> list[Comparison]:
    """Asks the service and the model the same rows, and compares.

    Args:
        model: the version that is served, loaded in this process.
        address: where it is served.
        rows: at least one; columns that the model does not read are left out.
        at_once: rows of one request, at most.

    Raises:
        ParityError: they are more than `TOLERANCE` apart, or the service refuses a row.
    """
    columns = columns_taken(model)
    names = {one.name for one in columns}
    asked = [{name: one for name, one in row.items() if name in names} for row in rows]
    said = _said_of_columns(model, asked)
    compared = []
    for path, client in _clients(model, address).items():
        many = asked[:ALONE] if client is clients.one_by_one else asked
        by_example = client is clients.as_examples
        want = _said_of_examples(model, columns, many) if by_example else said
        largest = 0.0
        for begin in range(0, len(many), at_once):
            have = client(address, columns, many[begin : begin + at_once])
            part = {name: values[begin : begin + at_once] for name, values in want.items()}
            largest = max(largest, _compare(path, part, have, many, begin))
        compared.append(Comparison(f"{path} = in process", largest))
    return compared


def rows_to_ask(
    model: SavedModel, example: Row | None, versions: Sequence[VectorVersion] = ()
) -> list[Row]:
    """Returns rows that any model can be asked: the example beside it, if any, and made-up ones.

    Of these one lacks each value, one has unseen words and extreme numbers, and so on.
    """
    columns = columns_taken(model)
    made_up = made_up_rows(columns, versions).columns
    by_column = {one.name: _cells(one, made_up[one.name]) for one in columns}
    made = [dict(zip(by_column, row, strict=True)) for row in zip(*by_column.values(), strict=True)]
    return [*([] if example is None else [example]), *made]


def _clients(model: SavedModel, address: Address) -> Mapping[str, Client]:
    found: dict[str, Client] = {
        "REST, by rows": clients.by_rows,
        "REST, by columns": clients.by_columns,
        "REST, one by one": clients.one_by_one,
    }
    if address.grpc is not None:
        found["gRPC, tensors"] = clients.as_tensors
        if _takes_examples(model):
            found["gRPC, tf.Examples"] = clients.as_examples
    return found


def _said_of_columns(model: SavedModel, rows: Sequence[Row]) -> Outputs:
    predicted = predict_with(model, rows)
    return {name: clients.array_of([row[name] for row in predicted]) for name in predicted[0]}


def _said_of_examples(model: SavedModel, columns: Sequence[Column], rows: Sequence[Row]) -> Outputs:
    examples = clients.examples_of(columns, rows)
    said = model.call(clients.EXAMPLES, {"examples": examples})
    return {name: clients.array_of(one.tolist()) for name, one in said.items()}


def _takes_examples(model: SavedModel) -> bool:
    definition = model.signatures.get(clients.EXAMPLES)
    return definition is not None and {*definition.inputs} == {"examples"}


def _cells(column: Column, values: np.ndarray) -> list[Any]:
    """Returns canonical values as a client has them."""
    missing = missing_mask(values, column)
    return [
        None if lacks else _plain(one.tolist() if isinstance(one, np.ndarray | np.generic) else one)
        for one, lacks in zip(values, missing, strict=True)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.decode() if isinstance(value, bytes) else value


def _compare(path: str, said: Outputs, have: Outputs, rows: Sequence[Row], begin: int) -> float:
    """Returns the largest difference of some rows.

    Args:
        path: how the service was asked.
        said: what the model says of them in process.
        have: what the service says.
        rows: all rows.
        begin: which of them is the first one of these.
    """
    largest = 0.0
    # REST leaves out the name of the only output.
    found = {next(iter(said)): have[""]} if "" in have else have
    if found.keys() != said.keys():
        raise _apart(f"outputs {sorted(said)}", f"{sorted(found)}", path, "each row")
    for name, values in found.items():
        want = said[name]
        if path.startswith("REST"):
            # TensorFlow Serving writes infinities, though JSON has none.
            want, values = _in_json(want), _in_json(values)
        if want.shape != values.shape:
            shapes = f"{name!r} of shape {want.shape}", f"{values.shape}"
            raise _apart(*shapes, path, "each row")
        far = distance(want, values)
        largest = max(largest, float(far.max(initial=0.0)))
        for place in np.flatnonzero(far > TOLERANCE)[:1].tolist():
            number = begin + place
            where = f"row {number} of {len(rows)}: {rows[number]}"
            raise _apart(f"{name!r} is {want[place]!s}", f"{values[place]!s}", path, where)
    return largest


def _in_json(values: np.ndarray) -> np.ndarray:
    """Returns what is left of values in JSON, which has no infinities."""
    if values.dtype.kind != "f":
        return values
    return np.where(np.isfinite(values), values, np.nan)


def _apart(want: str, have: str, path: str, where: str) -> ParityError:
    return ParityError(
        "the service must say of a row what the model says of it in process",
        allowed=f"a difference of at most {TOLERANCE:g}, relative to max(1, |value|)",
        received=f"{want} in process and {have} over {path}, in {where}",
        action="report it with this row: the service changes it on its way to the model",
    )
