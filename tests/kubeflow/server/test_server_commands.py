"""`zeroskew kubeflow upload|run|schedule`, typed against the stand-in API server."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from api_server import ApiServer, Fault
from client_cases import TOKEN
from client_shell import PROJECT, Shell

VERSION = re.compile(r"([0-9a-f]{12}(?:-dirty)?|uncommitted)-lab\d+-[0-9a-f]{8}")


def test_upload_makes_a_version_named_after_the_commit_and_only_once(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    first = kubeflow("upload", "--env", str(lab)).splitlines()
    second = kubeflow("upload", "--env", str(lab)).splitlines()

    ((version_id, version),) = server.service.versions.items()
    (pipeline_id,) = server.service.pipelines
    assert VERSION.fullmatch(version.display_name)
    page = f"{server.host}/#/pipelines/details/{pipeline_id}/version/{version_id}"
    assert first == [
        f"ok: taxi, version {version.display_name}, uploaded",
        page,
        f"next: zeroskew kubeflow run --env {lab} --wait",
    ]
    assert second[0] == f"ok: taxi, version {version.display_name}, is on the server already"
    assert second[1] == page
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=PROJECT, capture_output=True, text=True
    )
    assert version.display_name.startswith(commit.stdout.strip() or "uncommitted")


def test_another_pipeline_of_the_same_commit_is_another_version(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    kubeflow("upload", "--env", str(lab))
    kubeflow("upload", "--env", str(lab), "--image", "zeroskew:other")
    kubeflow("upload", "--env", str(lab), "--set", "trainer.epochs=3")

    assert len({one.display_name for one in server.service.versions.values()}) == 3
    assert len(server.service.pipelines) == 1


def test_run_uploads_starts_and_says_how_to_look(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    lines = kubeflow("run", "--env", str(lab)).splitlines()

    (version,) = server.service.versions.values()
    ((run_id, _),) = server.service.runs.items()
    assert lines == [
        f"ok: taxi, version {version.display_name}, uploaded",
        f"ok: started taxi {version.display_name}",
        f"{server.host}/#/runs/details/{run_id}",
        f"next: zeroskew kubeflow status {run_id} --env {lab}",
    ]
    (body,) = server.bodies("POST", "/runs")
    root = "minio://mlpipeline/v2/artifacts/zeroskew"
    assert body["runtime_config"] == {"parameters": {}, "pipeline_root": root}


def test_settings_of_a_run_become_its_parameters_and_no_new_version(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    kubeflow("run", "--env", str(lab))
    said = kubeflow(
        "run", "--env", str(lab), "--set", "trainer.epochs=3", "--set", "data.path=s3://ml/trips"
    )

    assert len(server.service.versions) == 1
    _, body = server.bodies("POST", "/runs")
    parameters = body["runtime_config"]["parameters"]
    assert set(parameters) == {"data", "data_gate", "trainer"}
    assert json.loads(parameters["trainer"])["trainer"]["epochs"] == 3
    assert json.loads(parameters["data"])["path"] == "s3://ml/trips"
    assert ", with its own data, data_gate, trainer\n" in said


def test_a_setting_that_no_parameter_holds_is_refused_before_a_run_starts(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    code, _ = kubeflow.ends("run", "--env", str(lab), "--set", "slices=[payment_type,company]")

    assert code == 2
    assert kubeflow.errors == (
        "error: --set of a run can change what the pipeline has parameters for, not the pipeline\n"
        "  allowed:  settings of data, data_gate, model_gate, trainer\n"
        "  received: settings that change the steps Evaluator, Report\n"
        "  do:       write them into `settings:` of an environment, which gets its own version\n"
    )
    assert server.service.runs == {}


def test_run_without_cache_has_it_off_in_each_step(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    kubeflow("run", "--env", str(lab), "--no-cache")

    (body,) = server.bodies("POST", "/runs")
    tasks = body["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]
    assert len(tasks) == 17
    assert {json.dumps(one["cachingOptions"]) for one in tasks.values()} == {"{}"}


def test_schedule_takes_the_place_of_the_version_before(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    first = kubeflow("schedule", "--env", str(lab)).splitlines()
    (old,) = server.service.recurring_runs
    second = kubeflow(
        "schedule", "--env", str(lab), "--cron", "0 30 4 * * 1", "--set", "seed=2"
    ).splitlines()

    ((new, made),) = server.service.recurring_runs.items()
    assert first[1:] == [
        f"ok: taxi-{lab.stem} runs at '0 0 3 * * *' (UTC)",
        f"{server.host}/#/recurringrun/details/{old}",
    ]
    assert second[1:] == [
        f"ok: taxi-{lab.stem} runs at '0 30 4 * * 1' (UTC)",
        f"replaced: {old}",
        f"{server.host}/#/recurringrun/details/{new}",
    ]
    assert made.trigger.cron_schedule.cron == "0 30 4 * * 1"
    version = server.service.versions[made.pipeline_version_reference.pipeline_version_id]
    spec = version.pipeline_spec["pipeline_spec"]
    trainer = spec["root"]["inputDefinitions"]["parameters"]["trainer"]["defaultValue"]
    assert json.loads(trainer)["seed"] == 2


def test_schedule_warns_of_a_server_that_does_not_keep_the_account(
    server: ApiServer, kubeflow: Shell, lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZEROSKEW_KUBEFLOW_SERVER__SERVICE_ACCOUNT", "zeroskew")
    server.service.version = "2.16.0"

    lines = kubeflow("schedule", "--env", str(lab)).splitlines()

    assert lines[2] == (
        "warning: servers before 2.17 run recurring runs as their default account, not as"
        " 'zeroskew'; this one is 2.16.0"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("status", "no-such-run"), "error: the run must be one of the server's\n"),
        (("schedule", "--cron", "0 3 * * *"), "error: setting 'schedule.cron': needs six fields"),
        (("run", "--set", "trainer.epoch=3"), "did you mean 'epochs'?"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_message(
    kubeflow: Shell, lab: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, _ = kubeflow.ends(*arguments, "--env", str(lab))

    assert code == 2
    assert message in kubeflow.errors


def test_an_environment_of_vertex_has_no_api_server(kubeflow: Shell) -> None:
    code, _ = kubeflow.ends("upload", "--env", "vertex")

    assert code == 2
    assert "received: target: vertex\n" in kubeflow.errors


def test_a_token_that_the_server_refuses_is_not_shown(
    server: ApiServer,
    kubeflow: Shell,
    lab: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KFP_TOKEN", TOKEN)
    server.faults.append(Fault(401, f'{{"message": "token {TOKEN} has expired"}}', times=9))

    code, printed = kubeflow.ends("upload", "--env", str(lab))

    assert code == 2
    assert "error: the API server does not know this token\n" in kubeflow.errors
    assert "received: 401: token ... has expired\n" in kubeflow.errors
    assert TOKEN not in printed + kubeflow.errors
