"""TrivialBaselines or Parity, in one of two ways, once in a process of its own.

Usage::

    python -m benchmarks.evaluation_probe baselines|parity ours|plain FOLDER

The plain way holds the whole table as a pandas data frame and leaves the rest to pandas and
scikit-learn. Both ways read files with the same functions. The clock covers the reading and the
work, not the imports nor the loading of the model. The last line of stdout is
`{"seconds": s, "peak_mib": m}`; the peak is that of this process, `base_mib` that before the clock.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.metrics import accuracy_score, roc_auc_score

from benchmarks.evaluation_data import feature_list
from model.evaluation.baselines import BaselineScore, labels_of, score_baselines
from model.evaluation.one_column_rule import MAX_VALUES, QUANTILE_BUCKETS
from model.evaluation.parity import Comparison, check_parity, compare_model
from model.feature_engineering.feature_set import ROW_KEY
from model.feature_engineering.raw_rows import (
    RawColumns,
    as_floats,
    join_rows,
    read_columns,
    read_rows,
)
from model.feature_engineering.row_keys import fingerprint
from model.feature_engineering.transform_graph import TransformGraph
from model.serving.saved_model import SavedModel

FEATURES, COLUMNS = feature_list()
_COMPARED = 500
Work = Callable[[], Any]


def our_baselines(folder: Path) -> Work:
    """Returns the work of TrivialBaselines, which returns scores."""
    needed = [COLUMNS[name] for name in FEATURES.columns_needed]

    def work() -> list[BaselineScore]:
        train, evaluation = (
            read_columns(str(folder / split), needed) for split in ("Split-train", "Split-eval")
        )
        return list(score_baselines(FEATURES, COLUMNS, train, evaluation).scores)

    return work


def plain_baselines(folder: Path) -> Work:
    """Returns the same scores' computation by groups of a data frame."""
    needed = [COLUMNS[name] for name in FEATURES.columns_needed]

    def frame(batch: RawColumns) -> pd.DataFrame:
        values = {
            name: values if COLUMNS[name].type == "BYTES" else as_floats(values, COLUMNS[name])
            for name, values in batch.items()
        }
        return pd.DataFrame(values).assign(yes=labels_of(FEATURES, COLUMNS, batch)[0])

    def read(split: str) -> pd.DataFrame:
        return pd.concat(map(frame, read_columns(str(folder / split), needed)))

    def score(name: str, train: pd.DataFrame, evaluation: pd.DataFrame) -> BaselineScore:
        seen, new = train[name], evaluation[name]
        if COLUMNS[name].type != "BYTES" and seen.nunique(dropna=False) > MAX_VALUES:
            steps = np.linspace(0, 1, QUANTILE_BUCKETS + 1)[1:-1]
            cuts = [-np.inf, *seen.quantile(steps).unique(), np.inf]
            seen, new = (pd.cut(values, cuts, labels=False, right=False) for values in (seen, new))
        rates = train["yes"].groupby(seen, dropna=False).mean()
        predicted = new.map(rates).fillna(train["yes"].mean())
        truth = evaluation["yes"]
        accuracy = accuracy_score(truth, predicted > 0.5)
        auc = roc_auc_score(truth, predicted)
        return BaselineScore(f"{name} alone", {"accuracy": accuracy, "auc": auc})

    def work() -> list[BaselineScore]:
        train, evaluation = read("Split-train"), read("Split-eval")
        majority = (evaluation["yes"] == (train["yes"].mean() > 0.5)).mean()
        first = BaselineScore("majority class", {"accuracy": majority, "auc": 0.5})
        return [first, *(score(name, train, evaluation) for name in FEATURES.sources)]

    return work


def our_parity(folder: Path) -> Work:
    """Returns the work of Parity, which returns its report."""
    model = SavedModel(str(folder / "model"))
    graph = TransformGraph(str(folder / "graph"), COLUMNS)
    sources = [COLUMNS[name] for name in FEATURES.sources]
    return lambda: check_parity(
        model,
        graph,
        FEATURES,
        COLUMNS,
        read_rows(str(folder / "Split-eval"), sources),
        str(folder / "transformed"),
        _COMPARED,
        seed=0,
    )


def plain_parity(folder: Path) -> Work:
    """Returns the comparison of as many rows, joined by their key in data frames."""
    model = SavedModel(str(folder / "model"))
    sources = [COLUMNS[name] for name in FEATURES.sources]
    spec = {one.name: tf.io.FixedLenFeature([], one.dtype) for one in FEATURES.outputs}
    spec[ROW_KEY] = tf.io.FixedLenFeature([], tf.int64)

    def work() -> list[Comparison]:
        raw = join_rows(list(read_rows(str(folder / "Split-eval"), sources)))
        files = sorted(str(file) for file in (folder / "transformed").iterdir())
        records = tf.data.TFRecordDataset(files, "GZIP").batch(10_000)
        parsed = records.map(lambda batch: tf.io.parse_example(batch, spec))
        written = pd.concat([pd.DataFrame(batch) for batch in parsed.as_numpy_iterator()])
        keys = fingerprint(
            {name: tf.constant(raw.columns[name]) for name in FEATURES.sources}, FEATURES.sources
        )
        table = pd.DataFrame({ROW_KEY: keys.numpy(), "place": range(len(raw))})
        joined = table.merge(written.drop_duplicates(ROW_KEY), on=ROW_KEY)
        chosen = joined.sample(_COMPARED, random_state=0)
        expected = {one.name: chosen[one.name].to_numpy() for one in FEATURES.outputs}
        return compare_model(model, FEATURES, raw.take(chosen["place"]), expected, "pandas")

    return work


PROBES: dict[str, dict[str, Callable[[Path], Work]]] = {
    "baselines": {"ours": our_baselines, "plain": plain_baselines},
    "parity": {"ours": our_parity, "plain": plain_parity},
}


def main() -> None:
    """Runs what the arguments say and prints the numbers."""
    step, way, folder = sys.argv[1:]
    work = PROBES[step][way](Path(folder))
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    scores = (
        [[one.rule, one.metrics["accuracy"], one.metrics["auc"]] for one in found]
        if step == "baselines"
        else []
    )
    print(json.dumps({"seconds": seconds, "base_mib": base, "peak_mib": peak, "scores": scores}))


if __name__ == "__main__":
    main()
