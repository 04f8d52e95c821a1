"""Arrow columns of values, and of lists of values, each made of the other."""

import numpy as np
import pyarrow as pa


def counts(column: pa.Array) -> np.ndarray:
    """Returns how many values each row has; int64 of shape [rows], 0 where it is null."""
    if not pa.types.is_nested(column.type):
        return column.is_valid().to_numpy(zero_copy_only=False).astype(np.int64)
    return column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)


def flat(column: pa.Array) -> pa.Array:
    """Returns the values of all rows, one after the other; nulls of a plain column are left out."""
    return column.flatten() if pa.types.is_nested(column.type) else column.drop_null()


def as_values(column: pa.Array) -> pa.Array:
    """Returns a column whose rows have one value at most as one of plain values."""
    if not pa.types.is_nested(column.type):
        return column
    found = counts(column)
    return flat(column).take(pa.array(np.cumsum(found) - 1, mask=found == 0))


def as_lists(column: pa.Array) -> pa.Array:
    """Returns a column of plain values as one of lists of one value; null stays null."""
    if pa.types.is_nested(column.type):
        return column
    found = counts(column)
    ends = np.concatenate([[0], np.cumsum(found)]).astype(np.int32)
    # A null offset makes a null list.
    offsets = pa.array(ends, mask=np.append(found == 0, False))
    return pa.ListArray.from_arrays(offsets, flat(column))


def as_text(values: pa.Array, errors: str = "strict") -> pa.Array:
    """Returns a binary column as text, each distinct value decoded once.

    Args:
        values: a binary array.
        errors: what becomes of a value that is not UTF-8, as Python's `bytes.decode` says it.
    """
    distinct = values.dictionary_encode()
    texts = [value.decode("utf-8", errors) for value in distinct.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(distinct.indices)
