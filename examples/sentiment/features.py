"""Does a sentence say something good? Twenty people graded it; their mean is the grade."""

from model import Categorical, FeatureSet, Numeric, Text, YesNo

FEATURES = FeatureSet(
    label=YesNo("positive", lambda row: row["grade"] > 0, uses=("grade",)),
    features=[
        Text("sentence", ngrams=2, max_tokens=60_000),
        Text("sentence", name="characters", split="characters", ngrams=4, max_tokens=20_000),
        Numeric(
            "length",
            value=lambda row: row["sentence"].length(),
            uses=("sentence",),
            scaling="log",
        ),
        Categorical("source", max_tokens=4),
    ],
)
