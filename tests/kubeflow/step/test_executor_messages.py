"""What comes in from KFP's launcher, and what goes back, without running an executor."""

import json
import logging
from pathlib import Path

import pytest
from tfx.types import standard_artifacts
from zeroskew_kubeflow.step.executor_input import read_invocation
from zeroskew_kubeflow.step.executor_output import executor_output, write_output
from zeroskew_kubeflow.step.local_paths import LocalPaths

from zeroskew.errors import StepError

SPEC = {
    "artifacts": {
        "examples": {"artifactType": {"instanceSchema": "title: tfx.Examples\ntype: object\n"}},
        "passed": {"artifactType": {"instanceSchema": "title: data_ingestion.DataVerdict\n"}},
    },
    "parameters": {
        "rows": {"parameterType": "NUMBER_INTEGER"},
        "name": {"parameterType": "STRING"},
        "wide": {"parameterType": "BOOLEAN"},
    },
}
OUTPUTS = {
    "artifacts": {
        "verdict": {"artifactType": {"instanceSchema": "title: data_ingestion.DataVerdict\n"}}
    }
}


@pytest.fixture
def paths(tmp_path) -> LocalPaths:
    return LocalPaths(str(tmp_path))


def examples(**metadata):
    return {
        "name": "417",
        "type": {"instanceSchema": ""},
        "uri": "minio://mlpipeline/root/ExampleGen/1/examples",
        "metadata": metadata,
    }


def message(artifacts=None, outputs=None, **values):
    return {
        "inputs": {"parameterValues": values, "artifacts": artifacts or {}},
        "outputs": {"artifacts": outputs or {}, "outputFile": "/tmp/kfp_outputs/output.json"},
    }


def read(paths, artifact):
    return read_invocation(message({"examples": {"artifacts": [artifact]}}), SPEC, {}, paths)


def test_pitfall_empty_input_types_are_taken_from_the_compiled_step(paths):
    (artifact,) = read(paths, examples()).inputs["examples"]
    assert isinstance(artifact, standard_artifacts.Examples)
    assert artifact.uri == f"{paths.root}/minio/mlpipeline/root/ExampleGen/1/examples"


def test_pitfall_a_missing_input_folder_is_made(paths):
    (artifact,) = read(paths, examples()).inputs["examples"]
    assert list(Path(artifact.uri).iterdir()) == []


def test_pitfall_names_are_numbers_in_strings_and_come_back_as_they_were(paths):
    invocation = read(paths, examples())
    (artifact,) = invocation.inputs["examples"]
    assert invocation.names == {artifact.id: "417"}
    assert 0 < artifact.id < 1 << 63


def test_pitfall_integers_come_as_doubles(paths):
    invocation = read_invocation(message(rows=500.0, name="taxi", wide=1.0), SPEC, {}, paths)
    assert invocation.properties == {"rows": 500, "name": "taxi", "wide": True}
    assert isinstance(invocation.properties["rows"], int)
    assert isinstance(invocation.properties["wide"], bool)
    (artifact,) = read(paths, examples(span=7.0, split_names='["train"]')).inputs["examples"]
    assert (artifact.span, artifact.split_names) == (7, '["train"]')


def test_pitfall_structs_are_wrapped_and_the_dashboard_adds_its_own(paths):
    received = examples(
        blessed={"struct": {"train": 1.0}},
        splits={"list": ["train"]},
        display_name="examples",
        store_session_info="{}",
    )
    (artifact,) = read(paths, received).inputs["examples"]
    assert artifact.get_json_value_custom_property("blessed") == {"train": 1}
    assert artifact.get_json_value_custom_property("splits") == ["train"]
    assert not artifact.has_custom_property("display_name")
    assert not artifact.has_custom_property("store_session_info")


