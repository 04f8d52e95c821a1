"""`zeroskew serve`; the service itself is tested in tests/model/serving/service."""

import json
import sys

import pytest
from served import ROW, save_version
from typer.testing import CliRunner
from zeroskew_command import message, run

from pipeline.cli import app
from zeroskew.errors import SettingsError


def test_what_no_run_has_blessed_is_not_served(tmp_path):
    done = run("serve", "--output", tmp_path, "--port", 0, "--grpc-port", 0)
    assert done.exit_code == 4
    assert done.stdout == ""
    assert done.stderr == message(
        "there must be a model to serve",
        allowed="a folder with numbered versions, or a SavedModel",
        received=f"no saved_model.pb below {tmp_path / 'serving'}",
        do="run 'zeroskew run' until a model is blessed, or name another folder",
    )


def test_the_indexes_of_the_run_are_served_with_its_models(tmp_path):
    save_version(tmp_path / "serving" / "1", small=True)
    (tmp_path / "index").mkdir()
    done = run("serve", "--output", tmp_path, "--port", 0, "--grpc-port", 0)
    assert done.exit_code == 4
    assert "version 1: with serve.index a model declares an embedding, of which" in done.stderr


def test_without_its_packages_it_says_how_to_get_them(monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.startswith("model.serving.service.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = CliRunner().invoke(app, ["serve", str(tmp_path)])
    assert isinstance(result.exception, SettingsError)
    assert result.exception.rule == "serving needs packages that are not installed"
    assert result.exception.action == "pip install 'zeroskew[serve]'"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--port", "70000"], "serve.port"),
        (["--set", "serve.ports=1"], "unknown setting 'serve.ports'"),
        (["--set", "serve.token=secret"], "unknown setting 'serve.token'"),
        (["--set", "serve.token_variable=NO_SUCH_TOKEN"], "the token that clients must send"),
    ],
)
def test_a_wrong_setting_is_told_before_the_model_is_loaded(options, text, tmp_path):
    result = CliRunner().invoke(app, ["serve", str(tmp_path), *options])
    assert isinstance(result.exception, SettingsError)
    assert text in str(result.exception)


def test_a_file_of_models_names_what_is_checked_over_both_protocols(tmp_path):
    for version in ("3", "4"):
        save_version(tmp_path / "versions" / version, small=True)
    file = tmp_path / "models.config"
    policy = "model_version_policy { specific { versions: 3 } }"
    file.write_text(
        "model_config_list { config { "
        f'name: "small" base_path: "{tmp_path / "versions"}" {policy} }} }}'
    )
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([ROW, {"fare": 2.0}]), encoding="utf-8")
    options = ["--rows", rows, "--set", "serve.token_variable=CHECK_TOKEN", "--set", "serve.port=1"]
    token = {"CHECK_TOKEN": "t"}
    done = run("serve", "--model-config", file, "--check", *options, environment=token)
    assert done.exit_code == 0, done.stderr
    first, *others = done.stdout.splitlines()
    assert first == "checked    small, version 3: 7 rows"
    paths = ["REST, by rows", "REST, by columns", "REST, one by one", "gRPC, tensors"]
    assert [one.split(" = ")[0].strip() for one in others] == [*paths, "gRPC, tf.Examples"]


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        (["--rows", "rows.csv"], "--rows, --url and --grpc say what --check asks"),
        (["--url", "http://localhost:1"], "--rows, --url and --grpc say what --check asks"),
        (["--check", "--grpc", "localhost:1"], "--grpc is asked beside --url"),
        (["--model-config", "models.config"], "--model-config names folder and model"),
    ],
)
def test_an_option_that_goes_with_another_is_not_taken_without_it(options, rule, tmp_path):
    result = CliRunner().invoke(app, ["serve", str(tmp_path), *options])
    assert isinstance(result.exception, SettingsError)
    assert result.exception.rule == rule
