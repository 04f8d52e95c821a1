"""What lies beside a model for those who ask it: an example, what a row may hold, first requests.

| file in `assets.extra`        | what it is                                                    |
| ----------------------------- | ------------------------------------------------------------- |
| `request.json`                | a body for TensorFlow Serving's REST API, with a typical row   |
| `example.pb`                  | the same row as a serialized tf.Example                       |
| `row.schema.json`             | the JSON Schema of a row                                      |
| `tf_serving_warmup_requests`  | what TensorFlow Serving asks a new version before it serves it |
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from model.feature_engineering.columns import Column
from model.serving.raw_columns import SIGNATURE
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.encoding.tf_record import frame_records
from zeroskew.files import open_to_write
from zeroskew.lazy import lazy_import

prediction_log_pb2 = lazy_import("tensorflow_serving.apis.prediction_log_pb2")
tf = lazy_import("tensorflow")

REQUEST, EXAMPLE, ROW_SCHEMA, WARMUP = (
    f"assets.extra/{name}"
    for name in ("request.json", "example.pb", "row.schema.json", "tf_serving_warmup_requests")
)
WARMUP_ROWS = (1, 32)
"""A server's first batches of other sizes cost no more."""

_ARROW = {"FLOAT": pa.float32(), "INT": pa.int64(), "BYTES": pa.binary()}
_JSON: Mapping[str, Mapping[str, Any]] = {
    "FLOAT": {"type": "number"},
    "INT": {"type": "integer", "minimum": -(2**63) + 1, "maximum": 2**63 - 1},
    "BYTES": {"type": "string"},
}

Row = Mapping[str, Any]


def write_requests(folder: str, columns: Sequence[Column], row: Row) -> None:
    """Writes the files of the table above.

    Args:
        folder: the SavedModel's.
        columns: the raw columns that it takes.
        row: a typical one, with a value of each column.
    """
    example = example_of(columns, row)
    request = {"signature_name": SIGNATURE, "instances": [row]}
    records = [one.SerializeToString() for one in _warmup(columns, row, example)]
    framed = frame_records(pa.array(records, pa.binary()), records)
    contents = {
        REQUEST: _json(request),
        EXAMPLE: example,
        ROW_SCHEMA: _json(row_schema(columns, row)),
        WARMUP: b"".join(framed.to_pylist()),
    }
    for name, content in contents.items():
        with open_to_write(f"{folder}/{name}") as stream:
            stream.write(content)


def read_example(folder: Path) -> Row | None:
    """Returns the row in the request that lies beside a SavedModel; None if there is none."""
    file = folder / REQUEST
    if not file.exists():
        return None
    row: Row = json.loads(file.read_bytes())["instances"][0]
    return row


def row_schema(columns: Sequence[Column], row: Row) -> dict[str, Any]:
    """Returns the JSON Schema of a row, in which each column may be missing or null."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {one.name: _cell_schema(one) for one in columns},
        "examples": [row],
    }


def example_of(columns: Sequence[Column], row: Row) -> bytes:
    """Returns a row as a serialized tf.Example."""
    arrays = [pa.array([row[one.name]], _arrow_type(one)) for one in columns]
    (example,) = encode_examples(
        pa.RecordBatch.from_arrays(arrays, [one.name for one in columns])
    ).to_pylist()
    return bytes(example)


def _warmup(columns: Sequence[Column], row: Row, example: bytes) -> Iterator[Any]:
    for rows in WARMUP_ROWS:
        yield _call("serving_default", {"examples": np.array([example] * rows, object)})
        values = {
            one.name: np.array([row[one.name]] * rows, one.dtype.as_numpy_dtype) for one in columns
        }
        yield _call(SIGNATURE, values)


def _call(signature: str, inputs: Mapping[str, np.ndarray]) -> Any:
    log = prediction_log_pb2.PredictionLog()
    request = log.predict_log.request
    request.model_spec.signature_name = signature
    for name, values in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    return log


def _cell_schema(column: Column) -> dict[str, Any]:
    one = _JSON[column.type]
    if column.length == 1:
        return {**one, "type": [one["type"], "null"]}
    sizes = {"minItems": column.length, "maxItems": column.length} if column.length else {}
    return {"type": ["array", "null"], "items": dict(one), **sizes}


def _arrow_type(column: Column) -> pa.DataType:
    one = _ARROW[column.type]
    return one if column.length == 1 else pa.list_(one)


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False).encode()
