"""Our Evaluator against TFX's own, on the same rows and models."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
import tensorflow_model_analysis as tfma
from evaluations import CONFIG, FEW_SLICES, config_of, run
from tfx.components.evaluator import executor as stock
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs

from model.evaluation.evaluator import Executor
from model.evaluation.metrics import BASELINE, CANDIDATE, read_metrics
from model.feature_engineering import raw_rows
from zeroskew.errors import DataError

TOLERANCE = 1e-5
"""Relative, or absolute where less than 1: predictions have 32 bits, and batches other sizes."""


Both = tuple[str, str, list[str]]
"""The evaluations of TFX and of ours, and the names of their models."""


def by_both(inputs: Mapping[str, list[Any]], folder: Path, config: str, names: list[str]) -> Both:
    stock_uri = run(stock.Executor, inputs, folder / "stock", config)
    return stock_uri, run(Executor, inputs, folder / "ours", config), names


@pytest.fixture(scope="module")
def alone(artifacts: dict[str, list[Any]], tmp_path_factory: pytest.TempPathFactory) -> Both:
    inputs = {key: one for key, one in artifacts.items() if key != specs.BASELINE_MODEL_KEY}
    return by_both(inputs, tmp_path_factory.mktemp("alone"), CONFIG, [""])


@pytest.fixture(scope="module")
def with_a_baseline(
    artifacts: dict[str, list[Any]], tmp_path_factory: pytest.TempPathFactory
) -> Both:
    folder = tmp_path_factory.mktemp("with_a_baseline")
    return by_both(artifacts, folder, FEW_SLICES, [CANDIDATE, BASELINE])


@pytest.fixture(params=["alone", "with_a_baseline"])
def both(request: pytest.FixtureRequest) -> Both:
    found: Both = request.getfixturevalue(request.param)
    return found


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


def almost(metrics: Mapping[str, float]) -> Any:
    return pytest.approx(dict(metrics), rel=TOLERANCE, abs=TOLERANCE)


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
    both: Both,
) -> None:
    stock_uri, our_uri, names = both
    for name in names:
        expected, received = (
            tfma.load_eval_result(uri, model_name=name) for uri in (stock_uri, our_uri)
        )
        metrics, ours = dict(expected.slicing_metrics), dict(received.slicing_metrics)
        assert ours.keys() == metrics.keys()
        assert len(metrics) > (15 if names == [""] else 5)
        assert (("company", "Red"), ("month", 3)) in metrics
        assert sum(assert_alike(metrics[key], ours[key]) for key in metrics) >= 4 * len(metrics)
        plots, our_plots = dict(expected.plots), dict(received.plots)
        assert our_plots.keys() == plots.keys() == metrics.keys()
        assert sum(assert_alike(plots[key], our_plots[key]) for key in plots) > 100


def test_the_files_have_the_same_names(both: Both) -> None:
    expected, received = (sorted(file.name for file in Path(uri).iterdir()) for uri in both[:2])
    assert received == sorted([*expected, "answers.parquet"])


def test_differences_to_the_baseline_are_those_of_stock(both: Both) -> None:
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
        assert received[key] == pytest.approx(value, rel=TOLERANCE, abs=TOLERANCE), key


def test_the_validation_is_that_of_stock(both: Both) -> None:
    expected, received = (tfma.load_validation_result(uri) for uri in both[:2])
    assert received == expected


def test_our_gate_reads_it(both: Both) -> None:
    stock_uri, our_uri, names = both
    for model in (CANDIDATE, BASELINE):
        expected, received = (read_metrics(uri, model) for uri in (stock_uri, our_uri))
        assert [one.slice for one in received] == [one.slice for one in expected]
        assert bool(received) == (model == CANDIDATE or len(names) == 2)
        for one, other in zip(expected, received, strict=True):
            assert dict(other.metrics) == almost(one.metrics)


def test_batches_add_up(
    with_a_baseline: Both,
    artifacts: dict[str, list[Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = read_metrics(with_a_baseline[1], CANDIDATE)
    monkeypatch.setattr(raw_rows, "BATCH_ROWS", 7)
    parts = read_metrics(run(Executor, artifacts, tmp_path / "parts", FEW_SLICES), CANDIDATE)
    assert [one.slice for one in parts] == [one.slice for one in whole]
    for one, other in zip(whole, parts, strict=True):
        assert dict(other.metrics) == almost(one.metrics)


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
    assert list((tmp_path / "evaluation").iterdir()) == []
