"""The emulator itself: logs, outputs, and what a step sees of artifacts, in each world."""

import dataclasses
import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from emulator import AFTER_2_18, KFP_2_5, Cluster, StepFailed
from emulator.conditions import ConditionError
from emulator.driver import as_go_writes
from emulator.records import ApiRecords, MlmdRecords
from small_pipelines import FAIL_ONCE, ROOT, SCHEMA, new_cluster, pipeline, reports


class TestLogs:
    """The server collects what a step prints, in an output that no component declares."""

    LOOK = """
import json, os, pathlib, sys
(log,) = json.loads(sys.argv[1])["outputs"]["artifacts"]["executor-logs"]["artifacts"]
file = pathlib.Path(os.environ["ZEROSKEW_LAUNCHER_ROOT"]) / log["uri"].replace("://", "/")
print(log["type"], file.is_file(), os.environ.get("KFP_RETRY_INDEX"), flush=True)
"""

    def test_the_file_is_there_before_the_step_starts(self, cluster: Cluster) -> None:
        qualified = cluster.world.qualifies_logs
        run = cluster.run(pipeline(self.LOOK + reports({"blessed": 0}), retries=1), {}, ROOT)

        (uri,) = run.records.logs["Gate"]
        assert uri.endswith("/executor-logs-0" if qualified else "/executor-logs")
        printed = cluster.store.get(uri.removeprefix("minio://")).decode()
        assert (
            printed == f"{{'schemaTitle': 'system.Artifact'}} True {'0' if qualified else None}\n"
        )

    def test_each_attempt_has_one(self, cluster: Cluster, tmp_path: Path) -> None:
        fails = "print('no disk', flush=True)\n" + FAIL_ONCE.replace(
            "MARK", repr(str(tmp_path / "mark"))
        ).replace("sys.exit(first)", "first and sys.exit(1)")
        run = cluster.run(pipeline(fails + reports({"blessed": 0}), retries=1), {}, ROOT)

        names = {uri.rpartition("/")[2] for uri in run.records.logs["Gate"]}
        kept = {key.rpartition("/")[2] for key in cluster.store.keys("") if "executor-logs" in key}
        both = {"executor-logs-0", "executor-logs-1"}
        assert names == kept == (both if cluster.world.qualifies_logs else {"executor-logs"})

    def test_a_step_that_reports_it_as_its_own_moves_it_in_old_versions(
        self, cluster: Cluster
    ) -> None:
        echo = reports({"blessed": 0}).replace(
            "file.write_text(",
            'report["artifacts"]["executor-logs"] = {"artifacts": [{"uri": artifact["uri"]}]}\n'
            "file.write_text(",
        )
        run = cluster.run(pipeline(echo), {}, ROOT)
        kept = [key for key in cluster.store.keys("") if "executor-logs" in key]
        assert len(kept) == (1 if cluster.world.qualifies_logs else 0)
        assert run.attempts == {"Gate": 1}


