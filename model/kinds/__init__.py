"""The kinds of features: one file each, with both halves of the kind.

To add a kind, add a file with a class that has a tf.Transform half (`transform`) and a Keras half
(`encode`), and name it here.
"""

from model.kinds.base import Encoding, Feature, Ids, Output
from model.kinds.bucketized import Bucketized
from model.kinds.categorical import Categorical
from model.kinds.crossed import Crossed
from model.kinds.cyclic import Cyclic
from model.kinds.hashed import Hashed
from model.kinds.integer import Integer
from model.kinds.numeric import Numeric

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
