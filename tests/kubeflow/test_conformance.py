"""The whole taxi pipeline, each step by its container's command, against two kinds of buckets."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import command_line
import pytest
from emulator import Cluster, FileStore, Layout, Run, S3Store, StepFailed
from packages import ACCESS_KEY, SECRET, compile_for, compile_stock
from zeroskew_kubeflow.package import Package

from data_ingestion.settings import DataSettings
from data_ingestion.source import locate

pytestmark = pytest.mark.e2e

STEPS = {
    "CuratedSchema",
    "DataGate",
    "Evaluator",
    "ExampleGen",
    "ExampleValidator",
    "KeepPassedData",
    "LastBlessedModel",
    "LastPassedData",
    "ModelGate",
    "Parity",
    "Pusher",
    "StatisticsGen",
    "Trainer",
    "Transform",
    "TrivialBaselines",
}


class OnS3:
    """The first run: a bucket that speaks S3 takes artifacts, models and what data has passed."""

    def __init__(
        self, new_cluster: Callable[..., Cluster], endpoint: str, bucket: str, folder: Path
    ) -> None:
        self.endpoint, self.bucket = endpoint, bucket
        self.output = f"s3://{bucket}/models/taxi"
        self.package: Package = compile_for(
            self.output,
            f"s3://{bucket}/pipelines",
            env={"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1"},
            secrets=[
                {"variable": "AWS_ACCESS_KEY_ID", "secret": "bucket", "key": "access-key"},
                {"variable": "AWS_SECRET_ACCESS_KEY", "secret": "bucket", "key": "secret-key"},
            ],
            # As on one machine: more workers write the rows in another order.
            steps={step: {"cpu": 1} for step in STEPS},
        )
        self.store = S3Store(endpoint, ACCESS_KEY, SECRET)
        self.cluster = new_cluster(self.store)
        self.run: Run = self.cluster.run(
            self.package.spec, self.package.platform, self.package.pipeline_root
        )
        self.served = folder / "served"
        prefix = f"{bucket}/models/taxi/serving/"
        for key in self.store.keys(prefix):
            name = key.removeprefix(prefix).partition("/")[2]
            (self.served / name).parent.mkdir(parents=True, exist_ok=True)
            (self.served / name).write_bytes(self.store.get(key))


@pytest.fixture(scope="module")
def on_s3(new_cluster, s3_server, s3_bucket, tmp_path_factory) -> OnS3:
    return OnS3(new_cluster, s3_server, s3_bucket, tmp_path_factory.mktemp("s3"))


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Path:
    """The model that the same settings give on this machine without Kubeflow."""
    output = tmp_path_factory.mktemp("local")
    done = command_line.zeroskew("run", "--output", output, "--json")
    assert done.exit_code == 0, done.stderr
    (version,) = command_line.versions(output)
    return version


def predictions_of(model: Path) -> list[Any]:
    (trips,) = locate(DataSettings()).files
    done = command_line.zeroskew(
        "predict", "--model", model, "--rows", trips, "--limit", 500, "--json"
    )
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


class TestOnS3:
    def test_every_step_ran_once(self, on_s3):
        assert on_s3.run.attempts == dict.fromkeys(STEPS, 1)

    def test_the_pushed_model_equals_the_one_of_a_local_run(self, on_s3, local):
        pairs = list(zip(predictions_of(on_s3.served), predictions_of(local), strict=True))
        assert len(pairs) == 500
        # Beam sums in no fixed order; the last digits of a mean are enough to train differently.
        apart = [abs(one["probability"] - other["probability"]) for one, other in pairs]
        assert sum(apart) / len(apart) < 0.005
        assert sum(one["label"] != other["label"] for one, other in pairs) <= 5

    def test_pitfall_no_local_path_leaks_out_of_a_step(self, on_s3):
        records = on_s3.run.records.artifacts
        assert len(records) > len(STEPS)
        for record in records.values():
            assert record["uri"].startswith(f"s3://{on_s3.bucket}/pipelines/taxi/")
            assert str(on_s3.cluster.disk) not in json.dumps(record)
        blessing = records["ModelGate", "blessing"]["metadata"]
        assert blessing["blessed"] == 1.0
        assert blessing["current_model"] == records["Trainer", "model"]["uri"]
        assert blessing["current_model_id"] == str(records["Trainer", "model"]["id"])

    def test_pitfall_file_based_example_gen_settles_span_and_fingerprint(self, on_s3):
        metadata = on_s3.run.records.artifacts["ExampleGen", "examples"]["metadata"]
        assert metadata["custom:span"] == 0.0
        assert re.fullmatch("[0-9a-f]{32}", metadata["input_fingerprint"])
        assert json.loads(metadata["split_names"]) == ["train", "eval"]

    def test_an_absent_model_and_absent_data_are_left_out_on_the_first_run(self, on_s3):
        records = on_s3.run.records.artifacts
        assert records["LastBlessedModel", "model"]["metadata"]["absent"] == 1.0
        assert records["LastPassedData", "verdict"]["metadata"]["absent"] == 1.0

    def test_the_bucket_holds_no_markers_of_folders(self, on_s3):
        keys = list(on_s3.store.keys(on_s3.bucket))
        assert [key for key in keys if key.endswith("/")] == []
        assert len(keys) == len(set(keys)) > 50

    def test_no_secret_is_in_pipeline_logs_or_metadata(self, on_s3):
        logs = {
            file.name: file.read_text(errors="replace") for file in on_s3.cluster.logs.iterdir()
        }
        assert set(logs) == {f"{step}.log" for step in STEPS}
        places = {
            **logs,
            "pipeline": on_s3.package.to_yaml(),
            "metadata": json.dumps([*on_s3.run.records.artifacts.values()]),
        }
        for name, text in places.items():
            assert SECRET not in text, name
            assert ACCESS_KEY not in text, name
        report = on_s3.store.get(f"{on_s3.bucket}/models/taxi/data_report.json")
        assert SECRET.encode() not in report


@pytest.fixture(scope="module")
def second(on_s3, new_cluster, tmp_path_factory) -> Any:
    """A second run, elsewhere: old layout, a claim for the output, and each step killed once."""
    output = tmp_path_factory.mktemp("claim")
    kill = dict.fromkeys(STEPS, 1.0) | {"Trainer": 4.0, "Transform": 5.0}
    store = FileStore(":memory:")
    cluster = new_cluster(store, layout=Layout.UNTIL_2_14, kill=kill)
    shutil.copytree(on_s3.served, output / "serving" / "1700000000")
    package = compile_for(str(output), "minio://mlpipeline/v2/artifacts", cache=False)
    run = cluster.run(package.spec, package.platform, package.pipeline_root)
    return output, run, store


class TestWithKilledSteps:
    def test_each_step_was_tried_twice(self, second):
        _, run, _ = second
        assert run.attempts == dict.fromkeys(STEPS, 2)

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
