"""Model analysis in process: predictions in big batches, then metrics on arrays."""

import itertools
import numbers
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_model_analysis import types as tfma_types
from tensorflow_model_analysis.metrics import metric_specs, metric_types

from model.evaluation.answers import Write, row_keys
from model.evaluation.metrics import CANDIDATE
from model.evaluation.primary_metrics import Predictions, compute
from model.evaluation.slices import SliceKey, Slices
from model.feature_engineering.columns import Column
from model.feature_engineering.labels import Answers
from model.feature_engineering.raw_rows import read_batches
from zeroskew.errors import DataError

Metrics = dict[Any, Any]
"""By TFMA's key, a metric or a plot."""


class NotComparableError(Exception):
    """The baseline model cannot be held against the candidate; the message says why."""


class Evaluated:
    """A model to evaluate.

    Args:
        spec: its `ModelSpec`.
        folder: its SavedModel.
    """

    def __init__(self, spec: Any, folder: str) -> None:
        self.name = spec.name
        self._is_baseline = spec.is_baseline
        self._loaded = tf.saved_model.load(folder)
        (preprocessing,) = spec.preprocessing_function_names
        self._read = [
            (preprocessing, spec.label_key),
            (spec.signature_name, spec.prediction_key),
            *([(preprocessing, spec.example_weight_key)] if spec.example_weight_key else []),
        ]

        # One function, in which TensorFlow finds what both signatures do alike, and does it once.
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
        def evaluate(examples: Any) -> tuple[Any, ...]:
            signatures = self._loaded.signatures
            return tuple(signatures[name](examples=examples)[output] for name, output in self._read)

        self._evaluate = evaluate

    def unusual(self) -> str:
        """Names what `predict` does not cover; empty if there is no such thing."""
        ranks = []
        for name, output in self._read:
            signature = self._loaded.signatures.get(name)
            if signature is None or list(signature.structured_input_signature[1]) != ["examples"]:
                return f"a model without a signature {name!r} of tf.Examples"
            found = signature.structured_outputs.get(output)
            if found is None:
                return f"a model whose {name!r} gives no {output!r}"
            ranks.append(found.shape.rank)
        # A score for each class, with a 1 for the class itself; or one of both.
        label, score, *weight = ranks
        if label != score or label not in (1, 2) or weight not in ([], [1]):
            return "labels, predictions or weights of another shape"
        return ""

    def predict(self, examples: Any) -> Predictions:
        """Predicts rows, and computes their labels, from serialized tf.Examples.

        Raises:
            NotComparableError: this is the baseline, and it reads columns as another type.
        """
        try:
            found = self._evaluate(examples)
        except tf.errors.InvalidArgumentError as error:
            if self._is_baseline:
                raise NotComparableError(
                    "it reads columns as another type than they have now"
                ) from error
            raise
        labels, scores, *weights = (one.numpy() for one in found)
        (weight,) = weights or [np.ones(len(labels), np.float32)]
        if labels.ndim == 2:
            # A row with another class than the model knows has no 1, and counts nothing.
            weight = weight * labels.any(axis=1)
            labels = labels.argmax(axis=1)
        return Predictions(labels, scores, weight)


def predict_all(
    models: Sequence[Evaluated],
    folders: Iterable[str],
    columns: Sequence[Column],
    slices: Sequence[Slices],
    write: Write,
) -> dict[str, Predictions]:
    """Predicts all rows with each model, and adds them to the slices.

    What is kept of a row are label, scores and weight for each model.

    Args:
        models: with different names.
        folders: of gzipped TFRecords of raw tf.Examples.
        columns: what is sliced by.
        slices: get the rows.
        write: keeps the answers.

    Returns:
        The predictions by the model's name.

    Raises:
        DataError: there is no row.
    """
    spec = {column.name: tf.io.RaggedFeature(column.dtype) for column in columns}

    def decode(serialized: Any) -> tuple[Any, dict[str, Any]]:
        ragged = tf.io.parse_example(serialized, spec) if spec else {}
        return serialized, {name: (one.values, one.row_lengths()) for name, one in ragged.items()}

    parts: dict[str, list[Predictions]] = {model.name: [] for model in models}
    rows = 0
    for folder in folders:
        for examples, columns_read in read_batches(folder, decode):
            values = {name: _by_row(*parts) for name, parts in columns_read.items()}
            for one in slices:
                one.add(len(examples), values)
            found = {model.name: model.predict(tf.constant(examples)) for model in models}
            for name, predictions in found.items():
                parts[name].append(predictions)
            answers = {name or CANDIDATE: as_answers(one) for name, one in found.items()}
            write(row_keys(examples), answers)
            rows += len(examples)
    if not rows:
        raise DataError("a split to evaluate with has rows", received="none")
    return {name: _join(found) for name, found in parts.items()}


