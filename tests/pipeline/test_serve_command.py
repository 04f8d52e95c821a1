"""`zeroskew serve`; the service itself is tested in tests/model/serving/service."""

import sys

import pytest
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
