"""How late does a flight arrive? Asked when it has left the gate."""

from model import Amount, Categorical, DateTime, FeatureSet, Hashed, Numeric

FEATURES = FeatureSet(
    label=Amount("arr_delay"),
    features=[
        Numeric("dep_delay"),
        DateTime("scheduled", time_zone="America/New_York"),
        Numeric("sched_arr_minute"),
        Numeric("distance"),
        Categorical("carrier", max_tokens=20),
        Categorical("origin", max_tokens=3),
        Categorical("dest", max_tokens=110),
        Hashed("tailnum", hash_buckets=2000),
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
    ],
)
