"""Serialized tf.Examples to record batches, a column at a time for all rows at once.

The wire format is protocol buffers' (https://protobuf.dev/programming-guides/encoding/). The way
by columns needs rows that hold the same columns in the same order, as this project writes them.
It does not guess: whatever else it meets, it leaves to a parser of protocol buffers.
"""

import dataclasses

import numpy as np
import pyarrow as pa

from zeroskew.encoding.packed_numbers import (
    FLOAT_LIST,
    INT64_LIST,
    LONGEST_VARINT,
    WIDTH,
    decode_lone_numbers,
    decode_varints,
)

_FIRST = 1 << 3 | 2
"""Tag of field 1, length-delimited: features, a map's entry, its key, a list's values."""
_MAP_VALUE = 2 << 3 | 2
_BYTES_LIST = 1 << 3 | 2

_LONGEST_SIZE = 4
"""Bytes of a varint that says a size; it cannot lead beyond `PADDING`."""

_WORD = 8
PADDING = WIDTH + _WORD
"""Bytes that must follow the last record in memory."""


class _IrregularError(Exception):
    """These rows are not laid out as the way by columns needs it."""


@dataclasses.dataclass
class Records:
    """Serialized messages that lie in one piece of memory.

    Attributes:
        data: the memory, as bytes; at least `PADDING` more than the messages.
        starts: int64 array, where each message begins; ascending.
        ends: int64 array, where each one ends.
    """

    data: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    def values(self) -> list[bytes]:
        """Returns the messages."""
        memory = self.data.data
        bounds = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [bytes(memory[start:end]) for start, end in bounds]


@dataclasses.dataclass
class _Entry:
    """The same entry of the map of features in each row.

    Attributes:
        name: its key.
        starts: where its value begins.
        ends: where it ends, and with it the entry.
        heads: the first bytes of the value, a row for each, if all entries are short.
    """

    name: str
    starts: np.ndarray
    ends: np.ndarray
    heads: np.ndarray | None = None


def decode_columns(records: Records) -> pa.RecordBatch | None:
    """Decodes tf.Examples to list columns: what `ExamplesToRecordBatchDecoder` of tfx_bsl returns.

    Returns:
        Columns of large lists of float, int64 or large_binary, in the order of their names; null
        where a feature has no kind. None if the rows are not laid out alike.
    """
    try:
        return _decode(records)
    except _IrregularError:
        return None


def _decode(records: Records) -> pa.RecordBatch:
    data, ends = records.data, records.ends
    _require(len(ends) > 0)
    cursor, features_end = _enter(data, records.starts, ends, _FIRST)
    _require(bool((features_end == ends).all()))
    columns: dict[str, pa.Array] = {}
    while not (cursor == ends).all():
        entry = _enter_column(data, cursor, ends)
        _require(entry.name not in columns)
        columns[entry.name] = _decode_column(data, entry)
        cursor = entry.ends
    names = sorted(columns, key=str.encode)
    return pa.RecordBatch.from_arrays([columns[name] for name in names], names)


def _decode_column(data: np.ndarray, entry: _Entry) -> pa.Array:
    if entry.heads is not None:
        sizes = (entry.ends - entry.starts).astype(np.uint8)
        if (lone := decode_lone_numbers(entry.heads, sizes)) is not None:
            known, numbers = lone
            return make_lists(known, pa.array(numbers))
    return _decode_feature(data, entry.starts, entry.ends)


def _enter_column(data: np.ndarray, cursor: np.ndarray, ends: np.ndarray) -> _Entry:
    """Reads an entry of the map of features up to its value.

    Most entries are shorter than 128 bytes, so that each size is one byte and all before the value
    stands at the same places: size, key and size are then checked with one look at each row.
    """
    _require(bool((cursor < ends).all()))
    _, entry_size, _, key_size = data[cursor[0] :][:4].tolist()
    if max(entry_size, key_size) >= 0x80:
        return _enter_long_column(data, cursor, ends)
    before = key_size + 6
    head = _windows(data, cursor, before + WIDTH)
    entry_sizes, value_sizes, first = head[:, 1], head[:, before - 1], head[0]
    fixed = np.zeros(head.shape[1], np.uint8)
    fixed[[0, *range(2, before - 1)]] = 0xFF
    if (
        (entry_sizes >= 0x80).any()
        or first[[0, 2, before - 2]].tolist() != [_FIRST, _FIRST, _MAP_VALUE]
        or _differs(head, fixed)
        or (entry_sizes < before - 2).any()
        or (value_sizes + np.uint8(before - 2) != entry_sizes).any()
    ):
        return _enter_long_column(data, cursor, ends)
    entry_ends = cursor + 2 + entry_sizes
    _require(bool((entry_ends <= ends).all()))
    name = _decode_name(first[4 : before - 2])
    return _Entry(name, cursor + before, entry_ends, head[:, before : before + WIDTH])


def _differs(rows: np.ndarray, fixed: np.ndarray) -> bool:
    """Tells whether a row differs from the first one in the bytes where `fixed` is 255."""
    words, masks = rows.view(np.uint64), fixed.view(np.uint64)
    different = np.zeros(len(words), np.uint64)
    for place in np.flatnonzero(masks):
        different |= (words[:, place] ^ words[0, place]) & masks[place]
    return bool(different.any())


def _enter_long_column(data: np.ndarray, cursor: np.ndarray, ends: np.ndarray) -> _Entry:
    """Does what `_enter_column` does, for sizes of any size."""
    cursor, entry_ends = _enter(data, cursor, ends, _FIRST)
    cursor, key_ends = _enter(data, cursor, entry_ends, _FIRST)
    key = data[cursor[0] : key_ends[0]]
    _require(bool((key_ends - cursor == len(key)).all()))
    _require(bool((_windows(data, cursor, len(key))[:, : len(key)] == key).all()))
    cursor, value_ends = _enter(data, key_ends, entry_ends, _MAP_VALUE)
    _require(bool((value_ends == entry_ends).all()))
    return _Entry(_decode_name(key), cursor, entry_ends)


