"""The one list of features: will a Chicago taxi ride get a tip above 20 % of the fare?

`payment_type` is known only when the ride is paid, so this model answers at that moment.
"""

from model import (
    Bucketized,
    Categorical,
    Crossed,
    Cyclic,
    FeatureSet,
    Hashed,
    Integer,
    Numeric,
    YesNo,
)

FEATURES = FeatureSet(
    label=YesNo(
        "big_tip",
        # Many riders tip 20 % to the cent: the margin keeps float32 from deciding those ties.
        lambda row: row["tips"] - 0.2 * row["fare"] > 0.001,
        uses=("tips", "fare"),
        known_before=("fare",),
    ),
    features=[
        Numeric("fare", scaling="log"),
        Bucketized("fare", name="fare_bucket", buckets=50),
        Numeric("trip_miles", scaling="log"),
        Numeric("trip_seconds", scaling="log", missing_indicator=True),
        Cyclic("trip_start_hour", period=24),
        Integer("trip_start_month", low=1, high=12),
        Integer("trip_start_day", low=1, high=7),
        Integer("pickup_community_area", low=1, high=77),
        Integer("dropoff_community_area", low=1, high=77),
        Categorical("payment_type", max_tokens=20),
        Hashed("company", hash_buckets=100),
        Crossed("payment_fare", of=("payment_type", "fare_bucket"), hash_buckets=1000),
    ],
)
