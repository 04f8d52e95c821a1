"""The whole taxi pipeline on object stores in memory, with a claim for what outlives a run.

First on an old server, where the launcher dies when half of a step's results are uploaded. Then on
a server without ML Metadata, with the model of the first run to compare with, where each upload
fails once. And TFX as released.
"""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conformance import A_LONG_STEP, STEPS
from emulator import AFTER_2_18, KFP_2_5, FileStore, Run, StepFailed
from packages import compile_for, compile_stock

from model.serving.blessed import BLESSING

pytestmark = pytest.mark.e2e

# KFP's own default, and what environments/dev.yaml lies below.
DEFAULT_ROOT = "minio://mlpipeline/v2/artifacts"


@dataclasses.dataclass(frozen=True)
class OnFiles:
    """A run, its bucket, and the folder that stands for its claim."""

    run: Run
    store: FileStore
    output: Path

    @property
    def versions(self) -> list[str]:
        """The models that are served."""
        return sorted(path.name for path in (self.output / "serving").iterdir())


def run_on_files(new_cluster: Any, output: Path, root: str, **attributes: Any) -> OnFiles:
    store = FileStore(":memory:")
    cluster = new_cluster(
        store, default_root=DEFAULT_ROOT, longer=A_LONG_STEP, warm=True, **attributes
    )
    package = compile_for(str(output), root, cache=False)
    run = cluster.run(package.spec, package.platform, package.pipeline_root)
    return OnFiles(run, store, output)


@pytest.fixture(scope="module")
def first(new_cluster, tmp_path_factory) -> OnFiles:
    output = tmp_path_factory.mktemp("claim")
    return run_on_files(new_cluster, output, DEFAULT_ROOT, world=KFP_2_5, cut=STEPS)


@pytest.fixture(scope="module")
def second(first, new_cluster, tmp_path_factory) -> OnFiles:
    output = tmp_path_factory.mktemp("claim")
    (version,) = first.versions
    best, newest = output / "serving" / "1700000000", output / "serving" / "1700000001"
    for copy in (best, newest):
        shutil.copytree(first.output / "serving" / version, copy)
    said = json.loads((newest / BLESSING).read_text())
    (newest / BLESSING).write_text(json.dumps({**said, "score": said["score"] - 0.1}))
    root = f"{DEFAULT_ROOT}/zeroskew"
    return run_on_files(new_cluster, output, root, world=AFTER_2_18, stumble=STEPS)


def uploads_nothing(run: Run) -> set[str]:
    return {step for step, keys in run.keys.items() if not keys}


class TestOnAnOldServer:
    def test_each_step_was_tried_twice(self, first):
        assert first.run.attempts == dict.fromkeys(STEPS, 2)
        nothing_but_logs = {"KeepPassedData", "LastBlessedModel", "LastPassedData", "Pusher"}
        assert uploads_nothing(first.run) == nothing_but_logs

    def test_nothing_that_was_uploaded_by_half_is_left(self, first):
        made = set().union(*first.run.keys.values())
        keys = [key for key in first.store.keys("") if not key.endswith("/executor-logs")]
        assert [key for key in keys if key not in made] == []
        assert len(made) > 40

    def test_there_was_no_model_to_compare_with(self, first):
        metadata = first.run.records.artifacts["LastBlessedModel", "model"]["metadata"]
        assert metadata["absent"] == 1.0


class TestWithoutMlMetadata:
    def test_no_step_was_tried_again_and_nothing_that_it_declares_was_missing(self, second):
        assert second.run.attempts == dict.fromkeys(STEPS, 1)
        assert uploads_nothing(second.run) == {"KeepPassedData", "LastPassedData", "Pusher"}

    def test_the_best_of_the_models_served_before_was_compared_with(self, second):
        records = second.run.records.artifacts
        metadata = records["LastBlessedModel", "model"]["metadata"]
        assert metadata["pushed_version"] == 1700000000.0
        assert "absent" not in metadata
        uri = records["ModelGate", "blessing"]["uri"]
        verdict = json.loads(second.store.get(f"{uri.removeprefix('minio://')}/verdict.json"))
        reasons = [reason["text"] for reason in verdict["reasons"]]
        assert [text for text in reasons if "the best of the last 10 blessed models" in text] != []
        latest = second.versions[-1]
        assert second.versions[:-1] == ["1700000000", "1700000001"]
        assert latest == records["Pusher", "pushed_model"]["metadata"]["pushed_version"]

    def test_pitfall_the_blessing_names_each_model_by_its_own_id(self, second):
        records = second.run.records.artifacts
        blessing = records["ModelGate", "blessing"]["metadata"]
        assert records["Trainer", "model"]["name"] == records["LastBlessedModel", "model"]["name"]
        assert blessing["current_model_id"] == records["Trainer", "model"]["id"]


@pytest.mark.parametrize("which", ["first", "second"])
def test_what_has_passed_is_kept_for_the_next_run(which, request):
    output = request.getfixturevalue(which).output
    (version,) = (output / "passed_data").iterdir()
    spans = json.loads((version / "spans.json").read_text())
    assert [one["span"] for one in spans] == [0]
    report = json.loads((output / "data_report.json").read_text())
    assert report["passed"] is True


class TestStockTfx:
    """TFX as released fails in the emulator where it fails on a cluster, else it proves nothing."""

    def test_pitfall_executor_logs_stop_the_stock_entrypoint(self, new_cluster):
        package = compile_stock(DEFAULT_ROOT)
        with pytest.raises(StepFailed, match=r"Could not import system\.Artifact") as e:
            new_cluster(FileStore(":memory:")).run(package.spec, {}, package.pipeline_root)
        assert str(e.value).startswith("CsvExampleGen failed 1 times")

    def test_pitfall_without_them_it_dies_at_the_first_step_on_minio(self, new_cluster):
        cluster = new_cluster(FileStore(":memory:"), publishes_logs=False)
        package = compile_stock(DEFAULT_ROOT)
        with pytest.raises(StepFailed, match=r"Unable to get filesystem from specified path") as e:
            cluster.run(package.spec, {}, package.pipeline_root)
        assert str(e.value).startswith("CsvExampleGen failed 1 times")

    def test_pitfall_empty_types_of_inputs_stop_it_at_the_second_step(self, new_cluster, tmp_path):
        cluster = new_cluster(FileStore(":memory:"), publishes_logs=False)
        package = compile_stock(str(tmp_path))
        with pytest.raises(StepFailed, match=r"'NoneType' object has no attribute 'get'") as e:
            cluster.run(package.spec, {}, package.pipeline_root)
        assert str(e.value).startswith("StatisticsGen failed 1 times")
