"""Which service does a text of the reference describe? The text is a bag of its words."""

from model import Embedding, FeatureSet, OneOf, Text

FEATURES = FeatureSet(
    label=OneOf("service", top_k=3),
    features=[Text("text", ngrams=2, max_tokens=40_000)],
    embedding=Embedding("text"),
)
