"""Clients of the prediction service, as others write them: they share no code with it.

Each takes rows, values by column with None where one is missing, and gives an array for each
output.
"""

import base64
import dataclasses
import http.client
import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import numpy as np

from model.feature_engineering.columns import MISSING_INT, Column
from model.serving.raw_columns import SIGNATURE
from model.serving.requests import example_of
from zeroskew.errors import ParityError
from zeroskew.lazy import lazy_import

grpc = lazy_import("grpc")
predict_pb2 = lazy_import("tensorflow_serving.apis.predict_pb2")
prediction_service_pb2_grpc = lazy_import("tensorflow_serving.apis.prediction_service_pb2_grpc")
tf = lazy_import("tensorflow")

Row = Mapping[str, Any]
Outputs = dict[str, np.ndarray]

EXAMPLES = "serving_default"
_SECONDS = 60.0
_AT_ONCE = 8
_MARKERS: Mapping[str, Any] = {"FLOAT": math.nan, "INT": MISSING_INT, "BYTES": b""}


@dataclasses.dataclass(frozen=True)
class Address:
    """Where a version is served.

    Attributes:
        host: of the service.
        rest: port of REST.
        grpc: port of gRPC; None if there is none.
        name: of the model.
        version: its number.
        token: what each client must send; None if nothing.
    """

    host: str
    rest: int
    grpc: int | None
    name: str
    version: int
    token: str | None


def by_rows(address: Address, columns: Sequence[Column], rows: Sequence[Row]) -> Outputs:
    """Asks all rows over REST in one request, by rows; what is missing is left out.

    Raises:
        ParityError: the service refuses them.
    """
    del columns
    instances = [
        {name: _in_json(one) for name, one in row.items() if one is not None} for row in rows
    ]
    found = _post(address, {"instances": instances})["predictions"]
    return _joined(found)


def one_by_one(address: Address, columns: Sequence[Column], rows: Sequence[Row]) -> Outputs:
    """Asks each row over REST alone, several clients at once, so that the service joins them.

    Raises:
        ParityError: the service refuses one.
    """
    del columns

    def ask(row: Row) -> Any:
        body = {"instances": [{name: _in_json(one) for name, one in row.items()}]}
        return _post(address, body)["predictions"][0]

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return _joined([*threads.map(ask, rows)])


def by_columns(address: Address, columns: Sequence[Column], rows: Sequence[Row]) -> Outputs:
    """Asks all rows over REST in one request, by columns; what is missing is null.

    Raises:
        ParityError: the service refuses them.
    """
    inputs = {one.name: [_in_json(row.get(one.name)) for row in rows] for one in columns}
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


def _post(address: Address, asked: Mapping[str, Any]) -> Any:
    body = json.dumps({"signature_name": SIGNATURE, **asked}, ensure_ascii=False).encode()
    path = f"/v1/models/{quote(address.name)}/versions/{address.version}:predict"
    headers = {"Content-Type": "application/json"}
    if address.token is not None:
        headers["Authorization"] = f"Bearer {address.token}"
    connection = http.client.HTTPConnection(address.host, address.rest, timeout=_SECONDS)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise _refused("REST", f"{answer.status}: {text}")
    return json.loads(text)


def _predict(address: Address, signature: str, inputs: Mapping[str, np.ndarray]) -> Outputs:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = address.name
    request.model_spec.version.value = address.version
    request.model_spec.signature_name = signature
    for name, values in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    metadata = [("authorization", f"Bearer {address.token}")] if address.token else []
    options = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(f"{address.host}:{address.grpc}", options) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        try:
            answer = stub.Predict(request, timeout=_SECONDS, metadata=metadata)
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
