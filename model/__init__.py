"""Everything that must be versioned with the model, from the feature list to the push.

In: validated tf.Examples, their schema, and a features file, which needs one import::

    from model import Categorical, FeatureSet, Numeric, YesNo

Out: one SavedModel that carries its feature engineering, pushed only if it is worth serving.
Open first: `features.py`, the list of the built-in use case; `components.py`, the room's own steps.
"""

from model.feature_engineering.embedding import Embedding
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.kinds import (
    PCA,
    Boolean,
    Bucketized,
    Categorical,
    Crossed,
    Cyclic,
    DateTime,
    Hashed,
    Integer,
    MultiCategory,
    Numeric,
    PiecewiseLinear,
    PretrainedText,
    Sequence,
    Text,
    Vector,
)
from model.feature_engineering.labels import Amount, OneOf, YesNo

__all__ = [
    "PCA",
    "Amount",
    "Boolean",
    "Bucketized",
    "Categorical",
    "Crossed",
    "Cyclic",
    "DateTime",
    "Embedding",
    "FeatureSet",
    "Hashed",
    "Integer",
    "MultiCategory",
    "Numeric",
    "OneOf",
    "PiecewiseLinear",
    "PretrainedText",
    "Sequence",
    "Text",
    "Vector",
    "YesNo",
]
