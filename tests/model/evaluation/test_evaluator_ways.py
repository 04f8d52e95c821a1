"""When our Evaluator works in process, and when it leaves the work to TFX's own."""

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow_model_analysis as tfma
from evaluations import CONFIG, config_of, run
from tensorflow_model_analysis.proto import config_pb2
from tfx.components.evaluator import executor as stock
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.types.channel_utils import as_channel

from model import YesNo
from model.evaluation.evaluator import Evaluator, Executor
from model.evaluation.metrics import CANDIDATE, eval_config, read_metrics

MEAN_LABEL = config_pb2.MetricsSpec(metrics=[config_pb2.MetricConfig(class_name="MeanLabel")])
LOWER_BOUND = config_pb2.MetricConfig(
    class_name="BinaryAccuracy",
    threshold={"value_threshold": {"lower_bound": {"value": 0.5}}},
)
REASONS = {
    "no column": (
        config_of("nowhere"),
        "slices by what is no raw column: nowhere",
    ),
    "an unknown metric": (config_of(metrics_specs=[MEAN_LABEL]), "the metric '_weighted_labels"),
    "a threshold": (
        config_of(metrics_specs=[config_pb2.MetricsSpec(metrics=[LOWER_BOUND])]),
        "thresholds",
    ),
    "a query": (
        config_of(metrics_specs=[config_pb2.MetricsSpec(query_key="company")]),
        "a query",
    ),
    "cross slices": (
        config_of(cross_slicing_specs=[config_pb2.CrossSlicingSpec(baseline_spec={})]),
        "cross slices",
    ),
    "weights of several outputs": (
        config_of(model_specs=[config_pb2.ModelSpec(example_weight_keys={"a": "w"})]),
        "several outputs",
    ),
    "classes without their scores": (
        CONFIG.replace('"probability"', '"transposed"'),
        "a model whose 'serving_default' gives no 'transposed'",
    ),
    "an interval": (
        config_of(options=config_pb2.Options(compute_confidence_intervals={"value": True})),
        "confidence intervals or a least size of slices",
    ),
    "a type of model": (
        config_of(model_specs=[config_pb2.ModelSpec(model_type="tf_lite")]),
        "a model of type tf_lite",
    ),
    "no label": (
        CONFIG.replace("measured_label", "nothing"),
        "a model whose 'transform_features' gives no 'nothing'",
    ),
    "no signature": (
        CONFIG.replace("transform_features", "nowhere"),
        "a model without a signature 'nowhere' of tf.Examples",
    ),
    "a signature of columns": (
        CONFIG.replace("serving_default", "serving_columns"),
        "a model without a signature 'serving_columns' of tf.Examples",
    ),
}


@pytest.fixture
def stock_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Becomes longer when TFX's own executor would run."""
    ran: list[str] = []
    monkeypatch.setattr(stock.Executor, "Do", lambda *_: ran.append("stock"))
    return ran


def assert_left_to_stock(
    stock_runs: list[str], caplog: pytest.LogCaptureFixture, reason: str
) -> None:
    assert stock_runs == ["stock"]
    assert caplog.messages[-1].startswith(f"TFX's own Evaluator runs, because of {reason}")


@pytest.mark.parametrize(("config", "reason"), REASONS.values(), ids=REASONS)
def test_stock_runs_for_a_configuration_that_only_it_covers(
    artifacts: dict[str, list[Any]],
    tmp_path: Path,
    stock_runs: list[str],
    caplog: pytest.LogCaptureFixture,
    config: str,
    reason: str,
) -> None:
    with caplog.at_level("INFO", "zeroskew"):
        run(Executor, artifacts, tmp_path, config)
    assert_left_to_stock(stock_runs, caplog, reason)


@pytest.mark.parametrize(
    ("properties", "beam_args", "reason"),
    [
        ({}, ["--runner=FlinkRunner"], "a distributed runner"),
        ({specs.MODULE_FILE_KEY: "a.py"}, [], "module_file"),
    ],
)
def test_stock_runs_where_only_it_can(
    artifacts: dict[str, list[Any]],
    tmp_path: Path,
    stock_runs: list[str],
    caplog: pytest.LogCaptureFixture,
    properties: dict[str, Any],
    beam_args: list[str],
    reason: str,
) -> None:
    with caplog.at_level("INFO", "zeroskew"):
        run(Executor, artifacts, tmp_path, CONFIG, beam_args, **properties)
    assert_left_to_stock(stock_runs, caplog, reason)


def test_the_usual_case_does_without_stock(
    artifacts: dict[str, list[Any]], tmp_path: Path, stock_runs: list[str]
) -> None:
    (overall,) = read_metrics(run(Executor, artifacts, tmp_path, config_of()), CANDIDATE)
    assert stock_runs == []
    assert overall.slice == "all rows"
    assert overall.metrics["rows"] == 29


def test_stock_measures_an_unknown_metric(artifacts: dict[str, list[Any]], tmp_path: Path) -> None:
    uri = run(Executor, artifacts, tmp_path, config_of(metrics_specs=[MEAN_LABEL]))
    (result,) = (
        tfma.load_eval_result(uri, model_name=CANDIDATE).get_metrics_for_all_slices().values()
    )
    (overall,) = read_metrics(uri, CANDIDATE)
    assert result["mean_label"]["doubleValue"] == pytest.approx(overall.metrics["mean_label"])
    assert 0 < overall.metrics["mean_label"] < 1


def test_is_tfx_evaluator_with_another_executor() -> None:
    component = Evaluator(
        features="model.features",
        examples=as_channel([standard_artifacts.Examples()]),
        model=as_channel([standard_artifacts.Model()]),
        eval_config=eval_config(YesNo("big_tip"), []),
    )
    assert component.executor_spec.executor_class is Executor
    assert component.id == "Evaluator"
