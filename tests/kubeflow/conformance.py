"""What a run of the whole taxi pipeline must keep, on this machine and in the image alike."""

import json
import re
from pathlib import Path
from typing import Any

from emulator import Cluster, Run
from packages import ACCESS_KEY, SECRET
from zeroskew_kubeflow.compiling.package import Package

STEPS = frozenset(
    {
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
        "Report",
        "ServingCheck",
        "StatisticsGen",
        "Trainer",
        "Transform",
        "TrivialBaselines",
    }
)

# Those of a use case that wants vectors.
VECTOR_STEPS = frozenset({"Embeddings", "Index", "IndexCheck", "IndexPusher"})

# Seconds after which a step is killed the first time. Some need no TensorFlow, and end soon.
KILLED = dict.fromkeys(STEPS, 1.0) | {
    **dict.fromkeys(
        ("CuratedSchema", "KeepPassedData", "LastBlessedModel", "LastPassedData", "Pusher"), 0.1
    ),
    "Trainer": 4.0,
    "Transform": 5.0,
}
# By Argo's clock: longer than ten minutes, which was once all that retries had.
A_LONG_STEP = 1200.0


def s3_environment(endpoint: str, bucket: str) -> dict[str, Any]:
    """Settings with which a bucket takes artifacts, models and what data has passed."""
    return {
        "output": f"s3://{bucket}/models/taxi",
        "pipeline_root": f"s3://{bucket}/pipelines",
        "env": {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1"},
        "secrets": [
            {"variable": "AWS_ACCESS_KEY_ID", "secret": "bucket", "key": "access-key"},
            {"variable": "AWS_SECRET_ACCESS_KEY", "secret": "bucket", "key": "secret-key"},
        ],
        # As on one machine: more workers write the rows in another order.
        "steps": {step: {"cpu": 1} for step in STEPS},
    }


class OnS3:
    """A first run in a cluster whose bucket speaks S3; `served` is the model that it pushed.

    Each of its steps is killed once.
    """

    def __init__(self, package: Package, cluster: Cluster, bucket: str, served: Path) -> None:
        self.package, self.cluster, self.bucket, self.served = package, cluster, bucket, served
        self.store = cluster.store
        self.run: Run = cluster.run(package.spec, package.platform, package.pipeline_root)
        prefix = f"{bucket}/models/taxi/serving/"
        for key in self.store.keys(prefix):
            name = key.removeprefix(prefix).partition("/")[2]
            (served / name).parent.mkdir(parents=True, exist_ok=True)
            (served / name).write_bytes(self.store.get(key))


class OnS3Checks:
    """Holds for the fixture `on_s3`, wherever its steps have run.

    `local` is the model of a run without Kubeflow, `predict` asks a model about 500 rows.
    """

    def test_every_step_was_killed_and_tried_again(self, on_s3):
        assert on_s3.run.attempts == dict.fromkeys(STEPS, 2)

    def test_the_pushed_model_equals_the_one_of_a_local_run(self, on_s3, local, predict):
        pairs = list(zip(predict(on_s3.served), predict(local), strict=True))
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
            assert f"/s3/{on_s3.bucket}" not in json.dumps(record)
        blessing = records["ModelGate", "blessing"]["metadata"]
        assert blessing["blessed"] == 1.0
        assert blessing["current_model"] == records["Trainer", "model"]["uri"]
        assert blessing["current_model_id"] == records["Trainer", "model"]["id"]

    def test_pitfall_file_based_example_gen_settles_span_and_fingerprint(self, on_s3):
        metadata = on_s3.run.records.artifacts["ExampleGen", "examples"]["metadata"]
        assert metadata["custom:span"] == 0.0
        assert re.fullmatch("[0-9a-f]{32}", metadata["input_fingerprint"])
        assert json.loads(metadata["split_names"]) == ["train", "eval"]

    def test_the_page_of_the_run_is_the_file_that_the_dashboard_opens(self, on_s3):
        output = on_s3.package.spec["components"]["Report"]["outputDefinitions"]["artifacts"]
        assert output["page"]["artifactType"]["schemaTitle"] == "system.HTML"
        records = on_s3.run.records.artifacts
        uri = records["Report", "page"]["uri"]
        assert uri.endswith("/page/report.html")
        page = on_s3.store.get(uri.removeprefix("s3://")).decode()
        assert "<h1>The model is blessed</h1>" in page
        for key in (("Trainer", "model"), ("Evaluator", "evaluation")):
            assert f"<code>{records[key]['uri']}</code>" in page
        assert f"/s3/{on_s3.bucket}" not in page
        assert "payment_type" in page.partition('id="importance"')[2]

    def test_an_absent_model_and_absent_data_are_left_out_on_the_first_run(self, on_s3):
        records = on_s3.run.records.artifacts
        assert records["LastBlessedModel", "model"]["metadata"]["absent"] == 1.0
        assert records["LastPassedData", "verdict"]["metadata"]["absent"] == 1.0

    def test_the_bucket_holds_no_markers_of_folders(self, on_s3):
        keys = list(on_s3.store.keys(on_s3.bucket))
        assert [key for key in keys if key.endswith("/")] == []
        assert len(keys) == len(set(keys)) > 50

    def test_pitfall_the_server_s_log_is_left_to_the_server(self, on_s3):
        logs = on_s3.run.records.logs
        assert set(logs) == STEPS
        for step, uris in logs.items():
            assert [uri.rpartition("/")[2] for uri in uris] == [
                "executor-logs-0",
                "executor-logs-1",
            ]
            kept = [on_s3.store.get(uri.removeprefix("s3://")) for uri in uris]
            assert b"left alone: the server adds the output 'executor-logs'" in kept[1], step
            assert b"".join(kept) == (on_s3.cluster.logs / f"{step}.log").read_bytes()

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
