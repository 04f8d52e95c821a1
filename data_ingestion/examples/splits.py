"""Which split a row belongs to: decided by the row alone, so that other rows never move it."""

import dataclasses
import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zeroskew.encoding.binary_arrays import values
from zeroskew.encoding.tf_example import encode_feature

LEFT_OUT = -1
"""Stands for the split of a row that is in none."""
_SAMPLE_PARTS = 1_000_000


class Splitter(Protocol):
    """A rule that deals rows to splits."""

    @property
    def names(self) -> tuple[str, ...]:
        """The splits."""

    @property
    def column(self) -> str | None:
        """The column that decides; a row without a value in it cannot be dealt."""

    def assign(self, batch: pa.RecordBatch, examples: Sequence[bytes]) -> np.ndarray:
        """Returns for each row the index of its split in `names`, or `LEFT_OUT`.

        Args:
            batch: the rows.
            examples: the same rows as serialized tf.Examples.
        """


@dataclasses.dataclass(frozen=True)
class OneSplit:
    """All rows to one split, which the folder they come from names."""

    name: str
    column: None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The split."""
        return (self.name,)

    def assign(self, batch: pa.RecordBatch, examples: Sequence[bytes]) -> np.ndarray:
        """Returns zeros."""
        return np.zeros(len(examples), np.int64)


@dataclasses.dataclass(frozen=True)
class HashSplit:
    """Deals rows by a hash of the whole row, or of one column: no entity in two splits.

    The hash is that of TFX's own ExampleGens, so a row goes to the split where they put it.

    Attributes:
        shares: parts of the rows by split.
        column: the column whose value is hashed; the whole row if None.
    """

    shares: Mapping[str, int]
    column: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The splits, in the order of `shares`."""
        return tuple(self.shares)

    def assign(self, batch: pa.RecordBatch, examples: Sequence[bytes]) -> np.ndarray:
        """Returns for each row the index of its split."""
        bounds = np.array(list(itertools.accumulate(self.shares.values())))
        buckets = _bucket_of_rows(batch, examples, self.column, int(bounds[-1]))
        return np.searchsorted(bounds, buckets, side="right")


@dataclasses.dataclass(frozen=True)
class TimeSplit:
    """Trains on what was before a moment and evaluates on what came at it or after.

    Attributes:
        column: the column that holds the time, a number or text that sorts like time.
        start: the first moment of the eval split.
    """

    column: str
    start: float | int | bytes
    names: tuple[str, str] = ("train", "eval")

    def assign(self, batch: pa.RecordBatch, examples: Sequence[bytes]) -> np.ndarray:
        """Returns 0 for each row before `start`, else 1."""
        times = batch.column(batch.schema.get_field_index(self.column))
        late = pc.greater_equal(times, pa.scalar(self.start, times.type))
        return late.to_numpy(zero_copy_only=False).astype(np.int64)


@dataclasses.dataclass(frozen=True)
class SampleSplit:
    """Deals a share of the rows as another rule does, and leaves out the rest.

    Rows are chosen by a hash of their own: the split to which one goes does not say whether it is
    chosen, and other rows never change that.

    Attributes:
        splitter: the other rule.
        share: of the rows, above 0 and at most 1.
        entity: the column whose value is hashed, so that an entity is chosen with all of its rows;
            the whole row if None.
    """

    splitter: Splitter
    share: float
    entity: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The splits of the other rule."""
        return self.splitter.names

    @property
    def column(self) -> str | None:
        """The column by which the other rule decides."""
        return self.splitter.column

    def assign(self, batch: pa.RecordBatch, examples: Sequence[bytes]) -> np.ndarray:
        """Returns for each row the index of its split, or `LEFT_OUT`."""
        buckets = _bucket_of_rows(batch, examples, self.entity, _SAMPLE_PARTS, b"sample")
        chosen = buckets < round(self.share * _SAMPLE_PARTS)
        return np.where(chosen, self.splitter.assign(batch, examples), LEFT_OUT)


def _bucket_of_rows(
    batch: pa.RecordBatch,
    examples: Sequence[bytes],
    column: str | None,
    count: int,
    salt: bytes = b"",
) -> np.ndarray:
    """Returns a bucket for each row, by its value in a column or, if None, by the whole row."""
    if column is None:
        return _buckets(examples, count, salt)
    keys = batch.column(batch.schema.get_field_index(column)).dictionary_encode()
    features = values(encode_feature(keys.dictionary))
    return _buckets(features, count, salt)[keys.indices.to_numpy()]


def _buckets(keys: Iterable[bytes], count: int, salt: bytes) -> np.ndarray:
    """Returns the SHA-256 of each key behind the salt, read as one number, modulo `count`."""
    digests = b"".join([hashlib.sha256(salt + key).digest() for key in keys])
    words = np.frombuffer(digests, ">u4").reshape(-1, 8).astype(np.uint64)
    remainder = np.zeros(len(words), np.uint64)
    for word in words.T:
        remainder = ((remainder << np.uint64(32)) | word) % np.uint64(count)
    return remainder.astype(np.int64)
