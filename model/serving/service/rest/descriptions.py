"""The state of versions, and the signatures of a model, as JSON.

It is what TensorFlow Serving writes of its protos; written by hand, since the two stacks' protobuf
take different options for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.versions import Version
from model.serving.service.rest import json_text
from zeroskew.lazy import lazy_import

types_pb2 = lazy_import("tensorflow.core.framework.types_pb2")


def write_statuses(versions: Sequence[Version]) -> bytes:
    """Writes the state of versions."""
    return json_text.write({"model_version_status": [_status(one) for one in versions]})


def write_metadata(name: str, number: int, loaded: Loaded) -> bytes:
    """Writes the signatures of a version."""
    signatures = {key: _signature(one) for key, one in sorted(loaded.definitions.items())}
    return json_text.write(
        {
            "model_spec": {"name": name, "signature_name": "", "version": str(number)},
            "metadata": {"signature_def": {"signature_def": signatures}},
        }
    )


def _status(version: Version) -> dict[str, Any]:
    error = version.error
    return {
        "version": str(version.number),
        "state": version.state.name,
        "status": {
            "error_code": error.code.name if error else "OK",
            "error_message": error.message if error else "",
        },
    }


def _signature(definition: Any) -> dict[str, Any]:
    return {
        "inputs": _tensors(definition.inputs),
        "outputs": _tensors(definition.outputs),
        "method_name": definition.method_name,
    }


def _tensors(infos: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {
            "dtype": types_pb2.DataType.Name(info.dtype),
            "tensor_shape": {
                "dim": [{"size": str(one.size), "name": one.name} for one in info.tensor_shape.dim],
                "unknown_rank": info.tensor_shape.unknown_rank,
            },
            "name": info.name,
        }
        for name, info in sorted(infos.items())
    }
