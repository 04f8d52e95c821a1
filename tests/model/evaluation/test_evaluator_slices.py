"""An Evaluator that slices as the settings say: ranges, pairs, rows without a value."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow_model_analysis as tfma
from evaluations import run
from google.protobuf import json_format
from tfx.types import standard_artifacts
from tfx.types.channel_utils import as_channel

from model import YesNo
from model.evaluation import evaluator
from model.evaluation.evaluator import FEATURES_KEY, SLICES_KEY, Evaluator, Executor
from model.evaluation.metrics import BASELINE, CANDIDATE, SliceMetrics, eval_config, read_metrics
from zeroskew.errors import SettingsError

SLICES = ["company", {"fare": [5, 10]}, ["month", {"fare": {"quantiles": 2}}]]
FEATURES = "model.features"
"""Of which the label's kind is needed only, which says how sure a metric is."""


def run_with(artifacts: dict[str, list[Any]], folder: Path, slices: Any) -> str:
    folder.mkdir(exist_ok=True)
    config = json_format.MessageToJson(
        eval_config(YesNo("big_tip"), slices), preserving_proto_field_name=True
    )
    return run(
        Executor,
        artifacts,
        folder,
        config,
        **{SLICES_KEY: json.dumps(slices), FEATURES_KEY: FEATURES},
    )


@pytest.fixture(scope="module")
def uri(artifacts: dict[str, list[Any]], tmp_path_factory: pytest.TempPathFactory) -> str:
    return run_with(artifacts, tmp_path_factory.mktemp("ours"), SLICES)


def by_name(uri: str, model: str = CANDIDATE) -> dict[str, SliceMetrics]:
    return {one.slice: one for one in read_metrics(uri, model)}


@pytest.mark.parametrize("model", [CANDIDATE, BASELINE])
def test_ranges_pairs_and_missing_values_are_slices(uri: str, model: str) -> None:
    found = by_name(uri, model)
    counted = {name: one.counted for name, one in found.items()}
    assert next(iter(counted.items())) == ("all rows", 29)
    assert {name: rows for name, rows in counted.items() if name.count("=") == 1} == {
        "company=Ada": 1,
        "company=Blue": 12,
        "company=Bob": 1,
        "company=Cyd": 1,
        "company=Dov": 1,
        "company=Eve": 1,
        "company=Red": 8,
        "company=missing": 4,
        "fare=10 and more": 25,
        "fare=5 to 10": 4,
    }
    pairs = {name: rows for name, rows in counted.items() if ", month=" in name}
    assert sum(rows or 0 for rows in pairs.values()) == 29
    assert (pairs["fare=below 26.25, month=1"], pairs["fare=below 26.25, month=missing"]) == (3, 1)
    assert {one.metrics["rows"] == one.counted for one in found.values()} == {True}


def test_tfma_reads_them(uri: str) -> None:
    result = tfma.load_eval_result(uri, model_name=CANDIDATE)
    assert (("fare", "5 to 10"),) in dict(result.slicing_metrics)


def test_where_tfma_runs_on_beam_the_same_slices_are_read(
    artifacts: dict[str, list[Any]],
    uri: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluator, "is_distributed", lambda _: True)
    other, ours = by_name(run_with(artifacts, tmp_path / "beam", SLICES)), by_name(uri)
    assert other.keys() == ours.keys()
    for name, one in other.items():
        assert (one.counted, one.intervals) == (ours[name].counted, ours[name].intervals)
        for metric, value in one.metrics.items():
            assert ours[name].metrics[metric] == pytest.approx(value, abs=1e-5), (name, metric)


def test_a_slice_that_is_no_column_is_an_error(
    artifacts: dict[str, list[Any]], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="a slice must be a column of the schema"):
        run_with(artifacts, tmp_path, [{"nowhere": [1]}])


def test_the_component_carries_them() -> None:
    component = Evaluator(
        features="model.features",
        examples=as_channel([standard_artifacts.Examples()]),
        model=as_channel([standard_artifacts.Model()]),
        eval_config=eval_config(YesNo("big_tip"), SLICES),
        slices=tuple(SLICES),
    )
    assert json.loads(component.exec_properties[SLICES_KEY]) == SLICES
