"""`zeroskew serve --check --url`: a server that runs elsewhere is held against the model itself."""

import json

import pytest
from in_process import listening
from served import COLUMNS, ROW, save_version
from strict_server import strict

from model.evaluation.service_address import Address
from model.serving.service.settings import ServeSettings
from pipeline.serve_check import check_elsewhere
from pipeline.settings import load_settings
from zeroskew.errors import DataError, ParityError, SettingsError


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with one version, 3."""
    folder = tmp_path_factory.mktemp("elsewhere")
    save_version(folder / "3", small=True)
    return folder


@pytest.fixture(scope="module")
def service(place):
    with listening(place / "3", ServeSettings(request_rows=100)) as found:
        yield found


def check(url, place, rows=None, **serve):
    check_elsewhere(url, None, place, "small", load_settings(None, {"serve": serve}), rows)


PATHS = ["REST, by rows", "REST, by columns", "REST, one by one"]


def test_without_grpc_rest_alone_is_asked_the_example_made_up_rows_and_those_of_a_file(
    service, place, tmp_path, capsys
):
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([ROW, {"fare": 2.0}]), encoding="utf-8")
    check(service, place, rows)
    first, second, *others = capsys.readouterr().out.splitlines()
    assert first == f"server     {service}, version 3"
    assert second == "checked    small, version 3: 7 rows"
    assert [one.split(" = ")[0].strip() for one in others] == PATHS


def test_a_server_that_takes_no_null_is_sent_the_markers(service, place, capsys):
    with strict(service, {one.name for one in COLUMNS}) as url:
        check(url, place)
    *_, last = capsys.readouterr().out.splitlines()
    assert last == "           it takes no null: missing values were sent as their markers"


def test_the_url_may_have_a_path_of_its_own(service, place):
    with pytest.raises(ParityError) as caught:
        check(f"{service}/gateway/", place)
    assert caught.value.received.startswith("404: ")
    assert "there is nothing at GET /gateway/v1/models/small" in caught.value.received


def test_if_the_server_serves_another_version_both_are_named(service, tmp_path):
    mine = save_version(tmp_path / "4", small=True)
    with pytest.raises(ParityError) as caught:
        check(service, tmp_path)
    assert caught.value.allowed == f"version 4, from {mine}"
    assert caught.value.received == "version 3"


def test_a_server_that_answers_otherwise_is_found(service, tmp_path):
    save_version(tmp_path / "3", added=1.0, small=True)
    with pytest.raises(ParityError) as caught:
        check(service, tmp_path)
    assert "'double' is 4.0 in process and 3.0 over REST, by rows" in caught.value.received


def test_where_nothing_answers_it_is_said(place):
    with pytest.raises(SettingsError) as caught:
        check("http://127.0.0.1:1", place)
    assert caught.value.received.startswith("http://127.0.0.1:1: ")
    assert "Connection refused" in caught.value.received


@pytest.mark.parametrize("url", ["http://localhost:abc", "http://[::1", "http://a:secret@[::1"])
def test_a_url_that_is_none_is_refused_without_what_is_secret_in_it(place, url):
    with pytest.raises(SettingsError, match="a server must answer at the URL") as caught:
        check(url, place)
    assert "secret" not in str(caught.value)


def test_a_token_that_no_header_can_hold_is_not_shown(service):
    address = Address(service, None, "small", "my\nsecret")
    with pytest.raises(SettingsError) as caught:
        address.available()
    assert caught.value.received == f"{service}: ValueError"
    assert "secret" not in str(caught.value)


def test_a_certificate_that_is_none_is_said(tmp_path):
    (tmp_path / "a.pem").write_text("nothing")
    for file in (tmp_path / "a.pem", tmp_path / "none.pem"):
        address = Address("https://localhost:1", None, "small", certificate=file)
        with pytest.raises(SettingsError, match="a server must answer at the URL"):
            address.available()


def test_what_is_no_such_server_is_no_parity(service, place):
    with pytest.raises(ParityError, match="the server must serve the model"):
        check_elsewhere(service, None, place, "other", load_settings(None, {}), None)


def test_without_a_model_there_is_nothing_to_compare_with(service, tmp_path):
    with pytest.raises(DataError, match="the model must be a SavedModel"):
        check(service, tmp_path)
