"""The numbers in tf.train.Features, decoded for many rows at once."""

import numpy as np

LONGEST_VARINT = 10
FLOAT_LIST, INT64_LIST = 2 << 3 | 2, 3 << 3 | 2
WIDTH = 12
"""Bytes of each feature that are looked at."""

_PACKED = 1 << 3 | 2
_EMPTY = 2
"""Bytes of a feature without a number: the kind of list and a size of 0."""
_BEFORE_NUMBER = 4
_WORD = WIDTH - _BEFORE_NUMBER

_KEPT = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], np.uint64)
"""By size of a varint, the bits that it takes."""
_CONTINUED = np.array(
    [sum(0x80 << 8 * place for place in range(size - 1)) for size in range(_WORD + 1)], np.uint64
)
"""By size of a varint, the bits that say that it goes on."""
_CONTINUATION = np.uint64(0x8080808080808080)


def decode_lone_numbers(
    heads: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Decodes float and int64 lists of at most one number from the first bytes of each feature.

    Nearly all columns of numbers are such, and their bytes stand at the same places in each row:
    the kind of list and its size, the tag and the size of packed numbers, and the number.

    Args:
        heads: the first `WIDTH` bytes of each serialized feature, a row for each.
        sizes: uint8 array, how many bytes each feature has.

    Returns:
        Whether each list has a number, and the numbers; None if there are others among them.
    """
    kind = heads[0, 0]
    known = sizes != _EMPTY
    number_sizes = sizes - np.uint8(_BEFORE_NUMBER)
    if (
        kind not in (FLOAT_LIST, INT64_LIST)
        or (heads[:, 0] != kind).any()
        or (heads[:, 1] + np.uint8(_EMPTY) != sizes).any()
        or ((heads[:, 2] != _PACKED) & known).any()
        or ((heads[:, 3] != number_sizes) & known).any()
    ):
        return None
    if not known.all():
        heads, number_sizes = heads[known], number_sizes[known]
    decode = _floats if kind == FLOAT_LIST else _integers
    numbers = decode(heads[:, _BEFORE_NUMBER:], number_sizes)
    return None if numbers is None else (known, numbers)


def _floats(content: np.ndarray, sizes: np.ndarray) -> np.ndarray | None:
    if (sizes != 4).any():
        return None
    return np.ascontiguousarray(content[:, :4]).view("<f4").reshape(-1)


def _integers(content: np.ndarray, sizes: np.ndarray) -> np.ndarray | None:
    longest = int(sizes.max(initial=1))
    if longest > _WORD or (sizes == 0).any():
        return None
    words = np.ascontiguousarray(content).view("<u8").reshape(-1) & _KEPT[sizes]
    if ((words & _CONTINUATION) != _CONTINUED[sizes]).any():
        return None
    numbers = words & np.uint64(0x7F)
    for place in range(1, longest):
        bits = (words >> np.uint64(8 * place)) & np.uint64(0x7F)
        numbers |= bits << np.uint64(7 * place)
    return numbers.view(np.int64)


def decode_varints(packed: np.ndarray, last_bytes: np.ndarray) -> np.ndarray:
    """Decodes int64 numbers of at most `LONGEST_VARINT` bytes.

    Args:
        packed: the bytes of all numbers.
        last_bytes: where in them each number ends.
    """
    starts = np.concatenate([[0], last_bytes[:-1] + 1]) if len(last_bytes) else last_bytes
    lengths = last_bytes - starts + 1
    numbers = (packed.take(starts) & 0x7F).astype(np.uint64)
    for place in range(1, int(lengths.max(initial=1))):
        longer = slice(None) if lengths.min() > place else np.flatnonzero(lengths > place)
        byte = packed.take(starts[longer] + place) & 0x7F
        numbers[longer] |= byte.astype(np.uint64) << np.uint64(7 * place)
    return numbers.view(np.int64)
