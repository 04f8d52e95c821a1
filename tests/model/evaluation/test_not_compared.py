"""A last blessed model that was asked something else ends in a sentence, not in a crash."""

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from evaluations import config_of, run
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs

from model.evaluation.evaluator import Executor
from model.evaluation.metrics import BASELINE, CANDIDATE, read_metrics, read_not_compared
from model.serving.export import ServingModel


class Before(ServingModel):
    """A model of a version that did not say what is measured."""

    def _transform_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = super()._transform_examples(examples)
        del outputs["measured_label"]
        return outputs


class OtherLabel(ServingModel):
    """A model whose label is the opposite."""

    def _transform_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = super()._transform_examples(examples)
        return {**outputs, "measured_label": 1 - outputs["measured_label"]}


class OtherType(ServingModel):
    """A model that reads a column as text which is a number now."""

    def _transform_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        text = tf.io.parse_example(examples, {"fare": tf.io.VarLenFeature(tf.string)})
        outputs = super()._transform_examples(examples)
        words = tf.size(text["fare"].values, tf.int64)
        return {**outputs, "measured_label": outputs["measured_label"] + tf.minimum(words, 0)}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Before, "it is a model whose 'transform_features' gives no 'measured_label'"),
        (OtherLabel, "its label, or what rows count, is another one in 29 of 34 rows"),
        (OtherType, "it reads columns as another type than they have now"),
    ],
)
def test_the_candidate_is_evaluated_alone(
    small_world: Any,
    small_network: Any,
    artifacts: dict[str, list[Any]],
    tmp_path: Path,
    kind: type[ServingModel],
    reason: str,
) -> None:
    world = small_world
    head = world.features.label.head([], (), world.columns)
    module = kind(small_network, head, world.features, world.columns, world.graph)
    folder = tmp_path / "before" / "Format-Serving"
    tf.saved_model.save(module, str(folder), signatures=module.signatures())
    before = standard_artifacts.Model()
    before.uri = str(folder.parent)
    uri = run(Executor, {**artifacts, specs.BASELINE_MODEL_KEY: [before]}, tmp_path, config_of())
    assert read_not_compared(uri) == reason
    assert read_metrics(uri, CANDIDATE)[0].metrics["rows"] == 29
    assert read_metrics(uri, BASELINE) == []


def test_one_that_can_be_compared_is(artifacts: dict[str, list[Any]], tmp_path: Path) -> None:
    uri = run(Executor, artifacts, tmp_path, config_of())
    assert read_not_compared(uri) == ""
    assert read_metrics(uri, BASELINE)[0].metrics["rows"] == 29