def _decode_feature(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.Array:
    """Decodes a tf.train.Feature of each row."""
    known = starts < ends
    if not known.any():
        return pa.nulls(len(starts))
    if not known.all():
        whole = _decode_feature(data, starts[known], ends[known])
        places = np.where(known, np.cumsum(known) - 1, 0)
        return whole.take(pa.array(places, mask=~known))
    kind = int(data[starts[0]])
    starts, list_ends = _enter(data, starts, ends, kind)
    _require(bool((list_ends == ends).all()))
    if kind == FLOAT_LIST:
        return _decode_floats(data, starts, ends)
    if kind == INT64_LIST:
        return _decode_integers(data, starts, ends)
    _require(kind == _BYTES_LIST)
    return _decode_bytes(data, starts, ends)


def _decode_floats(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.Array:
    packed, sizes = _unpack(data, starts, ends)
    _require(not (sizes % 4).any())
    return make_lists(sizes // 4, pa.array(packed.view("<f4")))


def _decode_integers(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.Array:
    packed, sizes = _unpack(data, starts, ends)
    last_bytes = np.flatnonzero(packed < 0x80)
    used = sizes > 0
    row_ends = np.cumsum(sizes)
    _require(not (packed[row_ends[used] - 1] >= 0x80).any())
    _require(int(np.diff(last_bytes, prepend=-1).max(initial=0)) <= LONGEST_VARINT)
    before = (
        np.searchsorted(last_bytes, row_ends) if len(last_bytes) > used.sum() else used.cumsum()
    )
    return make_lists(np.diff(before, prepend=0), pa.array(decode_varints(packed, last_bytes)))


def _decode_bytes(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.Array:
    counts = np.zeros(len(starts), np.int64)
    rows = np.flatnonzero(starts < ends)
    cursor = starts[rows]
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    while len(rows):
        cursor, value_end = _enter(data, cursor, ends[rows], _FIRST)
        counts[rows] += 1
        found.append((rows, cursor, value_end))
        more = value_end < ends[rows]
        rows, cursor = rows[more], value_end[more]
    if not found:
        return make_lists(counts, pa.array([], pa.large_binary()))
    of_row, value_starts, value_ends = map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(of_row, kind="stable") if len(found) > 1 else slice(None)
    return make_lists(counts, _cut(data, value_starts[order], value_ends[order]))


def _enter(
    data: np.ndarray, cursor: np.ndarray, ends: np.ndarray, tag: int
) -> tuple[np.ndarray, np.ndarray]:
    """Reads a tag and a size; returns where that which follows begins and ends, within `ends`."""
    _require(bool((data.take(cursor) == tag).all()))
    cursor = cursor + 1
    first = data.take(cursor)
    sizes = first.astype(np.int64)
    cursor += 1
    longer = np.flatnonzero(first >= 0x80)
    if len(longer):
        sizes[longer] &= 0x7F
    for place in range(1, _LONGEST_SIZE):
        if not len(longer):
            break
        byte = data.take(cursor[longer])
        sizes[longer] |= (byte & 0x7F).astype(np.int64) << (7 * place)
        cursor[longer] += 1
        longer = longer[byte >= 0x80]
    new_ends = cursor + sizes
    _require(not len(longer) and bool((new_ends <= ends).all()))
    return cursor, new_ends


def _unpack(
    data: np.ndarray, starts: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the bytes of all packed numbers, and how many bytes each row has of them."""
    used = starts < ends
    some = slice(None) if used.all() else used
    sizes = np.zeros(len(starts), np.int64)
    if not used.any():
        return np.zeros(0, np.uint8), sizes
    first, last = _enter(data, starts[some], ends[some], _FIRST)
    _require(bool((last == ends[some]).all()))
    sizes[some] = last - first
    if not sizes.any():
        return np.zeros(0, np.uint8), sizes
    cut = _cut(data, first, last)
    return np.frombuffer(cut.buffers()[2], np.uint8)[: sizes.sum()], sizes


def _cut(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.Array:
    """Copies pieces of the memory, of which each lies behind the one before, to a binary array."""
    bounds = np.empty(2 * len(starts), np.int64)
    bounds[0::2], bounds[1::2] = starts, ends
    with_gaps = pa.Array.from_buffers(
        pa.large_binary(), len(bounds) - 1, [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    )
    return with_gaps.take(pa.array(np.arange(0, len(bounds), 2)))


def _windows(data: np.ndarray, starts: np.ndarray, size: int) -> np.ndarray:
    """Returns at least `size` bytes from each of the places on, a row of whole words for each."""
    size = -(-max(size, 1) // _WORD) * _WORD
    _require(size <= len(data) - int(starts[-1]))
    count = len(data) - size + 1
    windows = np.ndarray((count,), f"V{size}", buffer=data, strides=(1,))[starts]
    return windows.view(np.uint8).reshape(len(starts), size)


def _decode_name(text: np.ndarray) -> str:
    """Decodes a key; tfx_bsl makes other names of those with a NUL."""
    _require(not (text == 0).any())
    try:
        return text.tobytes().decode()
    except UnicodeDecodeError as error:
        raise _IrregularError from error


def make_lists(counts: np.ndarray, values: pa.Array) -> pa.Array:
    """Returns large lists of the values: as many in each as `counts` says."""
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    return pa.LargeListArray.from_arrays(pa.array(offsets), values)


def _require(condition: bool) -> None:
    if not condition:
        raise _IrregularError
