"""Tensors as protos.

Answers have their values in the field of their type, as TensorFlow Serving's have, for clients that
read these without TensorFlow.
"""

from typing import Any

import numpy as np

from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")
tensor_pb2 = lazy_import("tensorflow.core.framework.tensor_pb2")

_FIELDS = {
    "float32": "float_val",
    "float64": "double_val",
    "int8": "int_val",
    "int16": "int_val",
    "int32": "int_val",
    "int64": "int64_val",
    "uint8": "int_val",
    "uint16": "int_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    "bool": "bool_val",
    "string": "string_val",
}


def to_array(proto: Any) -> np.ndarray:
    """Returns the array of a TensorProto.

    Raises:
        ValueError: its values do not fit its type or shape.
    """
    array: np.ndarray = tf.make_ndarray(proto)
    return array


def to_proto(array: np.ndarray) -> Any:
    """Returns the TensorProto of an array."""
    dtype = tf.as_dtype(array.dtype)
    field = _FIELDS.get(dtype.name)
    if field is None:
        return tf.make_tensor_proto(array)
    proto = tensor_pb2.TensorProto(dtype=dtype.as_datatype_enum)
    for size in array.shape:
        proto.tensor_shape.dim.add().size = size
    getattr(proto, field).extend(array.ravel().tolist())
    return proto
