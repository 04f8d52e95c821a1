import pytest
from pydantic import ValidationError

from model.serving.service.settings import CanarySettings, ServeSettings
from model.serving.service.token import is_allowed, read_token
from zeroskew.errors import SettingsError


def test_by_default_one_machine_is_served_the_newest_version_on_the_ports_of_tensorflow_serving():
    settings = ServeSettings()
    assert (settings.host, settings.port, settings.grpc_port) == ("127.0.0.1", 8501, 8500)
    assert (settings.versions, settings.pinned, settings.labels) == (1, (), {})
    assert (settings.canary, settings.unknown_columns) == (None, "refuse")
    assert settings.index is None
    assert read_token(settings) is None


@pytest.mark.parametrize(
    ("values", "place", "text"),
    [
        ({"port": 70000}, ("port",), "less than or equal to 65535"),
        ({"versions": 0}, ("versions",), "equal to 1"),
        ({"labels": {"a": "x"}}, ("labels", "a"), "valid integer"),
        ({"canary": {"version": 1, "share": 2}}, ("canary", "share"), "equal to 1"),
        ({"canary": {"version": 1}}, ("canary", "share"), "required"),
        ({"unknown_columns": "drop"}, ("unknown_columns",), "'refuse' or 'ignore'"),
        ({"seconds": 0}, ("seconds",), "greater than 0"),
        ({"token": "secret"}, ("token",), "not permitted"),
        ({"allow_origins": ["example.com"]}, ("allow_origins", 0), "should match pattern"),
        ({"allow_origins": ["https://example.com/"]}, ("allow_origins", 0), "match pattern"),
        ({"certificate": "a.pem"}, (), "certificate and key are given together"),
        ({"token_variable": "A", "token_file": "b"}, (), "not both"),
    ],
)
def test_a_wrong_setting_is_refused_where_it_stands(values, place, text):
    with pytest.raises(ValidationError) as caught:
        ServeSettings.model_validate(values)
    (error,) = caught.value.errors()
    assert error["loc"] == place
    assert text in error["msg"]


def test_settings_survive_the_way_through_json():
    settings = ServeSettings(
        labels={"stable": 3}, pinned=(1, 2), canary=CanarySettings(version=4, share=0.1)
    )
    assert ServeSettings.model_validate_json(settings.model_dump_json()) == settings


def test_the_token_comes_from_a_variable_or_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv("A_TOKEN", "abc")
    assert read_token(ServeSettings(token_variable="A_TOKEN")) == "abc"
    (tmp_path / "token").write_text("def\n")
    assert read_token(ServeSettings(token_file=tmp_path / "token")) == "def"


@pytest.mark.parametrize("place", ["variable", "empty variable", "file", "empty file"])
def test_a_token_that_is_not_there_is_an_error_not_an_open_door(monkeypatch, tmp_path, place):
    monkeypatch.delenv("A_TOKEN", raising=False)
    if place == "empty variable":
        monkeypatch.setenv("A_TOKEN", "")
    if place == "empty file":
        (tmp_path / "token").write_text("\n")
    settings = (
        ServeSettings(token_file=tmp_path / "token")
        if "file" in place
        else ServeSettings(token_variable="A_TOKEN")
    )
    with pytest.raises(SettingsError, match="the token that clients must send must be there"):
        read_token(settings)


@pytest.mark.parametrize(
    ("sent", "allowed"),
    [
        (b"Bearer abc", True),
        ("Bearer abc", True),
        (b"Bearer abd", False),
        (b"abc", False),
        ("Bearer \u00e4bc", False),
        (None, False),
    ],
)
def test_only_the_token_itself_is_allowed(sent, allowed):
    assert is_allowed(sent, "abc") is allowed