class TestOutputs:
    def test_one_that_is_missing_is_an_error_after_2_18(self, cluster: Cluster) -> None:
        spec = pipeline("pass")
        if cluster.world.needs_outputs:
            with pytest.raises(StepFailed, match='declared output artifact "blessing" is missing'):
                cluster.run(spec, {}, ROOT)
        else:
            with pytest.raises(ConditionError):
                cluster.run(spec, {}, ROOT)

    def test_an_unknown_field_of_the_report_is_an_error(self, cluster: Cluster) -> None:
        gate = reports({"blessed": 0}).replace('"artifacts": {"bl', '"more": 1, "artifacts": {"bl')
        with pytest.raises(StepFailed, match='no field named "more"'):
            cluster.run(pipeline(gate), {}, ROOT)

    def test_the_launcher_uploads_again_if_the_bucket_fails_for_a_moment(
        self, cluster: Cluster
    ) -> None:
        cluster.stumble = {"Gate"}
        run = cluster.run(pipeline(reports({"blessed": 0}), retries=1), {}, ROOT)
        assert run.attempts["Gate"] == (2 if cluster.world.upload_attempts == 1 else 1)
        assert len(run.keys["Gate"]) == 2

    def test_the_launcher_keeps_to_the_root_of_the_namespace_after_2_18(
        self, cluster: Cluster
    ) -> None:
        cluster.default_root = "minio://ml/other"
        spec = pipeline(reports({"blessed": 0}))
        if not cluster.world.keeps_to_default_root:
            assert cluster.run(spec, {}, ROOT).attempts == {"Gate": 1}
            return
        with pytest.raises(StepFailed, match="is outside of the root minio://ml/other"):
            cluster.run(spec, {}, ROOT)
        assert cluster.run(spec, {}, "minio://ml/other/taxi").attempts == {"Gate": 1}

    def test_until_2_18_the_launcher_keeps_outputs_to_the_run(self, cluster: Cluster) -> None:
        elsewhere = f'"uri": "{ROOT}/of-another-run/blessing"'
        gate = reports({"blessed": 0}).replace("{**artifact,", f"{{**artifact, {elsewhere},")
        message = "is missing" if cluster.world.needs_outputs else "is outside of the root"
        with pytest.raises(StepFailed, match=message):
            cluster.run(pipeline(gate), {}, ROOT)

    def test_inputs_may_be_of_another_run(self, cluster: Cluster) -> None:
        spec = pipeline(reports({"blessed": 1}))
        for task in spec["root"]["dag"]["tasks"].values():
            task["cachingOptions"] = {"enableCache": True}
        cluster.run(spec, {}, ROOT)
        spec["deploymentSpec"]["executors"]["push"]["container"]["args"].append("changed")
        run = cluster.run(spec, {}, ROOT)
        assert run.cached == ["Gate"]
        assert run.attempts == {"Push": 1, "Announce": 1}

    def test_a_report_that_is_no_json_or_holds_a_null_fails_the_attempt(
        self, cluster: Cluster
    ) -> None:
        for metadata, message in (
            ({"blessed": float("nan")}, "NaN is no JSON"),
            ({"blessed": None}, "metadata 'blessed' is null"),
        ):
            gate = reports(metadata).replace("nan}", "float('nan')}")
            if metadata["blessed"] is None and cluster.world is AFTER_2_18:
                continue  # it keeps nulls
            with pytest.raises(StepFailed, match=f"Gate failed 2 times\n.*{message}"):
                cluster.run(pipeline(gate, retries=1), {}, ROOT)

    def test_a_report_may_name_a_path_of_its_own_since_2_15(self, cluster: Cluster) -> None:
        gate = reports({"blessed": 0}).replace(
            "{**artifact,", '{**artifact, "customPath": str(folder / "half"),'
        )
        if not cluster.world.names_outputs:
            with pytest.raises(StepFailed, match="customPath"):
                cluster.run(pipeline(gate), {}, ROOT)
            return
        run = cluster.run(pipeline(gate), {}, ROOT)
        (key,) = run.keys["Gate"]
        assert cluster.store.get(key) == b"1"

    def test_what_is_published_twice_is_two_artifacts_after_2_18(self, cluster: Cluster) -> None:
        look = "import json, sys; given = json.loads(sys.argv[1])['inputs'].get('artifacts')\n"
        look += "print([one['uri'][-9:] for one in given['blessing']['artifacts']] if given else 0)"
        cluster.forget = {"Gate"}
        run = cluster.run(pipeline(reports({"blessed": 1}), look, retries=1), {}, ROOT)
        assert run.attempts["Gate"] == 2
        count = 2 if cluster.world is AFTER_2_18 else 1
        assert (cluster.logs / "Push.log").read_text() == f"{['/blessing'] * count}\n"

    def test_siblings_come_along_until_2_16(self, tmp_path: Path) -> None:
        look = "import os, pathlib; root = pathlib.Path(os.environ['ZEROSKEW_LAUNCHER_ROOT'])\n"
        look += "print(len(list((root / 'minio').rglob('blessing*'))), flush=True)"
        gate = reports({"blessed": 1})
        gate += "(folder.parent / 'blessing_more').mkdir()\n"
        found = {}
        for world in (KFP_2_5, dataclasses.replace(KFP_2_5, takes_siblings=False)):
            cluster = new_cluster(world, tmp_path / str(world.takes_siblings))
            spec = pipeline(gate, look)
            spec["components"]["gate"]["outputDefinitions"]["artifacts"]["blessing_more"] = spec[
                "components"
            ]["gate"]["outputDefinitions"]["artifacts"]["blessing"]
            spec["deploymentSpec"]["executors"]["gate"]["container"]["command"][2] += (
                "(folder.parent / 'blessing_more' / 'rows').write_text('3')\n"
            )
            cluster.run(spec, {}, ROOT)
            found[world.takes_siblings] = (cluster.logs / "Push.log").read_text()
        assert found == {True: "2\n", False: "1\n"}


