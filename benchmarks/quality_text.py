"""The text use cases against TF-IDF and logistic regression, on the same rows, in one run.

Usage::

    python examples/sentiment/fetch.py
    python -m benchmarks.quality_text [--seeds 1 2 3]

The reference is what scikit-learn's documentation would have you do: TF-IDF of words and pairs of
words, logistic regression with its defaults. Nothing is asserted.
"""

import argparse
import dataclasses
import math
import statistics
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import make_pipeline

from benchmarks.boosting import read_splits
from benchmarks.ours import run_ours
from benchmarks.processes import REPOSITORY, machine_line

TEXT = "sentence"
CASES = {
    "sentiment": lambda rows: (rows["grade"] > 0).to_numpy(),
    "sources": lambda rows: rows["source"].to_numpy(),
}
METRICS = ("accuracy", "log_loss")


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Both models on the same eval rows.

    Attributes:
        rows: of the eval split.
        ours: metrics of this pipeline's model.
        reference: metrics of logistic regression.
    """

    rows: int
    ours: dict[str, float]
    reference: dict[str, float]

    @property
    def standard_error(self) -> float:
        """Of an accuracy measured on so many rows."""
        share = self.reference["accuracy"]
        return math.sqrt(share * (1 - share) / self.rows)


def compare(case: str, seed: int, folder: Path) -> Comparison:
    """Runs the use case, then trains the reference on the rows that it read.

    Args:
        case: a key of `CASES`.
        seed: of the pipeline; the reference has none.
        folder: an empty folder.

    Raises:
        StepError: the pipeline failed, or did not say where its examples lie.
    """
    config = REPOSITORY / "examples" / case / "settings.yaml"
    result = run_ours(folder, ["--config", str(config), "--seed", str(seed)])
    train, evaluation = read_splits(result)
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(max_iter=1000)
    )
    model.fit(train[TEXT].fillna(""), CASES[case](train))
    labels = CASES[case](evaluation)
    probabilities = model.predict_proba(evaluation[TEXT].fillna(""))
    guesses = model.classes_[np.argmax(probabilities, axis=1)]
    reference = {
        "accuracy": float(accuracy_score(labels, guesses)),
        "log_loss": float(log_loss(labels, probabilities, labels=model.classes_)),
    }
    ours = {name: result.metrics[name] for name in METRICS}
    return Comparison(len(evaluation), ours, reference)


def _table(case: str, comparisons: list[Comparison]) -> Table:
    rows, error = comparisons[0].rows, comparisons[0].standard_error
    result = Table(title=f"{case}\n{rows:,} eval rows, standard error of accuracy {error:.4f}")
    result.add_column("model")
    for metric in METRICS:
        result.add_column(metric, justify="right")
    for name in ("ours", "reference"):
        means = [
            statistics.mean(getattr(one, name)[metric] for one in comparisons) for metric in METRICS
        ]
        result.add_row(name, *(f"{mean:.4f}" for mean in means))
    return result


def main() -> None:
    """Measures, and prints a table for each use case: the means over the seeds."""
    parser = argparse.ArgumentParser(description="Measure the text use cases.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--case", choices=tuple(CASES), nargs="+", default=list(CASES))
    options = parser.parse_args()
    console = Console()
    console.print(machine_line())
    for case in options.case:
        comparisons = []
        for seed in options.seeds:
            with tempfile.TemporaryDirectory(prefix="quality-") as folder:
                comparisons.append(compare(case, seed, Path(folder)))
        console.print(_table(case, comparisons))


if __name__ == "__main__":
    main()
