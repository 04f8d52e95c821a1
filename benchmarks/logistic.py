"""TF-IDF and logistic regression: what scikit-learn would have one do with texts."""

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.metrics import Measured, measure_classes, measure_yes_or_no

TEXT = "sentence"


def learn_sources(train: pd.DataFrame, evaluation: pd.DataFrame, seed: int) -> Measured:
    """Tells where a sentence comes from."""
    del seed
    labels = train["source"].to_numpy()
    classes, probabilities = _learn(train, labels, evaluation)
    return measure_classes(evaluation["source"].to_numpy(), classes, probabilities)


def learn_sentiment(train: pd.DataFrame, evaluation: pd.DataFrame, seed: int) -> Measured:
    """Tells whether a sentence says something good."""
    del seed
    _, probabilities = _learn(train, (train["grade"] > 0).to_numpy(), evaluation)
    return measure_yes_or_no((evaluation["grade"] > 0).to_numpy(), probabilities[:, 1])


def _learn(
    train: pd.DataFrame, labels: np.ndarray, evaluation: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the classes, and the probability of each of them for each eval row."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(max_iter=1000)
    )
    model.fit(train[TEXT].fillna(""), labels)
    return model.classes_, model.predict_proba(evaluation[TEXT].fillna(""))
