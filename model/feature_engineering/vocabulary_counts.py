"""Counting the values of many features at once, on Beam."""

import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
from tensorflow_transform.beam.experimental import PTransformAnalyzer

Counted = tuple[int, bytes]
"""How often, and what: the greatest come first in a vocabulary."""


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


def escape(name: str) -> str:
    """Returns a name as it stands in the file: without tabs and line breaks, and still unique."""
    return json.dumps(name, ensure_ascii=False)[1:-1]


class LearnVocabularies(PTransformAnalyzer):
    """From batches of texts to one file of vocabularies.

    A batch is several arrays: of shape [batch, n], with n features, or of shape [texts], with the
    texts of one feature. The number of stages does not depend on the number of features.

    Args:
        limits: of the vocabularies, in the order of the arrays and their columns.
        file_name: of the file.
    """

    def __init__(self, limits: Sequence[Limits], file_name: str) -> None:
        super().__init__()
        self._limits = list(limits)
        self._file_name = file_name

    def expand(self, batches: Any) -> Any:
        """Returns the path of the file, as a collection of one element."""
        largest = max(limit.max_tokens for limit in self._limits)
        path = os.path.join(self.base_temp_dir, self._file_name)
        return (
            batches
            | "CountBatch" >> beam.FlatMap(count_texts)
            | "Sum" >> beam.CombinePerKey(sum)
            | "ByFeature" >> beam.FlatMap(_frequent, self._limits)
            | "MostFrequent" >> beam.combiners.Top.PerKey(largest)
            | "All" >> beam.combiners.ToDict()
            | "Write" >> beam.Map(write_vocabularies, self._limits, path)
        )


def count_texts(batch: tuple[np.ndarray, ...]) -> Iterator[tuple[tuple[int, bytes], int]]:
    """Yields ((feature, text), count) for the texts of one batch that a vocabulary may hold."""
    columns = (column for texts in batch for column in np.atleast_2d(texts.T))
    for feature, column in enumerate(columns):
        counted = pa.array(column, pa.binary()).value_counts()
        for text, count in zip(*map(pa.Array.to_pylist, counted.flatten()), strict=True):
            if text and b"\n" not in text and b"\r" not in text:
                yield (feature, text), count


def _frequent(
    counted: tuple[tuple[int, bytes], int], limits: Sequence[Limits]
) -> Iterator[tuple[int, Counted]]:
    (feature, text), count = counted
    if count >= limits[feature].min_frequency:
        yield feature, (count, text)


def write_vocabularies(
    most_frequent: dict[int, list[Counted]], limits: Sequence[Limits], path: str
) -> str:
    """Writes the file, and returns its path."""
    tf.io.gfile.makedirs(os.path.dirname(path))
    with tf.io.gfile.GFile(path, "wb") as file:
        for feature, limit in enumerate(limits):
            file.write(b"\t" + limit.name.encode() + b"\n")
            for _, text in most_frequent.get(feature, [])[: limit.max_tokens]:
                file.write(limit.name.encode() + b"\t" + text + b"\n")
        file.write(b"\t\n")
    return path
