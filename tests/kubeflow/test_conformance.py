"""The whole taxi pipeline, each step by its container's command, against two kinds of buckets."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import command_line
import pytest
from conformance import STEPS, OnS3, OnS3Checks, s3_environment
from emulator import FileStore, Layout, S3Store, StepFailed
from packages import ACCESS_KEY, SECRET, compile_for, compile_stock

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def on_s3(new_cluster, s3_server, s3_bucket, tmp_path_factory) -> OnS3:
    environment = s3_environment(s3_server, s3_bucket)
    package = compile_for(
        environment.pop("output"), environment.pop("pipeline_root"), **environment
    )
    cluster = new_cluster(S3Store(s3_server, ACCESS_KEY, SECRET))
    return OnS3(package, cluster, s3_bucket, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Path:
    """The model that the same settings give on this machine without Kubeflow."""
    output = tmp_path_factory.mktemp("local")
    done = command_line.zeroskew("run", "--output", output, "--json")
    assert done.exit_code == 0, done.stderr
    (version,) = command_line.versions(output)
    return version


@pytest.fixture(scope="module")
def predict() -> Callable[[Path], list[Any]]:
    def ask(model: Path) -> list[Any]:
        done = command_line.zeroskew("predict", "--model", model, "--limit", 500, "--json")
        assert done.exit_code == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


class TestOnS3(OnS3Checks):
    """The first run: all that holds for it wherever it runs."""


@pytest.fixture(scope="module")
def second(on_s3, new_cluster, tmp_path_factory) -> Any:
    """A second run, elsewhere: old layout, a claim for the output, and each step fails twice.

    First it is killed; then it ends, and the launcher dies when half of its results are uploaded.
    """
    output = tmp_path_factory.mktemp("claim")
    # Five steps need no TensorFlow: they are done in less than half a second.
    soon = ("CuratedSchema", "KeepPassedData", "LastBlessedModel", "LastPassedData", "Pusher")
    kill = dict.fromkeys(STEPS, 1.0) | dict.fromkeys(soon, 0.1) | {"Trainer": 4.0, "Transform": 5.0}
    store = FileStore(":memory:")
    cluster = new_cluster(store, layout=Layout.UNTIL_2_14, kill=kill, cut=STEPS)
    shutil.copytree(on_s3.served, output / "serving" / "1700000000")
    package = compile_for(str(output), "minio://mlpipeline/v2/artifacts", cache=False)
    run = cluster.run(package.spec, package.platform, package.pipeline_root)
    return output, run, store


class TestWithKilledSteps:
    def test_each_step_was_tried_three_times(self, second):
        _, run, _ = second
        nothing_to_upload = [step for step, keys in run.keys.items() if not keys]
        assert set(nothing_to_upload) == {"KeepPassedData", "LastPassedData", "Pusher"}
        assert run.attempts == dict.fromkeys(STEPS, 3) | dict.fromkeys(nothing_to_upload, 2)

    def test_nothing_that_was_uploaded_by_half_is_left(self, second):
        _, run, store = second
        made = set().union(*run.keys.values())
        assert [key for key in store.keys("") if key not in made] == []
        assert len(made) > 50

    def test_the_model_served_before_was_compared_with(self, second):
        output, run, store = second
        metadata = run.records.artifacts["LastBlessedModel", "model"]["metadata"]
        assert metadata["pushed_version"] == 1700000000.0
        assert "absent" not in metadata
        uri = run.records.artifacts["ModelGate", "blessing"]["uri"]
        verdict = json.loads(store.get(f"{uri.removeprefix('minio://')}/verdict.json"))
        reasons = [reason["text"] for reason in verdict["reasons"]]
        assert [text for text in reasons if "the last blessed model" in text] != []
        first, latest = sorted(path.name for path in (output / "serving").iterdir())
        assert first == "1700000000"
        assert (
            latest == run.records.artifacts["Pusher", "pushed_model"]["metadata"]["pushed_version"]
        )

    def test_what_has_passed_is_kept_for_the_next_run(self, second):
        output, _, _ = second
        (version,) = (output / "passed_data").iterdir()
        spans = json.loads((version / "spans.json").read_text())
        assert [one["span"] for one in spans] == [0]
        report = json.loads((output / "data_report.json").read_text())
        assert report["passed"] is True


class TestStockTfx:
    """TFX as released fails in the emulator where it fails on a cluster, else it proves nothing."""

    def test_pitfall_stock_entrypoint_dies_at_the_first_step_on_minio(self, new_cluster):
        cluster = new_cluster(FileStore(":memory:"))
        package = compile_stock("minio://mlpipeline/v2/artifacts")
        with pytest.raises(StepFailed, match=r"Unable to get filesystem from specified path") as e:
            cluster.run(package.spec, {}, package.pipeline_root)
        assert str(e.value).startswith("CsvExampleGen failed 1 times")

    def test_pitfall_empty_input_types_stop_the_stock_entrypoint_at_the_second_step(
        self, new_cluster, tmp_path
    ):
        cluster = new_cluster(FileStore(":memory:"))
        package = compile_stock(str(tmp_path))
        with pytest.raises(StepFailed, match=r"'NoneType' object has no attribute 'get'") as e:
            cluster.run(package.spec, {}, package.pipeline_root)
        assert str(e.value).startswith("StatisticsGen failed 1 times")