SERVER_WITHOUT_MLMD = {
    "name": "examples",
    "artifactId": "5f0c",
    "type": {"schemaTitle": SPEC["artifacts"]["examples"]["artifactType"]["instanceSchema"]},
    "uri": "s3://ml/root/ExampleGen/1/examples",
    "metadata": {"span": 7.0, "_kfp_workspace": False},
}


def test_pitfall_a_server_without_mlmd_gives_the_whole_schema_for_a_title(paths):
    (artifact,) = read(paths, SERVER_WITHOUT_MLMD).inputs["examples"]
    assert isinstance(artifact, standard_artifacts.Examples)
    assert artifact.span == 7
    assert not artifact.has_custom_property("_kfp_workspace")


def test_pitfall_without_mlmd_many_artifacts_have_one_name(paths):
    spec = {"artifacts": dict.fromkeys(("model", "baseline"), SPEC["artifacts"]["examples"])}
    artifacts = {
        key: {"artifacts": [{**SERVER_WITHOUT_MLMD, "name": "model", "artifactId": key}]}
        for key in ("model", "baseline")
    }
    invocation = read_invocation(message(artifacts), spec, {}, paths)
    assert sorted(invocation.names.values()) == ["baseline", "model"]
    assert invocation.inputs["model"][0].id != invocation.inputs["baseline"][0].id


def test_pitfall_what_was_published_twice_is_read_once(paths):
    twice = [{**SERVER_WITHOUT_MLMD, "artifactId": one} for one in ("5f0c", "9a17")]
    given = message({"examples": {"artifacts": twice}})
    invocation = read_invocation(given, SPEC, {}, paths)
    (artifact,) = invocation.inputs["examples"]
    assert invocation.names == {artifact.id: "9a17"}


def test_pitfall_executor_logs_and_whatever_else_a_server_adds_are_left_alone(paths, caplog):
    uri = "s3://ml/root/DataGate/1/executor-logs-0"
    log = Path(paths.local(uri))
    log.parent.mkdir(parents=True)
    log.write_text("printed so far\n")
    added = {"name": "executor-logs", "type": {"schemaTitle": "system.Artifact"}, "uri": uri}
    given = message(
        {"workspace": {"artifacts": [examples()]}},
        {"verdict": {"artifacts": [VERDICT]}, "executor-logs": {"artifacts": [added]}},
        rows=500.0,
        trace_id="8c1f",
    )
    given["outputs"]["parameters"] = {"usage": {"outputFile": "/tmp/kfp/outputs/usage"}}

    with caplog.at_level(logging.INFO, "zeroskew"):
        invocation = read_invocation(given, SPEC, OUTPUTS, paths)

    assert invocation.inputs == {}
    assert invocation.properties == {"rows": 500}
    assert executor_output(invocation, paths).keys() == {"artifacts"}
    assert executor_output(invocation, paths)["artifacts"].keys() == {"verdict"}
    assert log.read_text() == "printed so far\n"
    assert [record.getMessage() for record in caplog.records] == [
        "left alone: the server adds the input 'workspace'",
        "left alone: the server adds the output 'executor-logs'",
        "left alone: the server adds the parameter 'trace_id'",
        "left alone: the server adds the output 'usage'",
    ]


def test_pitfall_an_absent_optional_input_is_left_out(paths):
    absent = {"passed": {"artifacts": [{**examples(absent=1.0), "name": "418"}]}}
    assert read_invocation(message(absent), SPEC, {}, paths).inputs == {}


def test_pitfall_a_custom_path_of_the_launcher_wins(paths):
    (artifact,) = read(paths, {**examples(), "customPath": f"{paths.root}/own"}).inputs["examples"]
    assert artifact.uri == f"{paths.root}/own"


VERDICT = {
    "name": "verdict",
    "type": {"instanceSchema": "title: data_ingestion.DataVerdict\n"},
    "uri": "s3://ml/root/DataGate/1/verdict",
}


