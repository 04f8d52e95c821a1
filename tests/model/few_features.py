"""A feature list for tests that ask what becomes of a model, not what it is made of."""

from model import Categorical, FeatureSet, Numeric, YesNo

FEATURES = FeatureSet(
    label=YesNo(
        "big_tip",
        lambda row: row["tips"] > 0.2 * row["fare"],
        uses=("tips", "fare"),
        known_before=("fare",),
    ),
    features=[Numeric("fare", missing_indicator=True), Categorical("company", max_tokens=3)],
)
