"""Accumulators filled from arrays against those that TFMA fills row by row."""

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow_model_analysis as tfma
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2

from model.evaluation.analysis import computations_of
from model.evaluation.metrics import eval_config
from model.evaluation.primary_metrics import Predictions, compute, not_on_arrays

COMPUTATIONS = computations_of(
    tfma.utils.update_eval_config_with_defaults(eval_config("big_tip", []), has_baseline=True)
)
PRIMARY = [
    one
    for one in COMPUTATIONS
    if isinstance(one, metric_types.MetricComputation) and one.keys[0].model_name == "candidate"
]


def by_tfma(computation, rows: Predictions):
    """What TFMA's combiner finds, a row at a time."""
    combiner = computation.combiner
    accumulator = combiner.create_accumulator()
    for label, score in zip(rows.labels, rows.scores, strict=True):
        row = metric_types.StandardMetricInputs(
            labels={"candidate": np.array([label])},
            predictions={"candidate": np.array([score])},
        )
        accumulator = combiner.add_input(accumulator, row)
    return combiner.extract_output(accumulator)


def leaves(value):
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key])]
    if isinstance(value, list | tuple):
        return [leaf for one in value for leaf in leaves(one)]
    if hasattr(value, "__dataclass_fields__"):
        return leaves({name: getattr(value, name) for name in value.__dataclass_fields__})
    return [float(value)]


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("computation", PRIMARY, ids=lambda one: type(one.combiner).__name__)
@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 1),
            st.one_of(
                st.floats(0, 1, width=32), st.sampled_from([0.0, 0.5, 1.0, float(np.float32(0.1))])
            ),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_equal_to_tfma_for_any_rows(computation, rows):
    labels, scores = zip(*rows, strict=True)
    predictions = Predictions(np.array(labels), np.array(scores, np.float32))
    expected, received = by_tfma(computation, predictions), compute(computation, predictions)
    assert received.keys() == expected.keys()
    np.testing.assert_allclose(leaves(received), leaves(expected), rtol=1e-6, atol=1e-12)


def test_there_are_three_primary_computations():
    assert len(PRIMARY) == 3
    assert {not_on_arrays(one) for one in COMPUTATIONS} == {""}


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ({"class_name": "MeanAbsoluteError"}, "the metric"),
        ({"class_name": "ExampleCount"}, "the metric"),
    ],
)
def test_what_is_not_known_is_named(metric, reason):
    config = config_pb2.EvalConfig(
        model_specs=[config_pb2.ModelSpec(label_key="y")],
        metrics_specs=[config_pb2.MetricsSpec(metrics=[config_pb2.MetricConfig(**metric)])],
    )
    reasons = [not_on_arrays(one) for one in computations_of(config)]
    assert any(one.startswith(reason) for one in reasons)
