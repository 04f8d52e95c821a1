"""One line of every_kind.py with another default: what a careless second export would hold."""

from model import FeatureSet, Numeric, YesNo

FEATURES = FeatureSet(
    label=YesNo(
        "big_tip",
        lambda row: row["tips"] > 0.2 * row["fare"],
        uses=("tips", "fare"),
        known_before=("fare",),
    ),
    features=[Numeric("fare", name="fare_at_zero", impute=30.0)],
)