class TestArtifacts:
    """What a step sees of what another one has made."""

    MADE: ClassVar = {
        "name": "blessing",
        "type": {"instanceSchema": SCHEMA},
        "uri": f"{ROOT}/1/blessing",
        "metadata": {"wide": True, "rows": 3, "splits": ["train"], "by": {"train": True}},
    }

    def test_with_ml_metadata(self) -> None:
        records = MlmdRecords()
        records.add_artifact("Gate", "blessing", self.MADE)
        seen = _only(records.listed("Gate", "blessing"))
        assert seen.pop("name").isdigit()
        assert seen == {
            "type": {"instanceSchema": ""},
            "uri": f"{ROOT}/1/blessing",
            "metadata": {
                "wide": 1.0,
                "rows": 3.0,
                "splits": {"list": ["train"]},
                "by": {"struct": {"train": True}},
                "display_name": "blessing",
                "store_session_info": '{"Provider":"s3"}',
            },
        }
        with pytest.raises(ValueError, match="'none' is null"):
            records.add_artifact("Gate", "blessing", {**self.MADE, "metadata": {"none": None}})

    def test_without_it(self) -> None:
        records = ApiRecords()
        records.add_artifact("Gate", "blessing", self.MADE)
        seen = _only(records.listed("Gate", "blessing"))
        assert len(seen.pop("artifactId")) == 36
        assert seen == {
            "name": "blessing",
            "type": {"schemaTitle": SCHEMA},
            "uri": f"{ROOT}/1/blessing",
            "metadata": {"wide": True, "rows": 3.0, "splits": ["train"], "by": {"train": True}},
        }

    def test_a_boolean_in_a_condition_is_a_number_or_not(self, cluster: Cluster) -> None:
        spec = pipeline(reports({"blessed": True}))
        if cluster.world is AFTER_2_18:
            with pytest.raises(ConditionError):
                cluster.run(spec, {}, ROOT)
        else:
            assert cluster.run(spec, {}, ROOT).skipped == []

    def test_go_writes_no_empty_field_and_no_decimal_point_without_need(self) -> None:
        message = {
            "inputs": {"artifacts": {}, "parameterValues": {"a": 3.0, "b": 0.5, "c": {}, "d": []}},
            "outputs": {
                "artifacts": {
                    "x": {
                        "artifacts": [{"uri": "", "type": {"instanceSchema": ""}, "metadata": {}}]
                    }
                }
            },
        }
        assert json.dumps(as_go_writes(message)) == json.dumps(
            {
                "inputs": {"parameterValues": {"a": 3, "b": 0.5, "c": {}, "d": []}},
                "outputs": {"artifacts": {"x": {"artifacts": [{"type": {"instanceSchema": ""}}]}}},
            }
        )


def _only(listed: list[dict[str, Any]]) -> dict[str, Any]:
    (one,) = listed
    return one
