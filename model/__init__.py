"""Everything that must be versioned with the model, from the feature list to the push.

A features file needs this line only::

    from model import Categorical, FeatureSet, Label, Numeric
"""

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.kinds import (
    Bucketized,
    Categorical,
    Crossed,
    Cyclic,
    Hashed,
    Integer,
    Numeric,
)
from model.feature_engineering.labels import Label

__all__ = [
    "Bucketized",
    "Categorical",
    "Crossed",
    "Cyclic",
    "FeatureSet",
    "Hashed",
    "Integer",
    "Label",
    "Numeric",
]
