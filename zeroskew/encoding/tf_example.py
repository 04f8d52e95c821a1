"""Record batches to serialized tf.Examples, a column at a time.

The wire format is protocol buffers' (https://protobuf.dev/programming-guides/encoding/), with the
columns of each example in the order of their names: what `SerializeToString(deterministic=True)`
writes. The bytes of a row depend on nothing but its values, so a split can be dealt by them.
"""

import numpy as np
import pyarrow as pa

from zeroskew.encoding import binary_arrays
from zeroskew.encoding.binary_arrays import by_size, join, sizes

_LENGTH_DELIMITED = 2
_EXAMPLE_FEATURES = bytes([1 << 3 | _LENGTH_DELIMITED])
_MAP_ENTRY = bytes([1 << 3 | _LENGTH_DELIMITED])
_MAP_KEY = bytes([1 << 3 | _LENGTH_DELIMITED])
_MAP_VALUE = bytes([2 << 3 | _LENGTH_DELIMITED])
_VALUES = bytes([1 << 3 | _LENGTH_DELIMITED])
_BYTES_LIST = bytes([1 << 3 | _LENGTH_DELIMITED])
_FLOAT_LIST = bytes([2 << 3 | _LENGTH_DELIMITED])
_INT64_LIST = bytes([3 << 3 | _LENGTH_DELIMITED])

_REPEATS = 4
"""A column whose values occur so often on average is encoded once for each distinct value."""


def encode_examples(batch: pa.RecordBatch) -> pa.Array:
    """Encodes each row as a tf.Example.

    A missing value becomes an empty list of the column's kind, as TFX's CsvExampleGen has it.

    Args:
        batch: columns of float64 or float32, int64 or binary, or lists of one of these.

    Returns:
        A binary array, one serialized tf.Example for each row.
    """
    names = sorted(batch.schema.names, key=str.encode)
    entries = [
        part
        for name in names
        for part in _encode_column(batch.column(batch.schema.get_field_index(name)), name)
    ]
    lengths = np.sum([sizes(part) for part in entries], axis=0)
    return join(by_size(lengths, lambda size: _EXAMPLE_FEATURES + _varint(size)), *entries)


def encode_feature(values: pa.Array) -> pa.Array:
    """Encodes each value as a serialized tf.train.Feature."""
    tag, payload = _payload(values)
    return join(by_size(sizes(payload), lambda size: _list_header(tag, size)), payload)


def _encode_column(column: pa.Array, name: str) -> list[pa.Array]:
    """Returns arrays that, joined row by row, are the column's entries in the map of features."""
    if not pa.types.is_nested(column.type) and len(column):
        coded = column.dictionary_encode()
        if len(coded.dictionary) * _REPEATS <= len(column):
            distinct = pa.concat_arrays([coded.dictionary, pa.nulls(1, column.type)])
            indices = coded.indices.fill_null(len(coded.dictionary))
            return [join(*_entry_parts(distinct, name)).take(indices)]
    return list(_entry_parts(column, name))


def _entry_parts(column: pa.Array, name: str) -> tuple[pa.Array, pa.Array]:
    tag, payload = _payload(column)
    key = _MAP_KEY + _varint(len(name.encode())) + name.encode()

    def header(size: int) -> bytes:
        feature = _list_header(tag, size)
        value = key + _MAP_VALUE + _varint(len(feature) + size) + feature
        return _MAP_ENTRY + _varint(len(value) + size) + value

    return by_size(sizes(payload), header), payload


def _list_header(tag: bytes, size: int) -> bytes:
    """Returns what stands before `size` bytes of values in a Feature."""
    packed = _VALUES + _varint(size) if size and tag != _BYTES_LIST else b""
    return tag + _varint(len(packed) + size) + packed


def _payload(column: pa.Array) -> tuple[bytes, pa.Array]:
    """Returns the kind of list and, for each row, its encoded values."""
    values, ends = _flatten(column)
    if pa.types.is_floating(values.type):
        numbers = values.to_numpy(zero_copy_only=False).astype("<f4")
        return _FLOAT_LIST, binary_arrays.make(ends * 4, numbers)
    if pa.types.is_integer(values.type):
        codes, code_ends = _varints(values.to_numpy(zero_copy_only=False))
        return _INT64_LIST, binary_arrays.make(code_ends[ends], codes)
    headers = by_size(sizes(values), lambda size: _VALUES + _varint(size))
    coded = join(headers, values)
    return _BYTES_LIST, binary_arrays.make(binary_arrays.offsets(coded)[ends], coded.buffers()[2])


def _flatten(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Returns all values, none of them null, and the offsets at which each row begins and ends."""
    if pa.types.is_nested(column.type):
        counts = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        values = column.flatten()
    else:
        counts = column.is_valid().to_numpy(zero_copy_only=False)
        values = column.drop_null()
    return values, np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


def _varints(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Encodes int64 numbers; returns the bytes, and the offsets of each number in them."""
    rest = numbers.astype(np.uint64)
    groups = np.empty((len(rest), 10), np.uint8)
    used = np.empty((len(rest), 10), bool)
    for place in range(10):
        used[:, place] = True if place == 0 else rest > 0
        groups[:, place] = (rest & np.uint64(0x7F)).astype(np.uint8)
        rest = rest >> np.uint64(7)
    groups[:, :-1] |= used[:, 1:].astype(np.uint8) << np.uint8(7)
    return groups[used], np.concatenate([[0], np.cumsum(used.sum(axis=1), dtype=np.int64)])


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
