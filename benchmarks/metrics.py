"""The metrics that every benchmark reports, computed in one way."""

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

METRICS = ("auc", "accuracy", "log_loss", "ece")
ECE_BINS = 15


def measure(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Measures predictions of a binary label.

    Args:
        labels: 0 or 1, of shape [rows].
        probabilities: predicted probability of label 1, of shape [rows].

    Returns:
        `auc` (area under the ROC curve), `accuracy` (share of rows right at threshold 0.5),
        `log_loss` (nats a row) and `ece` (see `calibration_error`).
    """
    return {
        "auc": float(roc_auc_score(labels, probabilities)),
        "accuracy": float(accuracy_score(labels, probabilities > 0.5)),
        "log_loss": float(log_loss(labels, np.asarray(probabilities, np.float64))),
        "ece": calibration_error(labels, probabilities),
    }


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = ECE_BINS) -> float:
    """Computes the expected calibration error (Naeini et al., 2015) over equal-width bins.

    Args:
        labels: 0 or 1, of shape [rows].
        probabilities: predicted probability of label 1, of shape [rows].
        bins: number of bins between 0 and 1.

    Returns:
        The mean distance, over rows, between their bin's mean prediction and its mean label.
    """
    positions = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = np.bincount(positions, weights=probabilities - labels, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))
