"""How late does a flight arrive? Asked when it has left the gate."""

from model import Amount, Categorical, FeatureSet, Hashed, Numeric

FEATURES = FeatureSet(
    label=Amount("arr_delay"),
    features=[
        Numeric("dep_delay"),
        Numeric("distance"),
        Numeric("sched_arr_minute"),
        Numeric("built", missing_indicator=True),
        Numeric("seats", missing_indicator=True),
        Numeric("temp"),
        Numeric("dewp"),
        Numeric("humid"),
        Numeric("wind_dir"),
        Numeric("wind_speed"),
        Numeric("wind_gust", missing_indicator=True),
        Numeric("precip"),
        Numeric("pressure", missing_indicator=True),
        Numeric("visib"),
        Categorical("carrier", max_tokens=20),
        Categorical("origin", max_tokens=3),
        Categorical("dest", max_tokens=110),
        Hashed("tailnum", hash_buckets=2000),
    ],
)
