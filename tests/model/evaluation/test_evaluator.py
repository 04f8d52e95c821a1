"""Our Evaluator against TFX's own, on the same rows and models."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
import tensorflow_model_analysis as tfma
from google.protobuf import json_format, text_format
from tensorflow_model_analysis.proto import config_pb2
from tfx.components.evaluator import executor as stock
from tfx.components.util import examples_utils
from tfx.proto import example_gen_pb2
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.types.artifact_utils import encode_split_names
from tfx.types.channel_utils import as_channel
from thirty_rows import schema

from model.evaluation.evaluator import Evaluator, Executor
from model.evaluation.metrics import BASELINE, CANDIDATE, eval_config, read_metrics
from model.serving.export import save_model
from model.settings import TrainerSettings
from model.training.network import build_network
from zeroskew.errors import DataError

TOLERANCE = 1e-6
"""Relative, or absolute where less than 1; TFMA adds up in another order."""


def odd_examples() -> list[bytes]:
    """Rows whose columns hold several values, the same one twice, or none."""
    texts = [
        'features { feature { key: "company" value { bytes_list { value: ["Blue", "Red"] } } } }',
        'features { feature { key: "company" value { bytes_list { value: ["Red", "Red"] } } }'
        ' feature { key: "month" value { int64_list { value: [3, 4] } } } }',
        'features { feature { key: "company" value { bytes_list {} } } }',
        "features {}",
    ]
    return [text_format.Parse(text, tf.train.Example()).SerializeToString() for text in texts]


@pytest.fixture(scope="module")
def artifacts(
    world: Any, model_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Any]]:
    folder = tmp_path_factory.mktemp("evaluated")
    split = folder / "examples" / "Split-eval"
    shutil.copytree(world.examples_dir, split)
    with tf.io.TFRecordWriter(str(split / "odd.gz"), "GZIP") as writer:
        for example in odd_examples():
            writer.write(example)
    for name in (CANDIDATE, BASELINE):
        (folder / name).mkdir()
    shutil.copytree(model_dir, folder / CANDIDATE / "Format-Serving")
    other = build_network(world.features, TrainerSettings(hidden_units=(3,)))
    target = str(folder / BASELINE / "Format-Serving")
    save_model(other, world.features, world.columns, world.graph, target=target)
    (folder / "schema").mkdir()
    (folder / "schema" / "schema.pbtxt").write_text(text_format.MessageToString(schema()))
    examples = standard_artifacts.Examples()
    examples.split_names = encode_split_names(["eval"])
    examples_utils.set_payload_format(examples, example_gen_pb2.FORMAT_TF_EXAMPLE)
    examples_utils.set_file_format(examples, "tfrecords_gzip")
    found = {
        specs.EXAMPLES_KEY: (examples, "examples"),
        specs.MODEL_KEY: (standard_artifacts.Model(), CANDIDATE),
        specs.BASELINE_MODEL_KEY: (standard_artifacts.Model(), BASELINE),
        specs.SCHEMA_KEY: (standard_artifacts.Schema(), "schema"),
    }
    for artifact, name in found.values():
        artifact.uri = str(folder / name)
    return {key: [artifact] for key, (artifact, _) in found.items()}


def config_of(*slices: str, **changes: Any) -> str:
    config = eval_config("big_tip", slices)
    config.MergeFrom(config_pb2.EvalConfig(**changes))
    return json_format.MessageToJson(config, preserving_proto_field_name=True)


def run(
    executor: Any,
    inputs: Mapping[str, Sequence[Any]],
    target: Path,
    config: str,
    beam_args: Sequence[str] = ("--runner=DirectRunner", "--direct_running_mode=in_memory"),
    **properties: Any,
) -> str:
    evaluation, blessing = standard_artifacts.ModelEvaluation(), standard_artifacts.ModelBlessing()
    evaluation.uri, blessing.uri = str(target / "evaluation"), str(target / "blessing")
    context = executor.Context(
        beam_pipeline_args=list(beam_args), tmp_dir=str(target / "tmp"), unique_id="1"
    )
    executor(context).Do(
        {key: list(value) for key, value in inputs.items()},
        {specs.EVALUATION_KEY: [evaluation], specs.BLESSING_KEY: [blessing]},
        {specs.EVAL_CONFIG_KEY: config, specs.EXAMPLE_SPLITS_KEY: "null", **properties},
    )
    return str(evaluation.uri)


BY_TWO = config_pb2.SlicingSpec(feature_keys=["company"], feature_values={"month": "3"})
CONFIG = config_of("company", "month", "fare", slicing_specs=[BY_TWO])


@pytest.fixture(scope="module", params=["alone", "with a baseline"])
def both(
    request: pytest.FixtureRequest,
    artifacts: dict[str, list[Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, str, list[str]]:
    """Both evaluations, and the names of their models."""
    inputs = dict(artifacts)
    if request.param == "alone":
        del inputs[specs.BASELINE_MODEL_KEY]
    folder = tmp_path_factory.mktemp("both")
    found = [
        run(executor, inputs, folder / name, CONFIG)
        for name, executor in (("stock", stock.Executor), ("ours", Executor))
    ]
    return found[0], found[1], [""] if request.param == "alone" else [CANDIDATE, BASELINE]


def flat(value: Any, place: str = "") -> dict[str, Any]:
    """All leaves of nested dictionaries and lists, by their path."""
    if isinstance(value, Mapping):
        return {k: v for key in value for k, v in flat(value[key], f"{place}/{key}").items()}
    if isinstance(value, list):
        return {
            k: v
            for number, one in enumerate(value)
            for k, v in flat(one, f"{place}/{number}").items()
        }
    return {place: value}


def assert_alike(expected: Any, received: Any) -> int:
    """Compares all leaves; returns how many there are."""
    one, other = flat(expected), flat(received)
    assert one.keys() == other.keys()
    for place, value in one.items():
        if isinstance(value, float):
            assert other[place] == pytest.approx(
                value, rel=TOLERANCE, abs=TOLERANCE, nan_ok=True
            ), place
        else:
            assert other[place] == value, place
    return len(one)


def test_metrics_and_plots_of_all_slices_are_those_of_stock(
    both: tuple[str, str, list[str]],
) -> None:
    stock_uri, our_uri, names = both
    for name in names:
        expected, received = (
            tfma.load_eval_result(uri, model_name=name) for uri in (stock_uri, our_uri)
        )
        metrics, ours = dict(expected.slicing_metrics), dict(received.slicing_metrics)
        assert ours.keys() == metrics.keys()
        assert len(metrics) > 40
        assert (("company", "Red"), ("month", 3)) in metrics
        assert sum(assert_alike(metrics[key], ours[key]) for key in metrics) >= 4 * len(metrics)
        plots, our_plots = dict(expected.plots), dict(received.plots)
        assert our_plots.keys() == plots.keys() == metrics.keys()
        assert sum(assert_alike(plots[key], our_plots[key]) for key in plots) > 100


def test_the_files_have_the_same_names(both: tuple[str, str, list[str]]) -> None:
    expected, received = (sorted(file.name for file in Path(uri).iterdir()) for uri in both[:2])
    assert received == expected


def test_differences_to_the_baseline_are_those_of_stock(both: tuple[str, str, list[str]]) -> None:
    stock_uri, our_uri, names = both

    def differences(uri: str) -> dict[Any, float]:
        return {
            (str(one.slice_key), metric.key.name): metric.value.double_value.value
            for one in tfma.load_metrics(uri, output_file_format="tfrecord")
            for metric in one.metric_keys_and_values
            if metric.key.is_diff
        }

    expected, received = differences(stock_uri), differences(our_uri)
    assert received.keys() == expected.keys()
    assert bool(expected) == (len(names) == 2)
    for key, value in expected.items():
        assert received[key] == pytest.approx(value, abs=1e-6), key


def test_the_validation_is_that_of_stock(both: tuple[str, str, list[str]]) -> None:
    expected, received = (tfma.load_validation_result(uri) for uri in both[:2])
    assert received == expected


def test_our_gate_reads_it(both: tuple[str, str, list[str]]) -> None:
    stock_uri, our_uri, names = both
    for model in (CANDIDATE, BASELINE):
        expected, received = (read_metrics(uri, model) for uri in (stock_uri, our_uri))
        assert [one.slice for one in received] == [one.slice for one in expected]
        assert bool(received) == (model == CANDIDATE or len(names) == 2)
        for one, other in zip(expected, received, strict=True):
            assert dict(other.metrics) == pytest.approx(dict(one.metrics), rel=1e-6, abs=1e-6)


def test_without_slices_all_rows_are_measured(
    artifacts: dict[str, list[Any]], tmp_path: Path
) -> None:
    (overall,) = read_metrics(run(Executor, artifacts, tmp_path, config_of()), CANDIDATE)
    assert overall.slice == "all rows"
    assert overall.metrics["rows"] == 34


class TestWhichWay:
    @pytest.mark.parametrize(
        ("config", "properties", "beam_args", "reason"),
        [
            (CONFIG, {}, ["--runner=FlinkRunner"], "a distributed runner"),
            (CONFIG, {specs.MODULE_FILE_KEY: "a.py"}, [], "module_file"),
            (config_of("nowhere"), {}, [], "slices by what is no raw column: nowhere"),
            (
                config_of(
                    metrics_specs=[
                        config_pb2.MetricsSpec(
                            metrics=[config_pb2.MetricConfig(class_name="MeanLabel")]
                        )
                    ]
                ),
                {},
                [],
                "the metric",
            ),
            (
                config_of(model_specs=[config_pb2.ModelSpec(example_weight_key="w")]),
                {},
                [],
                "weights, or several outputs",
            ),
            (
                config_of(options=config_pb2.Options(compute_confidence_intervals={"value": True})),
                {},
                [],
                "confidence intervals or a least size of slices",
            ),
        ],
    )
    def test_stock_runs_what_only_it_covers(
        self,
        artifacts: dict[str, list[Any]],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        config: str,
        properties: dict[str, Any],
        beam_args: list[str],
        reason: str,
    ) -> None:
        ran = []
        monkeypatch.setattr(stock.Executor, "Do", lambda *_: ran.append("stock"))
        with caplog.at_level("INFO", "zeroskew"):
            run(Executor, artifacts, tmp_path, config, beam_args, **properties)
        assert ran == ["stock"]
        assert caplog.messages[-1].startswith(f"TFX's own Evaluator runs, because of {reason}")

    def test_is_tfx_evaluator_with_another_executor(self) -> None:
        component = Evaluator(
            examples=as_channel([standard_artifacts.Examples()]),
            model=as_channel([standard_artifacts.Model()]),
            eval_config=eval_config("big_tip", []),
        )
        assert component.executor_spec.executor_class is Executor
        assert component.id == "Evaluator"


def with_examples(artifacts: dict[str, list[Any]], folder: Path, rows: list[bytes]) -> Any:
    (folder / "Split-eval").mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "Split-eval" / "a.gz"), "GZIP") as writer:
        for row in rows:
            writer.write(row)
    examples = standard_artifacts.Examples()
    examples.copy_from(artifacts[specs.EXAMPLES_KEY][0])
    examples.uri = str(folder)
    return {**artifacts, specs.EXAMPLES_KEY: [examples]}


def test_no_row_is_an_error(artifacts: dict[str, list[Any]], tmp_path: Path) -> None:
    inputs = with_examples(artifacts, tmp_path / "none", [])
    with pytest.raises(DataError, match="a split to evaluate with has rows"):
        run(Executor, inputs, tmp_path, CONFIG)


def test_a_slice_that_is_no_text_is_an_error(
    artifacts: dict[str, list[Any]], tmp_path: Path
) -> None:
    example = tf.train.Example()
    example.features.feature["company"].bytes_list.value.append(b"\xff")
    inputs = with_examples(artifacts, tmp_path / "odd", [example.SerializeToString()])
    with pytest.raises(DataError, match="the values of a column to slice by must be UTF-8"):
        run(Executor, inputs, tmp_path, config_of("company"))
    assert not (tmp_path / "evaluation").exists()
