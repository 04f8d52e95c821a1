"""Counting the values of many features at once, on Beam."""

import dataclasses
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
from tensorflow_transform.beam.experimental import PTransformAnalyzer

Counted = tuple[float, bytes, int]
"""How often, what, and in how many rows: the greatest come first in a vocabulary."""

UNITS = 10**9
"""Of a weight in its file: tf.Transform looks up whole numbers only."""

_ROWS = b""
"""Stands for no text, which is in no vocabulary: with it, the rows are counted."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What the vocabulary of a feature may hold.

    Attributes:
        name: of the feature, escaped.
        max_tokens: how many texts at most.
        min_frequency: how often each must occur.
    """

    name: str
    max_tokens: int
    min_frequency: int


class LearnVocabularies(PTransformAnalyzer):
    """From batches of texts to a file of vocabularies, and one that says what each line weighs.

    The number of stages does not depend on the number of features.

    Args:
        limits: of the vocabularies, in the order that `count_texts` says.
        file_name: of the file.
        weights_name: of the other file.
    """

    def __init__(self, limits: Sequence[Limits], file_name: str, weights_name: str) -> None:
        super().__init__()
        self._limits = list(limits)
        self._names = (file_name, weights_name)

    def expand(self, batches: Any) -> Any:
        """Returns the paths of the two files, as collections of one element each."""
        largest = max(limit.max_tokens for limit in self._limits)
        path, weights = (os.path.join(self.base_temp_dir, name) for name in self._names)
        most_frequent = (
            batches
            | "CountBatch" >> beam.FlatMap(count_texts)
            | "Sum" >> beam.CombinePerKey(_sum_pairs)
            | "ByFeature" >> beam.FlatMap(_frequent, self._limits)
            | "MostFrequent" >> beam.combiners.Top.PerKey(largest + 1)
            | "All" >> beam.combiners.ToDict()
        )
        return (
            most_frequent | "Write" >> beam.Map(write_vocabularies, self._limits, path),
            most_frequent | "Weigh" >> beam.Map(write_weights, self._limits, weights),
        )


def count_texts(
    batch: tuple[np.ndarray, ...],
) -> Iterator[tuple[tuple[int, bytes], tuple[int, int]]]:
    """Counts the texts of one batch that a vocabulary may hold.

    Args:
        batch: for many features a matrix, of shape [rows, features]; then for each feature of lists
            three arrays: all texts, the row of each, and, of shape [1], how many rows there are.

    Yields:
        ((feature, text), (how often, in how many rows)); the text is empty for the rows themselves.
    """
    waiting = list(batch)
    feature = 0
    if waiting and waiting[0].ndim == 2:
        for feature, column in enumerate(waiting.pop(0).T, start=1):
            for text, count in _counted(pa.array(column, pa.binary())):
                yield (feature - 1, text), (count, count)
            yield (feature - 1, _ROWS), (0, len(column))
    for texts, rows, (count_of_rows,) in zip(*[iter(waiting)] * 3, strict=True):
        encoded = pa.array(texts, pa.binary()).dictionary_encode()
        numbers = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        pairs = np.unique(numbers * max(1, count_of_rows) + rows)
        in_rows = np.bincount(pairs // max(1, count_of_rows))
        often = np.bincount(numbers)
        for place, text in enumerate(encoded.dictionary.to_pylist()):
            if _is_allowed(text):
                yield (feature, text), (int(often[place]), int(in_rows[place]))
        yield (feature, _ROWS), (0, int(count_of_rows))
        feature += 1


def _counted(column: pa.Array) -> Iterator[tuple[bytes, int]]:
    for text, count in zip(*map(pa.Array.to_pylist, column.value_counts().flatten()), strict=True):
        if _is_allowed(text):
            yield text, count


def _is_allowed(text: bytes) -> bool:
    return bool(text) and b"\n" not in text and b"\r" not in text


def _sum_pairs(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    often, in_rows = 0, 0
    for one, other in pairs:
        often += one
        in_rows += other
    return often, in_rows


def _frequent(
    counted: tuple[tuple[int, bytes], tuple[int, int]], limits: Sequence[Limits]
) -> Iterator[tuple[int, Counted]]:
    (feature, text), (count, in_rows) = counted
    if text == _ROWS:
        yield feature, (math.inf, text, in_rows)
    elif count >= limits[feature].min_frequency:
        yield feature, (count, text, in_rows)


def write_vocabularies(
    most_frequent: Mapping[int, Sequence[Counted]], limits: Sequence[Limits], path: str
) -> str:
    """Writes the file, and returns its path."""
    tf.io.gfile.makedirs(os.path.dirname(path))
    with tf.io.gfile.GFile(path, "wb") as file:
        for feature, limit in enumerate(limits):
            file.write(b"\t" + limit.name.encode() + b"\n")
            for _, text, _ in _texts(most_frequent, feature, limit):
                file.write(limit.name.encode() + b"\t" + text + b"\n")
        file.write(b"\t\n")
    return path


def write_weights(
    most_frequent: Mapping[int, Sequence[Counted]], limits: Sequence[Limits], path: str
) -> str:
    """Writes the inverse document frequency of each line's text in `UNITS`, and returns the path.

    For the line that begins a vocabulary it is that of a text that is not in it: the mean of all,
    as Keras' layers have it, and so is the logarithm.
    """
    tf.io.gfile.makedirs(os.path.dirname(path))
    with tf.io.gfile.GFile(path, "w") as file:
        for feature, limit in enumerate(limits):
            (rows,) = [one[2] for one in most_frequent.get(feature, []) if one[1] == _ROWS] or [0]
            texts = _texts(most_frequent, feature, limit)
            weights = [math.log1p(rows / (1 + in_rows)) for _, _, in_rows in texts]
            mean = math.fsum(weights) / max(1, len(weights))
            file.write("".join(f"{round(weight * UNITS)}\n" for weight in [mean, *weights]))
        file.write("0\n")
    return path


def _texts(
    most_frequent: Mapping[int, Sequence[Counted]], feature: int, limit: Limits
) -> list[Counted]:
    texts = [one for one in most_frequent.get(feature, []) if one[1] != _ROWS]
    return texts[: limit.max_tokens]
