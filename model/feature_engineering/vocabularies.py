"""Vocabularies: the most frequent values of many features, learned and looked up together.

All of them are one asset of the transform graph, see `vocabulary_file.py`. Another asset,
`vocabulary_weights`, says line by line the value's inverse document frequency, in billionths.
"""

import dataclasses
import os
from collections.abc import Hashable, Sequence
from typing import Any, cast

from model.feature_engineering.analyzers import Statistic, Wanted
from model.feature_engineering.vocabulary_file import FILE, escape, parse_vocabularies
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")
tft = lazy_import("tensorflow_transform")
vocabulary_counts = lazy_import("model.feature_engineering.vocabulary_counts")

WEIGHTS_FILE = "vocabulary_weights"


@dataclasses.dataclass(frozen=True)
class Vocabulary(Statistic):
    """The most frequent texts; of two that are equally frequent, the greater comes first.

    As for tf.Transform's own vocabularies, a text with a line break is left out, as is the empty
    text, which stands for a missing value.

    Attributes:
        max_tokens: how many texts at most.
        min_frequency: how often a text must occur.
    """

    max_tokens: int = 100
    min_frequency: int = 1

    @property
    def analyzer(self) -> Hashable:
        """All vocabularies share one analyzer."""
        return Vocabulary

    def learn_all(self, wanted: Sequence[Wanted]) -> Sequence["Ranks"]:
        """Learns the vocabularies of all features."""
        # Texts of lists are not as many as rows, so they are no columns of the one matrix.
        lists = [isinstance(one.values, tf.RaggedTensor) for one in wanted]
        order = sorted(range(len(wanted)), key=lists.__getitem__)
        matrices = [one.values for one, is_list in zip(wanted, lists, strict=True) if not is_list]
        limits = [limit for place in order for limit in _limits(wanted[place])]
        file, weights = tft.experimental.ptransform_analyzer(
            [
                *([tf.concat(matrices, axis=1)] if matrices else []),
                *(part for place in order if lists[place] for part in _parts(wanted[place].values)),
            ],
            vocabulary_counts.LearnVocabularies(limits, FILE, WEIGHTS_FILE),
            [tf.string] * 2,
            [[]] * 2,
            output_asset_default_values=[b"\t\n", b"0\n"],
        )
        ranks = Ranks.read(file, weights, [limit.name for limit in limits])
        parts = tf.split(tf.range(len(limits)), [len(wanted[place].names) for place in order])
        found = {place: ranks.take(part) for place, part in zip(order, parts, strict=True)}
        return [found[place] for place in range(len(wanted))]


def _parts(lists: Any) -> tuple[Any, Any, Any]:
    return lists.flat_values, lists.value_rowids(), tf.reshape(lists.nrows(tf.int64), [1])


def _limits(wanted: Wanted) -> list[Any]:
    vocabulary = cast(Vocabulary, wanted.statistic)
    return [
        vocabulary_counts.Limits(escape(name), vocabulary.max_tokens, vocabulary.min_frequency)
        for name in wanted.names
    ]


def read_vocabulary(transform_output: str, name: str) -> list[str]:
    """Returns a learned vocabulary, the most frequent value first; empty if there is none.

    Args:
        transform_output: the folder of a TransformGraph artifact.
        name: of the feature or label.
    """
    file = os.path.join(transform_output, "transform_fn", "assets", FILE)
    if not tf.io.gfile.exists(file):
        return []
    with tf.io.gfile.GFile(file, "rb") as stream:
        found = parse_vocabularies(stream.read())
    return [value.decode("utf-8", "replace") for value in found.get(name, [])]


@dataclasses.dataclass(frozen=True)
class Ranks:
    """Learned vocabularies of n features.

    Attributes:
        file: the asset.
        names: of the features, as they stand in it, shape [n].
        starts: the line in which each vocabulary begins, shape [n].
        sizes: how many values each has, shape [n].
        weights: the other asset.
    """

    file: Any
    weights: Any
    names: Any
    starts: Any
    sizes: Any

    @classmethod
    def read(cls, file: Any, weights: Any, names: Sequence[str]) -> "Ranks":
        """Finds the vocabularies of all features in the asset.

        Args:
            file: the asset.
            weights: the other asset.
            names: of all features, as they stand in it, in its order.
        """
        headers = _lines(tf.constant([f"\t{name}" for name in [*names, ""]]), file)
        starts = headers[:-1] + 1
        return cls(file, weights, tf.constant(list(names)), starts, headers[1:] - starts)

    def take(self, places: Any) -> "Ranks":
        """Returns the vocabularies at some places."""
        return Ranks(
            self.file,
            self.weights,
            *(tf.gather(one, places) for one in (self.names, self.starts, self.sizes)),
        )

    def of(self, texts: Any) -> Any:
        """Returns the rank of each text in its feature's vocabulary, -1 for one that is not in it.

        Args:
            texts: of shape [batch, n]; for a single feature, any texts, of shape [texts].
        """
        found = _lines(self.names + "\t" + texts, self.file)
        return tf.where(found < 0, tf.constant(-1, tf.int64), found - self.starts)

    def idf_of(self, ranks: Any) -> Any:
        """Returns the inverse document frequency of a single feature's values, float32.

        Args:
            ranks: of the values, of any shape; -1 for one that is not in the vocabulary.
        """
        lines = self.starts[0] + ranks
        units = tft.apply_vocabulary(lines, self.weights, default_value=0, lookup_fn=_weights)
        return tf.cast(units / vocabulary_counts.UNITS, tf.float32)


def _weights(lines: Any, file: Any) -> tuple[Any, Any]:
    initializer = tf.lookup.TextFileInitializer(
        file, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER, tf.int64, 0
    )
    table = tf.lookup.StaticHashTable(initializer, 0)
    return table.lookup(lines), table.size()


def _lines(texts: Any, file: Any) -> Any:
    """Returns in which line of the asset each text stands, -1 for one that does not."""
    return tft.apply_vocabulary(texts, file, default_value=-1)