def produced(paths, **properties):
    artifacts = {"examples": {"artifacts": [examples()]}}
    outputs = {"verdict": {"artifacts": [VERDICT]}}
    invocation = read_invocation(message(artifacts, outputs), SPEC, OUTPUTS, paths)
    (verdict,) = invocation.outputs["verdict"]
    for name, value in properties.items():
        setter = {
            bool: verdict.set_bool_custom_property,
            int: verdict.set_int_custom_property,
            str: verdict.set_string_custom_property,
        }[type(value)]
        setter(name, value)
    return invocation, verdict


def test_pitfall_local_paths_become_uris_again(paths):
    place = f"{paths.root}/minio/mlpipeline/root/Trainer/1/model"
    invocation, _ = produced(paths, current_model=place, blessed=1)
    (artifact,) = executor_output(invocation, paths)["artifacts"]["verdict"]["artifacts"]
    assert artifact["uri"] == "s3://ml/root/DataGate/1/verdict"
    assert artifact["metadata"] == {
        "blessed": 1,
        "current_model": "minio://mlpipeline/root/Trainer/1/model",
    }


def test_pitfall_an_id_goes_back_as_the_name_that_kfp_gave(paths):
    invocation, verdict = produced(paths)
    (model,) = invocation.inputs["examples"]
    verdict.set_int_custom_property("current_model_id", model.id)
    (artifact,) = executor_output(invocation, paths)["artifacts"]["verdict"]["artifacts"]
    assert artifact["metadata"] == {"current_model_id": "417"}


def test_pitfall_an_artifact_outside_of_every_bucket_would_be_lost_silently(paths):
    invocation, verdict = produced(paths)
    verdict.uri = "/somewhere/else"
    with pytest.raises(StepError) as caught:
        executor_output(invocation, paths)
    assert "received: verdict at /somewhere/else" in str(caught.value)


def test_pitfall_nulls_are_left_out(paths):
    invocation, verdict = produced(paths)
    verdict.mlmd_artifact.custom_properties["nothing"].SetInParent()
    (artifact,) = executor_output(invocation, paths)["artifacts"]["verdict"]["artifacts"]
    assert artifact["metadata"] == {}


def test_pitfall_booleans_come_back_as_doubles(paths):
    invocation, _ = produced(paths, wide=True, narrow=False, rows=1)
    (sent,) = executor_output(invocation, paths)["artifacts"]["verdict"]["artifacts"]
    assert sent["metadata"]["wide"] is True
    stored = {
        key: value if isinstance(value, str) else float(value)
        for key, value in sent["metadata"].items()
    }
    (artifact,) = read(paths, {**examples(), "metadata": stored}).inputs["examples"]
    assert artifact.get_bool_custom_property("wide") is True
    assert artifact.get_bool_custom_property("narrow") is False
    assert artifact.get_int_custom_property("rows") == 1
    assert sorted(artifact.mlmd_artifact.custom_properties) == ["narrow", "rows", "wide"]


def test_pitfall_an_output_that_is_missing_is_an_error_without_mlmd(paths):
    invocation, verdict = produced(paths)
    Path(verdict.uri).rmdir()
    executor_output(invocation, paths)
    assert list(Path(verdict.uri).iterdir()) == []


def test_what_goes_back_is_read_by_tfx_as_it_was_written(paths, tmp_path):
    from google.protobuf import json_format
    from kfp.pipeline_spec import pipeline_spec_pb2

    invocation, _ = produced(paths, blessed=1)
    file = tmp_path / "deep" / "output.json"
    write_output(executor_output(invocation, paths), str(file))
    parsed = json_format.Parse(file.read_text(), pipeline_spec_pb2.ExecutorOutput())
    assert parsed.artifacts["verdict"].artifacts[0].metadata["blessed"] == 1.0
    assert [path.name for path in file.parent.iterdir()] == ["output.json"]
    assert json.loads(file.read_text())["artifacts"].keys() == {"verdict"}
