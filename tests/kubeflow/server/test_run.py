"""Run: what the server is sent."""

from pathlib import Path
from typing import Any

import pytest
from api_server import ApiServer
from client_cases import ROOT, client_of, upload

from zeroskew.errors import SettingsError


def test_pitfall_no_yaml_holds_the_root_so_a_run_names_it_with_version_account_and_parameters(
    server: ApiServer, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = client_of(server, service_account="zeroskew")
    uploaded = upload(client, package)
    parameters = {"data": '{"span": 7}', "epochs": 5, "rate": 0.25, "push": False}

    run = client.run(uploaded, package, "taxi 1f3e5a7", parameters)

    (experiment,) = server.service.experiments.values()
    assert experiment.display_name == "taxi"
    assert server.bodies("POST", "/runs") == [
        {
            "experiment_id": experiment.experiment_id,
            "display_name": "taxi 1f3e5a7",
            "pipeline_version_reference": {
                "pipeline_id": uploaded.pipeline_id,
                "pipeline_version_id": uploaded.version_id,
            },
            "runtime_config": {"parameters": parameters, "pipeline_root": ROOT},
            "service_account": "zeroskew",
        }
    ]
    assert (run.name, run.state, run.seconds) == ("taxi 1f3e5a7", "PENDING", None)
    assert run.url == f"{server.host}/#/runs/details/{run.run_id}"
    assert list(server.service.runs) == [run.run_id]
    assert capsys.readouterr() == ("", "")


def test_a_run_without_cache_sends_the_pipeline_with_all_caching_off(
    server: ApiServer, package: Path
) -> None:
    client = client_of(server)
    client.run(upload(client, package), package, "fresh", cache=False)

    (body,) = server.bodies("POST", "/runs")
    assert "pipeline_version_reference" not in body
    tasks = body["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]
    assert [one.get("cachingOptions") for one in tasks.values()] == [{}, {}]
    executors = body["pipeline_spec"]["platform_spec"]["platforms"]["kubernetes"]["deploymentSpec"]
    assert executors == {"executors": {"exec": {"imagePullPolicy": "Always"}}}


@pytest.mark.parametrize("cache", [None, True])
def test_a_run_with_cache_leaves_each_step_as_it_was_compiled(
    server: ApiServer, package: Path, cache: bool | None
) -> None:
    client = client_of(server)
    client.run(upload(client, package), package, "a run", cache=cache)

    (body,) = server.bodies("POST", "/runs")
    assert "pipeline_spec" not in body


def test_the_second_run_joins_the_same_experiment(server: ApiServer, package: Path) -> None:
    client = client_of(server)
    uploaded = upload(client, package)
    client.run(uploaded, package, "first")
    client.run(uploaded, package, "second")

    assert len(server.service.experiments) == 1
    assert len({body["experiment_id"] for body in server.bodies("POST", "/runs")}) == 1


def test_a_parameter_that_the_pipeline_has_not_is_refused_before_anything_is_asked(
    server: ApiServer, package: Path
) -> None:
    client = client_of(server)
    uploaded = upload(client, package)
    asked = len(server.received)

    with pytest.raises(SettingsError) as caught:
        client.run(uploaded, package, "a run", {"epoch": 5})

    assert str(caught.value) == (
        "a run can change only parameters of its pipeline\n"
        "  allowed:  data, epochs, push, rate\n"
        "  received: epoch\n"
        "  do:       did you mean 'epochs'?"
    )
    assert len(server.received) == asked


@pytest.mark.parametrize(
    ("name", "value", "allowed", "received"),
    [
        ("data", 7, "STRING", "7 (int)"),
        ("epochs", 1.5, "NUMBER_INTEGER", "1.5 (float)"),
        ("epochs", True, "NUMBER_INTEGER", "True (bool)"),
        ("rate", "0.1", "NUMBER_DOUBLE", "'0.1' (str)"),
        ("push", 1, "BOOLEAN", "1 (int)"),
    ],
)
def test_a_parameter_of_another_type_is_refused(
    server: ApiServer, package: Path, name: str, value: Any, allowed: str, received: str
) -> None:
    client = client_of(server)

    with pytest.raises(SettingsError, match=f"the parameter '{name}' must have its type") as caught:
        client.run(upload(client, package), package, "a run", {name: value})

    assert (caught.value.allowed, caught.value.received) == (allowed, received)


def test_pitfall_a_parameter_that_argo_takes_for_a_template_is_refused(
    server: ApiServer, package: Path
) -> None:
    client = client_of(server)
    uploaded = upload(client, package)

    with pytest.raises(SettingsError) as caught:
        client.run(uploaded, package, "a run", {"data": '{"query": "day > {{ day }}"}'})

    assert str(caught.value) == (
        "the parameter 'data' must not hold '{{', which Argo takes for a template\n"
        """  received: '{"query": "day > {{ day }}"}'"""
    )
    assert server.bodies("POST", "/runs") == []
