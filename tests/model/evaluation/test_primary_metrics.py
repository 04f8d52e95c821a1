"""Accumulators filled from arrays against those that TFMA fills row by row."""

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow_model_analysis as tfma
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tensorflow_model_analysis.metrics import cross_entropy_metrics, metric_types
from tensorflow_model_analysis.proto import config_pb2

from model import Amount, OneOf, YesNo
from model.evaluation.analysis import computations_of
from model.evaluation.metrics import eval_config
from model.evaluation.primary_metrics import Predictions, compute, not_on_arrays


def computations(label) -> list:
    config = eval_config(label, [])
    return computations_of(tfma.utils.update_eval_config_with_defaults(config, has_baseline=True))


def primary(label) -> list:
    return [
        one
        for one in computations(label)
        if isinstance(one, metric_types.MetricComputation) and one.keys[0].model_name == "candidate"
    ]


BINARY = cross_entropy_metrics._BinaryCrossEntropyCombiner
LABELS = (YesNo("y"), OneOf("y"), Amount("y"))


def by_tfma(computation, rows: Predictions):
    """What TFMA's combiner finds, a row at a time."""
    combiner = computation.combiner
    accumulator = combiner.create_accumulator()
    for place, (score, weight) in enumerate(zip(rows.scores, rows.weights, strict=True)):
        label = rows.labels[place : place + 1]
        if rows.scores.ndim == 2:
            label = np.eye(rows.scores.shape[1])[label[0]]
        row = metric_types.StandardMetricInputs(
            labels={"candidate": label},
            predictions={"candidate": np.atleast_1d(score)},
            example_weights={"candidate": np.array([weight])},
        )
        accumulator = combiner.add_input(accumulator, row)
    return combiner.extract_output(accumulator)


def leaves(value):
    if isinstance(value, dict):
        return [leaf for key in sorted(value, key=str) for leaf in leaves(value[key])]
    if isinstance(value, list | tuple):
        return [leaf for one in value for leaf in leaves(one)]
    if hasattr(value, "__dataclass_fields__"):
        return leaves({name: getattr(value, name) for name in value.__dataclass_fields__})
    return [float(value)]


WEIGHTS = st.sampled_from([1.0, 0.0, 0.5, 3.0])
SHARES = st.one_of(
    st.floats(0, 1, width=32), st.sampled_from([0.0, 0.5, 1.0, float(np.float32(0.1))])
)


def assert_equal_to_tfma(computation, rows: Predictions) -> None:
    expected, received = by_tfma(computation, rows), compute(computation, rows)
    assert received.keys() == expected.keys()
    np.testing.assert_allclose(leaves(received), leaves(expected), rtol=1e-6, atol=1e-12)


def ids(computation) -> str:
    return type(computation.combiner).__name__


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("computation", primary(YesNo("y")), ids=ids)
@settings(max_examples=60)
@given(rows=st.lists(st.tuples(st.integers(0, 1), SHARES, WEIGHTS), min_size=1, max_size=20))
def test_equal_to_tfma_for_a_yes_or_no(computation, rows):
    labels, scores, weights = zip(*rows, strict=True)
    # TFMA gives no loss for a row without weight whose score is 0 or 1: infinity times 0.
    assume(not (isinstance(computation.combiner, BINARY) and 0.0 in weights))
    assert_equal_to_tfma(
        computation,
        Predictions(np.array(labels), np.array(scores, np.float32), np.array(weights, np.float32)),
    )


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("computation", primary(OneOf("y")), ids=ids)
@settings(max_examples=60)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 2), st.tuples(*[st.floats(2**-10, 1, width=32)] * 3), WEIGHTS),
        min_size=1,
        max_size=20,
    )
)
def test_equal_to_tfma_for_classes(computation, rows):
    labels, scores, weights = zip(*rows, strict=True)
    shares = np.array(scores, np.float32)
    shares /= shares.sum(axis=1, keepdims=True)
    rows = Predictions(np.array(labels), shares, np.array(weights, np.float32))
    assert_equal_to_tfma(computation, rows)


@pytest.mark.parametrize("computation", primary(Amount("y")), ids=ids)
@settings(max_examples=60)
@given(
    rows=st.lists(
        st.tuples(st.floats(-1e3, 1e3, width=32), st.floats(-1e3, 1e3, width=32), WEIGHTS),
        min_size=1,
        max_size=20,
    )
)
def test_equal_to_tfma_for_a_number(computation, rows):
    columns = (np.array(one, np.float32) for one in zip(*rows, strict=True))
    assert_equal_to_tfma(computation, Predictions(*columns))


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.KIND)
def test_all_that_a_label_is_measured_by_is_known(label):
    assert {not_on_arrays(one) for one in computations(label)} == {""}
    assert len(primary(label)) == 3


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ({"class_name": "MeanAbsolutePercentageError"}, "the metric"),
        ({"class_name": "SquaredPearsonCorrelation"}, "the metric"),
        (
            {"class_name": "CategoricalCrossEntropy", "config": '{"label_smoothing": 0.1}'},
            "the options of",
        ),
    ],
)
def test_what_is_not_known_is_named(metric, reason):
    config = config_pb2.EvalConfig(
        model_specs=[config_pb2.ModelSpec(label_key="y")],
        metrics_specs=[config_pb2.MetricsSpec(metrics=[config_pb2.MetricConfig(**metric)])],
    )
    reasons = [not_on_arrays(one) for one in computations_of(config)]
    assert any(one.startswith(reason) for one in reasons)
