"""A feature list with every kind in every variant, for one run of tf.Transform."""

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
        lambda row: row["tips"] > 0.2 * row["fare"],
        uses=("tips", "fare"),
        known_before=("fare",),
    ),
    features=[
        Numeric("fare"),
        Numeric("fare", name="fare_log", scaling="log"),
        Numeric("fare", name="fare_log_at_ten", scaling="log", impute=10),
        Numeric("fare", name="fare_minmax", scaling="minmax", impute="median"),
        Numeric("fare", name="fare_median", impute="median", missing_indicator=True),
        Numeric("fare", name="fare_at_zero", impute=0.0),
        Numeric("age", missing_indicator=True),
        Numeric(
            "fare_per_mile",
            value=lambda row: row["fare"] / row["miles"],
            uses=("fare", "miles"),
            missing_indicator=True,
        ),
        Numeric("constant"),
        Numeric("constant", name="constant_minmax", scaling="minmax"),
        Numeric("nothing", missing_indicator=True),
        Numeric("nothing", name="nothing_minmax", scaling="minmax", impute="median"),
        Bucketized("latitude", buckets=4),
        Bucketized("miles_bucket", buckets=4, value=lambda row: row["miles"], uses=("miles",)),
        Bucketized("nothing", name="nothing_bucket", buckets=4),
        Categorical("company", max_tokens=2, oov_buckets=3),
        Categorical("tract", name="tract_category", max_tokens=20, min_frequency=2),
        Categorical("nothing_text"),
        Integer("month", low=1, high=12),
        Integer("month", name="spring", low=3, high=5),
        Hashed("tract", hash_buckets=10),
        Hashed("company", name="company_hash", hash_buckets=7),
        Crossed("cell", of=("latitude", "month"), hash_buckets=50),
        Cyclic("hour", period=24),
        Cyclic("heading", period=360),
    ],
)
