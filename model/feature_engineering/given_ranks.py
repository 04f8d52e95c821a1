"""A vocabulary that the features file gives: looked up without an asset or a table."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True)
class GivenRanks:
    """Looks texts up among given ones, as `Ranks` does among learned ones.

    Attributes:
        texts: all different, one at least.
    """

    texts: Sequence[str]

    @property
    def sizes(self) -> int:
        """How many there are."""
        return len(self.texts)

    def of(self, texts: Any) -> Any:
        """Returns the place of each text among the given ones, -1 for one that is not there.

        Args:
            texts: of any shape.
        """
        given = tf.constant(list(self.texts))
        # A text is found by its fingerprint and then compared: two texts of one are 1 in 2**63.
        fingerprints = _fingerprints(given)
        order = tf.argsort(fingerprints)
        flat = tf.reshape(texts, [-1])
        places = tf.searchsorted(tf.gather(fingerprints, order), _fingerprints(flat))
        found = tf.gather(order, tf.minimum(places, len(self.texts) - 1))
        ranks = tf.where(tf.gather(given, found) == flat, tf.cast(found, tf.int64), -1)
        return tf.reshape(ranks, tf.shape(texts))


def _fingerprints(texts: Any) -> Any:
    return tf.strings.to_hash_bucket_fast(texts, 2**63 - 1)
