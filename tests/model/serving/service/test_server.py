"""What keeps the service from starting."""

import socket

import pytest
from served import save_broken_version

from model.serving.service.server import serve
from model.serving.service.settings import ServeSettings
from zeroskew.errors import DataError, SettingsError

FREE = ServeSettings(port=0, grpc_port=0)


def start(place, settings):
    """Starts it where it cannot."""
    serve(place, "small", settings, lambda started: pytest.fail(f"it has started: {started}"))


@pytest.fixture
def taken():
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_of_rest_that_is_taken_is_named(place, taken):
    with pytest.raises(SettingsError) as caught:
        start(place, ServeSettings(port=taken, grpc_port=0))
    assert str(caught.value) == (
        "the port of REST must be free, and the host an address of this machine\n"
        f"  received: 127.0.0.1:{taken}: Address already in use\n"
        "  do:       choose another with --port or --host"
    )


def test_a_port_of_grpc_that_is_taken_is_named(place, taken):
    with pytest.raises(SettingsError) as caught:
        start(place, ServeSettings(port=0, grpc_port=taken))
    assert caught.value.rule == "the port of gRPC must be free"
    assert caught.value.received.startswith(f"127.0.0.1:{taken}")


def test_a_host_that_is_no_address_of_this_machine_is_refused(place):
    with pytest.raises(SettingsError, match="the host an address of this machine"):
        start(place, FREE.model_copy(update={"host": "192.0.2.1"}))


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        start(tmp_path, FREE)
    assert str(caught.value) == (
        "there must be a model to serve\n"
        "  allowed:  a folder with numbered versions, or a SavedModel\n"
        f"  received: no saved_model.pb below {tmp_path}\n"
        "  do:       run 'zeroskew run' until a model is blessed, or name another folder"
    )


def test_a_folder_whose_models_all_fail_says_why(tmp_path):
    broken = save_broken_version(tmp_path / "7")
    with pytest.raises(DataError) as caught:
        start(tmp_path, FREE)
    assert caught.value.rule.startswith("at least one version of the model must load")
    assert caught.value.received.startswith("version 7: ")
    assert str(broken) in caught.value.received
