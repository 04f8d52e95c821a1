"""Where does a sentence come from: a tweet, a movie or product review, or an editorial?"""

from model import Embedding, FeatureSet, Numeric, OneOf, Text

FEATURES = FeatureSet(
    label=OneOf("source"),
    features=[
        Text("sentence", ngrams=2, max_tokens=20_000),
        Text("sentence", name="signs", lower=False, punctuation=True, max_tokens=20_000),
        Numeric(
            "length",
            value=lambda row: row["sentence"].length(),
            uses=("sentence",),
            scaling="log",
        ),
    ],
    embedding=Embedding("sentence"),
)
