"""The kinds of features: one file each, with both halves of the kind.

In: canonical columns of raw rows.
Out: transformed tensors (`transform`, for tf.Transform), and network inputs (`encode`, for Keras).
Open first: `numeric.py`, then `base.py`. A new kind is named here and in `model/__init__.py`.
"""

from model.feature_engineering.kinds.base import Feature
from model.feature_engineering.kinds.boolean import Boolean
from model.feature_engineering.kinds.bucketized import Bucketized
from model.feature_engineering.kinds.categorical import Categorical
from model.feature_engineering.kinds.crossed import Crossed
from model.feature_engineering.kinds.cyclic import Cyclic
from model.feature_engineering.kinds.date_time import DateTime
from model.feature_engineering.kinds.encoding import Encoding, Ids, Output
from model.feature_engineering.kinds.hashed import Hashed
from model.feature_engineering.kinds.integer import Integer
from model.feature_engineering.kinds.multi_category import MultiCategory
from model.feature_engineering.kinds.numeric import Numeric
from model.feature_engineering.kinds.pca import PCA
from model.feature_engineering.kinds.piecewise_linear import PiecewiseLinear
from model.feature_engineering.kinds.pretrained_text import PretrainedText
from model.feature_engineering.kinds.sequence import Sequence
from model.feature_engineering.kinds.text import Text
from model.feature_engineering.kinds.vector import Vector

__all__ = [
    "PCA",
    "Boolean",
    "Bucketized",
    "Categorical",
    "Crossed",
    "Cyclic",
    "DateTime",
    "Encoding",
    "Feature",
    "Hashed",
    "Ids",
    "Integer",
    "MultiCategory",
    "Numeric",
    "Output",
    "PiecewiseLinear",
    "PretrainedText",
    "Sequence",
    "Text",
    "Vector",
]