def as_answers(predictions: Predictions) -> Answers:
    """Returns what metrics need to know of predictions; of all classes only the row's own."""
    labels, scores, weights = predictions.labels, predictions.scores, predictions.weights
    if scores.ndim == 1:
        return Answers(labels, weights, scores)
    own = np.take_along_axis(scores, labels[:, np.newaxis], axis=1)[:, 0] / scores.sum(axis=1)
    return Answers(labels, weights, own, scores.argmax(axis=1) == labels)


def _by_row(values: np.ndarray, lengths: np.ndarray) -> list[tuple[Any, ...]]:
    flat = values.tolist()
    if lengths.max(initial=0) > 1:
        ends = np.cumsum(lengths).tolist()
        return [tuple(flat[start:end]) for start, end in itertools.pairwise([0, *ends])]
    rows: list[tuple[Any, ...]] = [()] * len(lengths)
    for row, value in zip(np.flatnonzero(lengths).tolist(), flat, strict=True):
        rows[row] = (value,)
    return rows


def _join(parts: Sequence[Predictions]) -> Predictions:
    return Predictions(
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def require_equal_labels(candidate: Predictions, baseline: Predictions) -> None:
    """Checks that both models were asked the same of each row.

    Raises:
        NotComparableError: their labels, or what the rows count, differ.
    """
    known = candidate.weights > 0
    same = candidate.weights == baseline.weights
    same &= ~known | (candidate.labels == baseline.labels)
    if not same.all():
        differ = f"{np.count_nonzero(~same):,} of {len(same):,} rows"
        raise NotComparableError(f"its label, or what rows count, is another one in {differ}")


def computations_of(eval_config: Any) -> list[Any]:
    """Returns what TFMA would compute, each thing once, in its order."""
    wanted = metric_specs.to_computations(list(eval_config.metrics_specs), eval_config=eval_config)
    return list(dict.fromkeys(wanted))


def analyse(
    eval_config: Any,
    predictions: Mapping[str, Predictions],
    slices: Iterable[tuple[SliceKey, np.ndarray]],
) -> Iterator[tuple[SliceKey, Metrics]]:
    """Yields the metrics and plots of each slice.

    Args:
        eval_config: of which `computations_of` are all known to `primary_metrics`.
        predictions: by the model's name.
        slices: each with the places of its rows.
    """
    computations = computations_of(eval_config)
    baselines = [spec.name for spec in eval_config.model_specs if spec.is_baseline]
    for key, places in slices:
        rows = {name: found.take(places) for name, found in predictions.items()}
        metrics = _measure(computations, rows)
        for baseline in baselines:
            metrics |= _differences(metrics, baseline)
        yield key, {name: value for name, value in metrics.items() if not _is_private(name)}


def _measure(computations: Sequence[Any], rows: Mapping[str, Predictions]) -> Metrics:
    metrics: Metrics = {}
    derived = []
    for computation in computations:
        if isinstance(computation, metric_types.DerivedMetricComputation):
            derived.append(computation)
        else:
            metrics |= compute(computation, rows[computation.keys[0].model_name])
    for computation in derived:
        metrics |= computation.result(metrics)
    return metrics


def _differences(metrics: Metrics, baseline: str) -> Metrics:
    """Returns each metric less that of the baseline, as TFMA does it."""
    found = {}
    for key, value in metrics.items():
        base = metrics.get(key.make_baseline_key(baseline))
        is_other = key.model_name != baseline and not key.is_diff and not _is_private(key)
        if is_other and base is not None and _is_number(value):
            found[key.make_diff_key()] = value - base
    return found


def _is_number(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return bool(np.issubdtype(value.dtype, np.number))
    return isinstance(value, numbers.Number | tfma_types.StructuredMetricValue)


def _is_private(key: Any) -> bool:
    return key.name.startswith("_") and not key.name.startswith("__")
