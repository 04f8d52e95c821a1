"""The JSON Schema of what a signature takes and gives, over REST."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from model.serving.requests import ROW_SCHEMA
from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.signature import Signature
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

Schema = dict[str, Any]

_BYTES = {
    "type": "object",
    "properties": {"b64": {"type": "string", "contentEncoding": "base64"}},
    "required": ["b64"],
    "additionalProperties": False,
}
_INT64 = {"type": "integer", "minimum": -(2**63) + 1, "maximum": 2**63 - 1}


def cell_schemas(loaded: Loaded, signature: Signature) -> dict[str, Schema]:
    """Returns the schema of a cell of each input, as the file beside the model says it.

    Without that file, and for inputs that are no raw columns, the types of the signature tell.
    """
    said = _said(loaded) if signature.may_lack else {}
    # A signature keeps its inputs in no order; the file has that of the features.
    names = [*filter(signature.names.__contains__, said), *sorted(signature.names - said.keys())]
    return {
        name: said.get(name) or _cell(signature.specs[name], signature.may_lack) for name in names
    }


def row_schema(loaded: Loaded, signature: Signature, *, others: bool) -> Schema:
    """Returns the schema of a row.

    Args:
        loaded: the model.
        signature: of it.
        others: whether a row of raw columns may have columns that the model does not take.
    """
    cells = cell_schemas(loaded, signature)
    not_read = sorted(loaded.columns_taken(signature) - signature.names)
    row: Schema = {
        "type": "object",
        "properties": {**cells, **{name: {} for name in not_read}},
        "additionalProperties": others and signature.may_lack,
    }
    if not signature.may_lack:
        row["required"] = sorted(cells)
    if signature.may_lack and loaded.example is not None:
        row["examples"] = [{name: loaded.example[name] for name in loaded.example if name in cells}]
    if len(cells) == 1:
        return {"anyOf": [next(iter(cells.values())), row]}
    return row


def columns_schema(loaded: Loaded, signature: Signature) -> Schema:
    """Returns the schema of `inputs`: a list of cells for each input, or of the only one."""
    if signature.is_by_row:
        cells = cell_schemas(loaded, signature)
        lists = {
            name: {"type": "array", "minItems": 1, "items": one} for name, one in cells.items()
        }
    else:
        lists = {
            name: _nested(_shape(spec), _value(spec.dtype.name))
            for name, spec in signature.specs.items()
        }
    whole: Schema = {
        "type": "object",
        "properties": lists,
        "minProperties": 1,
        "additionalProperties": False,
    }
    if not signature.may_lack:
        whole["required"] = sorted(lists)
    return {"anyOf": [next(iter(lists.values())), whole]} if len(lists) == 1 else whole


def prediction_schema(loaded: Loaded, signature: Signature) -> Schema:
    """Returns the schema of what is said of one row."""
    found = {name: _nested(shape[1:], value) for name, shape, value in _outputs(loaded, signature)}
    return _named(found)


def outputs_schema(loaded: Loaded, signature: Signature) -> Schema:
    """Returns the schema of what is said of all rows, by output."""
    return _named(
        {name: _nested(shape, value) for name, shape, value in _outputs(loaded, signature)}
    )


def _named(values: Mapping[str, Schema]) -> Schema:
    """Returns the schema of an object; the name of an output is left out if it is the only one."""
    if len(values) == 1:
        return next(iter(values.values()))
    return {"type": "object", "properties": dict(values), "required": sorted(values)}


def _outputs(
    loaded: Loaded, signature: Signature
) -> list[tuple[str, Sequence[int | None], Schema]]:
    infos = loaded.definitions[signature.name].outputs
    specs = {name: tf.TensorSpec(one.tensor_shape, one.dtype) for name, one in infos.items()}
    return [
        (name, _shape(specs[name]), _answered(name, specs[name].dtype.name))
        for name in signature.outputs
    ]


def _said(loaded: Loaded) -> Mapping[str, Schema]:
    file = loaded.folder / ROW_SCHEMA
    if not file.exists():
        return {}
    properties: Mapping[str, Schema] = json.loads(file.read_bytes())["properties"]
    return properties


def _cell(spec: Any, may_lack: bool) -> Schema:
    value = _value(spec.dtype.name)
    if not may_lack:
        return _nested(_shape(spec)[1:], value)
    if spec.dtype.name == "string":
        value = {"type": "string"}
    whole = _nested(_shape(spec)[1:], value)
    return {**whole, "type": [whole["type"], "null"]}


def _nested(shape: Sequence[int | None], value: Schema) -> Schema:
    if any(size == math.inf for size in shape):
        return {}
    for size in reversed(shape):
        sizes = {} if size is None else {"minItems": size, "maxItems": size}
        value = {"type": "array", "items": value, **sizes}
    return value


def _shape(spec: Any) -> Sequence[Any]:
    """Returns the sizes of a shape; of one of unknown rank, an infinite one behind the rows."""
    return [None, math.inf] if spec.shape.rank is None else spec.shape.as_list()


def _value(dtype: str) -> Schema:
    if dtype == "string":
        return {"anyOf": [{"type": "string"}, _BYTES]}
    if dtype == "bool":
        return {"type": "boolean"}
    if "int" not in dtype:
        return {"type": "number"}
    if dtype == "int64":
        return dict(_INT64)
    bounds = tf.as_dtype(dtype)
    return {"type": "integer", "minimum": int(bounds.min), "maximum": int(bounds.max)}


def _answered(name: str, dtype: str) -> Schema:
    if dtype == "string":
        return _BYTES if name.endswith("_bytes") else {"type": "string"}
    if dtype == "bool":
        return {"type": "boolean"}
    if "int" in dtype:
        return {"type": "integer"}
    # NaN and infinities, which JSON does not have.
    return {"type": ["number", "null"]}
