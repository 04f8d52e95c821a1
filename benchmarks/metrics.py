"""The metrics that every benchmark reports, computed in one way."""

import dataclasses

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

METRICS = ("auc", "accuracy", "log_loss", "ece")
ECE_BINS = 15


@dataclasses.dataclass(frozen=True)
class Measured:
    """How well a model predicts.

    Attributes:
        metrics: by name, the first of them the one that models are compared by.
        standard_error: of that one, as so many rows tell it.
    """

    metrics: dict[str, float]
    standard_error: float


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


def measure_yes_or_no(labels: np.ndarray, probabilities: np.ndarray) -> Measured:
    """Measures as `measure` does; the standard error is that of the AUC.

    Its source: Hanley and McNeil, "The Meaning and Use of the Area under a Receiver Operating
    Characteristic (ROC) Curve" (1982).
    """
    metrics = measure(labels, probabilities)
    auc = metrics["auc"]
    positives = np.count_nonzero(labels)
    negatives = len(labels) - positives
    above, below = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (positives - 1) * (above - auc**2)
    variance += (negatives - 1) * (below - auc**2)
    return Measured(metrics, float(np.sqrt(variance / (positives * negatives))))


def measure_classes(labels: np.ndarray, classes: np.ndarray, probabilities: np.ndarray) -> Measured:
    """Measures predictions of one of several classes.

    Args:
        labels: of shape [rows].
        classes: in the order of the probabilities.
        probabilities: of shape [rows, classes].

    Returns:
        `accuracy` and `log_loss`.
    """
    accuracy = float(accuracy_score(labels, classes[probabilities.argmax(axis=1)]))
    metrics = {
        "accuracy": accuracy,
        "log_loss": float(log_loss(labels, probabilities, labels=classes)),
    }
    return Measured(metrics, float(np.sqrt(accuracy * (1 - accuracy) / len(labels))))


def measure_amounts(labels: np.ndarray, predictions: np.ndarray) -> Measured:
    """Measures predictions of a number, both of shape [rows].

    Returns:
        `rmse` and `mae`, in the number's units.
    """
    squares = (predictions - labels) ** 2
    rmse = float(np.sqrt(squares.mean()))
    # By the delta method, of the root of a mean.
    error = float(squares.std(ddof=1) / np.sqrt(len(squares)) / (2 * rmse))
    return Measured({"rmse": rmse, "mae": float(np.abs(predictions - labels).mean())}, error)


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
