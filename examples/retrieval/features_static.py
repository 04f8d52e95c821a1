"""Which service does a text of the reference describe? The text is the mean of its tokens."""

from model import Embedding, FeatureSet, OneOf, PretrainedText

FEATURES = FeatureSet(
    label=OneOf("service", top_k=3),
    features=[PretrainedText("text", folder="encoders/static")],
    embedding=Embedding("text"),
)
