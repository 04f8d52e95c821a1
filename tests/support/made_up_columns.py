"""Columns of every kind, and what is read back of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from zeroskew.encoding.record_batches import read_record_batches

MANY = 20_000


def rows_of(folder: Path) -> list[pa.RecordBatch]:
    files = sorted(map(str, folder.iterdir()))
    return [batch for file in files for batch in read_record_batches(file)]


def made_up(random: np.random.Generator) -> dict[str, Any]:
    """Returns columns of every kind; the lists have 0 to 5 values."""
    numbers = random.normal(1e6, 1.0, MANY)
    lengths = random.integers(0, 6, MANY)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    words = random.choice(["Zürich", "東京", "naïve", "a" * 300, ""], offsets[-1])
    return {
        "all_missing": pa.nulls(MANY, pa.int64()),
        "all_missing_text": pa.nulls(MANY, pa.binary()),
        "constant": pa.array(np.full(MANY, 3.0)),
        "constant_text": pa.array([b"same"] * MANY),
        "great": pa.array(random.integers(2**63 - 2**40, 2**63 - 1, MANY)),
        "half": pa.array(random.choice([0.0, -1.5], MANY), mask=random.random(MANY) < 0.5),
        "id": pa.array([b"id-%d" % number for number in range(MANY)]),
        "mixed": pa.array(random.integers(-(2**63), 2**63 - 1, MANY)),
        "not_utf8": pa.array(random.choice([b"\xff\xfe", b"fine"], MANY).tolist(), pa.binary()),
        "numbers": pa.array(numbers),
        "rare": pa.array([b"v%d" % number for number in random.zipf(1.5, MANY)]),
        "several": pa.ListArray.from_arrays(
            offsets, pa.array(random.exponential(1, offsets[-1]).astype(np.float32))
        ),
        "several_integers": pa.ListArray.from_arrays(
            offsets, pa.array(random.integers(-5, 300, offsets[-1]))
        ),
        "words": pa.ListArray.from_arrays(offsets, pa.array(words.tolist()).cast(pa.binary())),
    }
