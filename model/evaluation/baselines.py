"""What can be reached without a model: one guess for all rows, and rules of one feature.

A model that does not beat them has learned nothing worth serving.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from model.evaluation.answers import Write, row_keys
from model.evaluation.label_counts import LabelCounts
from model.evaluation.one_column_rule import OneColumnRule, as_rule_values
from model.evaluation.sample import Sample, draw_rows
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.labels import METRICS, Answers, Metric
from model.feature_engineering.raw_rows import RawColumns, RawRows
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

MAX_HELD_VALUES = 10_000_000
"""Values of all columns together from which the rules are learned: some 100 MB."""


@dataclasses.dataclass(frozen=True)
class BaselineScore:
    """What one trivial rule reaches on the eval split.

    Attributes:
        rule: the rule in words, such as ``payment_type alone``.
        metrics: by name.
    """

    rule: str
    metrics: Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class Baselines:
    """What the trivial rules reach, and what they were learned from.

    Attributes:
        scores: the rule without a column first, then one rule for each raw column of the list.
        sample: the train rows that taught them.
        train: the labels of the train split.
        evaluation: the labels of the eval split.
        best: by metric, the column of the rule that is best by it, `""` for the one without.
        rules: the rules by column.
    """

    scores: Sequence[BaselineScore]
    sample: Sample[pa.Table]
    train: LabelCounts
    evaluation: LabelCounts
    best: Mapping[str, str]
    rules: Mapping[str, "OneColumnRule | _OneGuess"]


def score_baselines(
    features: FeatureSet,
    columns: Mapping[str, Column],
    train: Iterable[RawColumns],
    evaluation: Iterable[RawColumns],
    seed: int = 0,
    max_held_values: int = MAX_HELD_VALUES,
    max_missing: float = 0.0,
) -> Baselines:
    """Fits every trivial rule on the train split and scores it on the eval split.

    A one-feature rule predicts what the train rows with the same value teach; numbers of many
    values are cut into quantile buckets first. Rules are learned from a sample of the train rows
    and scored on all eval rows. Rows without a label are left out.

    Args:
        features: the feature list.
        columns: the schema's columns by name.
        train: the train split's batches.
        evaluation: the eval split's batches.
        seed: of the sample.
        max_held_values: size of the sample, in rows times columns.
        max_missing: share of a split's rows that may lack the label.

    Raises:
        DataError: a split has one label only, too many rows without one, or a negative weight.
    """
    label = features.label
    seen, counts = LabelCounts(label.name, "train"), LabelCounts(label.name, "eval")
    held = max(1, max_held_values // (len(features.sources) + 2))
    sample = draw_rows(_with_labels(features, columns, train, seen), held, seed, _join)
    seen.check(max_missing, needs_two=True)
    rules = _learn(sample.rows, features, columns)
    for batch in evaluation:
        labels, weights = labels_of(features, columns, batch)
        counts.add(labels, weights)
        known = weights > 0
        for name, rule in rules.items():
            values = as_rule_values(batch[name][known], columns[name]) if name else labels[known]
            rule.evaluate(values, labels[known], weights[known])
    counts.check(max_missing, needs_two=bool(counts.classes))
    scores = [
        BaselineScore(f"{name} alone" if name else label.TRIVIAL, rule.scores())
        for name, rule in rules.items()
    ]
    by_column = dict(zip(rules, scores, strict=True))
    chosen = {
        name: next(column for column, one in by_column.items() if one is found)
        for name in scores[0].metrics
        for found in [best(scores, METRICS[name])]
    }
    return Baselines(scores, sample, seen, counts, chosen, rules)


def write_rule_answers(
    found: Baselines,
    features: FeatureSet,
    columns: Mapping[str, Column],
    evaluation: Iterable[RawRows],
    write: Write,
) -> None:
    """Keeps what the best rule by each metric says of each eval row, by the metric's name.

    Args:
        found: the rules.
        features: the feature list.
        columns: the schema's columns by name.
        evaluation: the eval split's batches.
        write: takes the answers of a batch.
    """
    for rows in evaluation:
        labels, weights = labels_of(features, columns, rows.columns)
        answers: dict[str, Answers] = {}
        for metric, name in found.best.items():
            values = as_rule_values(rows.columns[name], columns[name]) if name else labels
            answers[metric] = found.rules[name].answers(metric, values, labels, weights)
        write(row_keys(rows.serialized), answers)


def labels_of(
    features: FeatureSet, columns: Mapping[str, Column], rows: RawColumns
) -> tuple[np.ndarray, np.ndarray]:
    """Computes the labels of raw rows, and what each row counts; arrays of shape [rows]."""
    row = {name: tf.constant(rows[name], columns[name].dtype) for name in features.label.sources}
    labels, weights = features.label.plain_labels(row)
    return labels.numpy(), weights.numpy()


def best(scores: Sequence[BaselineScore], metric: Metric) -> BaselineScore:
    """Returns the score that is best by a metric."""
    sign = -1 if metric.lower_is_better else 1
    return max(scores, key=lambda score: sign * score.metrics[metric.name])


def best_rules(
    scores: Sequence[BaselineScore], metrics: Iterable[Metric]
) -> Iterable[BaselineScore]:
    """Returns the scores that are best by a metric, those of them that rules have, each once."""
    compared = [metric for metric in metrics if metric.name in scores[0].metrics]
    return {rule.rule: rule for rule in (best(scores, one) for one in compared)}.values()


def _with_labels(
    features: FeatureSet,
    columns: Mapping[str, Column],
    batches: Iterable[RawColumns],
    counts: LabelCounts,
) -> Iterator[pa.Table]:
    """Yields the columns that features read, the label and its weight; counts the labels."""
    for batch in batches:
        labels, weights = labels_of(features, columns, batch)
        counts.add(labels, weights)
        known = weights > 0
        sources = _ruling(features, columns)
        arrays = [_to_arrow(batch[name][known], columns[name]) for name in sources]
        names = [*sources, features.label.name, "weight"]
        of_label = [pa.array(labels[known]), pa.array(weights[known])]
        yield pa.Table.from_arrays([*arrays, *of_label], names)


def _ruling(features: FeatureSet, columns: Mapping[str, Column]) -> list[str]:
    """Returns the columns that have a rule."""
    return [name for name in features.sources if columns[name].length in (1, None)]


def _to_arrow(values: np.ndarray, column: Column) -> pa.Array:
    words = column.type == "BYTES" or column.length is None
    # Arrow's words take a third of the memory that objects of Python do.
    return pa.array(as_rule_values(values, column), pa.large_binary() if words else None)


def _join(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).combine_chunks()


def _learn(
    sample: Any, features: FeatureSet, columns: Mapping[str, Column]
) -> dict[str, "OneColumnRule | _OneGuess"]:
    # By place, for the label may have the name of a column.
    *values, label, weight = (_one_chunk(column) for column in sample.columns)
    labels, weights = (one.to_numpy(zero_copy_only=False) for one in (label, weight))
    rules: dict[str, OneColumnRule | _OneGuess] = {"": _OneGuess(features, labels, weights)}
    for name, array in zip(_ruling(features, columns), values, strict=True):
        rules[name] = OneColumnRule(array, columns[name], features.label, labels, weights)
    return rules


class _OneGuess:
    """The rule without a column: all rows are one bucket."""

    def __init__(self, features: FeatureSet, labels: np.ndarray, weights: np.ndarray) -> None:
        bucket = np.zeros(len(labels), np.int64)
        self._tally = features.label.tally(bucket, 1, labels, weights)

    def evaluate(self, values: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> None:
        self._tally.evaluate(np.zeros(len(values), np.int64), labels, weights)

    def scores(self) -> dict[str, float]:
        return self._tally.scores()

    def answers(
        self, metric: str, values: np.ndarray, labels: np.ndarray, weights: np.ndarray
    ) -> Answers:
        return self._tally.answers(metric, np.zeros(len(values), np.int64), labels, weights)


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    (chunk,) = column.chunks
    return chunk
