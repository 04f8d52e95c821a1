"""What a model learns to predict."""

from model.feature_engineering.labels.label import Label

__all__ = ["Label"]
