"""What lies inside Arrow's binary arrays, without a Python object for each value."""

import itertools
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def make(offsets: np.ndarray, data: np.ndarray | pa.Buffer) -> pa.Array:
    """Returns the binary array whose value `i` is ``data[offsets[i]:offsets[i + 1]]``.

    Args:
        offsets: integers, one more than there are values.
        data: bytes.
    """
    buffer = data if isinstance(data, pa.Buffer) else pa.py_buffer(data)
    ends = pa.py_buffer(offsets.astype(np.int32))
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, [None, ends, buffer])


def join(*parts: pa.Array) -> pa.Array:
    """Joins binary arrays value by value."""
    return pc.binary_join_element_wise(*parts, b"")


def by_size(sizes: np.ndarray, make_value: Callable[[int], bytes]) -> pa.Array:
    """Returns ``make_value(size)`` for each of `sizes`, made once for each distinct size."""
    distinct, indices = np.unique(sizes, return_inverse=True)
    made = pa.array([make_value(int(size)) for size in distinct], pa.binary())
    return made.take(pa.array(indices.reshape(-1)))


def offsets(array: pa.Array) -> np.ndarray:
    """Returns where each value begins in the data, and where the last one ends."""
    if not len(array):
        return np.zeros(1, np.int32)
    return np.frombuffer(array.buffers()[1], np.int32)[array.offset :][: len(array) + 1]


def sizes(array: pa.Array) -> np.ndarray:
    """Returns the number of bytes of each value."""
    return np.diff(offsets(array))


def data(array: pa.Array) -> memoryview:
    """Returns the bytes of all values, one after the other."""
    bounds = offsets(array)
    buffer = array.buffers()[2]
    return memoryview(buffer if buffer else b"")[bounds[0] : bounds[-1]]


def values(array: pa.Array) -> list[bytes]:
    """Returns the values; the array must have no nulls."""
    whole = bytes(data(array))
    bounds = (offsets(array) - offsets(array)[0]).tolist()
    return [whole[start:end] for start, end in itertools.pairwise(bounds)]
