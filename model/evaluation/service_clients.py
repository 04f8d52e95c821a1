"""Clients of the prediction service, as others write them: they share no code with it.

Each takes rows, values by column with None where one is missing, and gives an array for each
output.
"""

import base64
import http.client
import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from model.evaluation.service_address import SECONDS, Address
from model.feature_engineering.columns import MISSING_INT, Column
from model.serving.raw_columns import SIGNATURE
from model.serving.requests import example_of
from zeroskew.errors import ParityError
from zeroskew.lazy import lazy_import

grpc = lazy_import("grpc")
predict_pb2 = lazy_import("tensorflow_serving.apis.predict_pb2")
tf = lazy_import("tensorflow")

Row = Mapping[str, Any]
Outputs = dict[str, np.ndarray]

EXAMPLES = "serving_default"
_AT_ONCE = 8
_MARKERS: Mapping[str, Any] = {"FLOAT": math.nan, "INT": MISSING_INT, "BYTES": b""}


def takes_missing(address: Address) -> bool:
    """Returns whether a server takes a row without values.

    Raises:
        ParityError: it refuses for another reason.
    """
    status, text = address.predict({"instances": [{}]})
    if status not in (http.client.OK, http.client.BAD_REQUEST):
        raise _refused("REST", f"{status}: {text}")
    return status == http.client.OK


def by_rows(address: Address, columns: Sequence[Column], rows: Sequence[Row]) -> Outputs:
    """Asks all rows over REST in one request, by rows; what is missing is left out.

    Raises:
        ParityError: the service refuses them.
    """
    instances = [
        {name: _in_json(one) for name, one in row.items() if one is not None}
        for row in _given(address, columns, rows)
    ]
    found = _post(address, {"instances": instances})["predictions"]
    return _joined(found)


def one_by_one(address: Address, columns: Sequence[Column], rows: Sequence[Row]) -> Outputs:
    """Asks each row over REST alone, several clients at once, so that the service joins them.

    Raises:
        ParityError: the service refuses one.
    """

    def ask(row: Row) -> Any:
        (given,) = _given(address, columns, [row])
        body = {"instances": [{name: _in_json(one) for name, one in given.items()}]}
        return _post(address, body)["predictions"][0]

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return _joined([*threads.map(ask, rows)])


def by_columns(address: Address, columns: Sequence[Column], rows: Sequence[Row]) -> Outputs:
    """Asks all rows over REST in one request, by columns; what is missing is null.

    Raises:
        ParityError: the service refuses them.
    """
    given = _given(address, columns, rows)
    inputs = {one.name: [_in_json(row.get(one.name)) for row in given] for one in columns}
    found = _post(address, {"inputs": inputs})["outputs"]
    named = found if isinstance(found, dict) else {"": found}
    return {name: array_of(values) for name, values in named.items()}


def as_tensors(address: Address, columns: Sequence[Column], rows: Sequence[Row]) -> Outputs:
    """Asks all rows over gRPC, a tensor for each column.

    Raises:
        ParityError: the service refuses them.
    """
    return _predict(address, SIGNATURE, {one.name: _column(one, rows) for one in columns})


def as_examples(address: Address, columns: Sequence[Column], rows: Sequence[Row]) -> Outputs:
    """Asks all rows over gRPC as serialized tf.Examples.

    Raises:
        ParityError: the service refuses them.
    """
    return _predict(address, EXAMPLES, {"examples": examples_of(columns, rows)})


def examples_of(columns: Sequence[Column], rows: Sequence[Row]) -> np.ndarray:
    """Returns serialized tf.Examples, in which what is missing is left out."""
    given = [[one for one in columns if row.get(one.name) not in (None, [])] for row in rows]
    examples = [example_of(some, row) for some, row in zip(given, rows, strict=True)]
    return np.array(examples, object)


def _given(address: Address, columns: Sequence[Column], rows: Sequence[Row]) -> Sequence[Row]:
    """Returns rows as a server takes them: if it takes no null, with the markers instead."""
    if address.takes_missing:
        return rows
    filled = {one.name: _column(one, rows).tolist() for one in columns}
    return [dict(zip(filled, cells, strict=True)) for cells in zip(*filled.values(), strict=True)]


def _post(address: Address, asked: dict[str, Any]) -> Any:
    status, text = address.predict(asked)
    if status != http.client.OK:
        raise _refused("REST", f"{status}: {text}")
    return json.loads(text)


def _predict(address: Address, signature: str, inputs: Mapping[str, np.ndarray]) -> Outputs:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = address.name
    request.model_spec.version.value = address.version
    request.model_spec.signature_name = signature
    for name, values in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    metadata = [("authorization", f"Bearer {address.token}")] if address.token else []
    with address.stub() as stub:
        try:
            answer = stub.Predict(request, timeout=SECONDS, metadata=metadata)
        except grpc.RpcError as error:
            raise _refused("gRPC", f"{error.code().name}: {error.details()}") from error
    return {name: array_of(tf.make_ndarray(one).tolist()) for name, one in answer.outputs.items()}


def _refused(protocol: str, received: str) -> ParityError:
    return ParityError(
        "the service must answer each row that the model answers",
        received=f"over {protocol}, {received}",
        action="look at what the rows hold in the column that it names",
    )


def _in_json(cell: Any) -> Any:
    if isinstance(cell, bytes):
        return {"b64": base64.b64encode(cell).decode()}
    return [_in_json(one) for one in cell] if isinstance(cell, list) else cell


def _joined(rows: Sequence[Any]) -> Outputs:
    """Returns an array for each output of what is said of each row."""
    if not isinstance(rows[0], dict) or rows[0].keys() == {"b64"}:
        return {"": array_of(rows)}
    return {name: array_of([row[name] for row in rows]) for name in rows[0]}


def array_of(values: Any) -> np.ndarray:
    """Returns an array of numbers, NaN where JSON has null, or of texts that bytes stand for."""
    plain = np.array(_plain(values))
    if plain.dtype.kind in "US":
        return plain.astype(object)
    return plain.astype(np.float64) if plain.dtype == object else plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        value = base64.b64decode(value["b64"])
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _column(column: Column, rows: Sequence[Row]) -> np.ndarray:
    """Returns a column as clients of `serving_columns` send it, filled up with missing values."""
    marker = _MARKERS[column.type]
    cells = [row.get(column.name) for row in rows]
    dtype = column.dtype.as_numpy_dtype
    if column.length == 1:
        return np.array([marker if one is None else _encoded(one) for one in cells], dtype)
    lists = [[_encoded(value) for value in one or ()] for one in cells]
    width = column.length or max(1, *map(len, lists))
    return np.array([[*one, *[marker] * (width - len(one))] for one in lists], dtype)


def _encoded(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value
