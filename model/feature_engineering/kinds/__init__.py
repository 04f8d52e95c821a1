"""The kinds of features: one file each, with both halves of the kind.

To add a kind, add a file with a class that has a tf.Transform half (`transform`) and a Keras half
(`encode`), and name it here.
"""

from model.feature_engineering.kinds.base import Encoding, Feature, Ids, Output
from model.feature_engineering.kinds.bucketized import Bucketized
from model.feature_engineering.kinds.categorical import Categorical
from model.feature_engineering.kinds.crossed import Crossed
from model.feature_engineering.kinds.cyclic import Cyclic
from model.feature_engineering.kinds.hashed import Hashed
from model.feature_engineering.kinds.integer import Integer
from model.feature_engineering.kinds.numeric import Numeric

__all__ = [
    "Bucketized",
    "Categorical",
    "Crossed",
    "Cyclic",
    "Encoding",
    "Feature",
    "Hashed",
    "Ids",
    "Integer",
    "Numeric",
    "Output",
]
