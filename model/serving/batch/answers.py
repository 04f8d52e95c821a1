"""What a signature gives, as Arrow columns: numbers, text, and lists of these."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from model.serving.batch.cells import as_text


def to_columns(outputs: Mapping[str, np.ndarray]) -> dict[str, pa.Array]:
    """Returns a column for each output; one of shape [rows, n] becomes lists of n values."""
    return {name: _to_column(values) for name, values in outputs.items()}


def _to_column(values: np.ndarray) -> pa.Array:
    if values.ndim > 1:
        rows, width = values.shape[:2]
        offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * width)
        return pa.ListArray.from_arrays(offsets, _to_column(values.reshape(-1, *values.shape[2:])))
    if values.dtype == object:
        return as_text(pa.array(values, pa.binary()), "replace")
    return pa.array(values)
