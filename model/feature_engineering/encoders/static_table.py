"""A static table: a vector for each token, and for a text their mean.

The format, and what is done with it, are those of model2vec (Minish Lab, 2024).
"""

import dataclasses
import statistics
from collections.abc import Mapping
from typing import Any

from model.feature_engineering.encoders.pretrained import Pretrained
from model.feature_engineering.encoders.word_piece import Vocabulary
from zeroskew.lazy import lazy_import

configurations = lazy_import("model.feature_engineering.encoders.configurations")
np = lazy_import("numpy")
tf = lazy_import("tensorflow")

TABLE = "embeddings"
_WEIGHTS, _PLACES = "weights", "mapping"
_USUAL_LIMIT = 512


@dataclasses.dataclass(frozen=True)
class StaticTable:
    """A table of tokens.

    Attributes:
        dimension: of a vector.
        limit: tokens of a text.
        characters: of a text, that are read.
        normalized: whether a vector has length 1.
        unknown: id of the token that does not count.
    """

    dimension: int
    limit: int
    characters: int
    normalized: bool
    unknown: int

    @classmethod
    def read(cls, pretrained: Pretrained, vocabulary: Vocabulary) -> "StaticTable":
        """Reads the configuration.

        Raises:
            FeatureError: the table has another number of tokens than the vocabulary.
        """
        config = pretrained.config("config.json", configurations.Table) or configurations.Table()
        shapes = pretrained.shapes()
        if len(shapes[TABLE]) != 2:
            raise pretrained.refused("it is a table of tokens and numbers", repr(shapes[TABLE]))
        tokens = shapes.get(_PLACES, shapes[TABLE])[:1]
        if tokens != (len(vocabulary.tokens),):
            raise pretrained.refused(
                f"it has a vector for each of {len(vocabulary.tokens)} tokens", str(*tokens)
            )
        limit = config.max_length or _USUAL_LIMIT
        usual = int(statistics.median(len(token) for token in vocabulary.tokens))
        return cls(
            dimension=shapes[TABLE][1],
            limit=limit,
            characters=limit * usual,
            normalized=bool(config.normalize),
            unknown=vocabulary.id_of(vocabulary.unknown),
        )

    @property
    def numbers(self) -> int:
        """Of the largest tensor that one text needs."""
        return self.limit * self.dimension

    @property
    def word_limit(self) -> int:
        """Tokens of a text; none is put around them."""
        return self.limit

    def arrays(self, pretrained: Pretrained) -> dict[str, Any]:
        """Returns the table, of shape [tokens, dimension], by its name."""
        shapes = pretrained.shapes()
        found = pretrained.tensors([one for one in (TABLE, _WEIGHTS, _PLACES) if one in shapes])
        table = found[TABLE]
        if _PLACES in found:
            places = found[_PLACES].astype(np.int64)
            if places.min() < 0 or places.max() >= len(table):
                received = f"{places.min()} to {places.max()}"
                raise pretrained.refused(f"{_PLACES} is of its {len(table)} rows", received)
            table = table[places]
        if _WEIGHTS in found:
            table = table * found[_WEIGHTS][:, np.newaxis]
        return {TABLE: table}

    def complete(self, tokens: Any) -> Any:
        """Leaves out the unknown ones among the tokens of each text."""
        return tf.ragged.boolean_mask(tokens, tokens != self.unknown)

    def vectors(self, weights: Mapping[str, Any], ids: Any, present: Any) -> Any:
        """Computes vectors, float32 of shape [batch, dimension]; zeros for a text without tokens.

        Args:
            weights: as `arrays` names them.
            ids: of tokens, int32 of shape [batch, length].
            present: False where a text has ended, of the same shape.
        """
        share = tf.cast(present, tf.float32)[:, :, tf.newaxis]
        total = tf.reduce_sum(tf.gather(weights[TABLE], ids) * share, axis=1)
        vectors = tf.math.divide_no_nan(total, tf.reduce_sum(share, axis=1))
        return tf.math.l2_normalize(vectors, axis=1) if self.normalized else vectors
