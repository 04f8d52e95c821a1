"""Which pages of other sites may ask, as a browser finds it out."""

import httpx
import pytest
from in_process import listening
from served import ROW

from model.serving.service.settings import ServeSettings

SITE = "https://example.com"
BODY = {"signature_name": "serving_columns", "instances": [ROW]}
FIRST = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}


@pytest.fixture(scope="module")
def address(place):
    settings = ServeSettings(allow_origins=(SITE, "http://localhost:3000"))
    with listening(place / "3", settings, token="t") as found:
        yield f"{found}/v1/models/small:predict"


def test_a_page_of_a_named_site_may_ask_and_read_the_answer(address):
    answer = httpx.options(address, headers={"origin": SITE, **FIRST})
    assert (answer.status_code, answer.content) == (200, b"")
    assert {name: one for name, one in answer.headers.items() if name.startswith("access")} == {
        "access-control-allow-origin": SITE,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "authorization, content-encoding, content-type",
        "access-control-max-age": "600",
        "access-control-expose-headers": "retry-after",
    }
    headers = {"origin": SITE, "authorization": "Bearer t"}
    answer = httpx.post(address, json=BODY, headers=headers)
    assert answer.json()["predictions"][0]["double"] == 3.0
    assert answer.headers["access-control-allow-origin"] == SITE
    assert answer.headers["vary"] == "origin"


def test_it_needs_the_token_as_all_do_and_can_read_that_it_does(address):
    answer = httpx.post(address, json=BODY, headers={"origin": SITE})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == SITE


@pytest.mark.parametrize("origin", ["https://example.org", "https://example.com.org", "null"])
def test_a_page_of_another_site_may_not(address, origin):
    answer = httpx.options(address, headers={"origin": origin, **FIRST})
    assert answer.status_code == 401
    assert not [name for name in answer.headers if name.startswith("access")]
    headers = {"origin": origin, "authorization": "Bearer t"}
    answer = httpx.post(address, json=BODY, headers=headers)
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "origin"


def test_who_does_not_ask_as_a_browser_does_is_refused_as_before(address):
    headers = {"origin": SITE, "authorization": "Bearer t"}
    assert httpx.options(address, headers=headers).status_code == 400


def test_all_sites_may_be_named_and_by_default_none_is(place):
    with listening(place / "3", ServeSettings(allow_origins=("*",))) as found:
        answer = httpx.get(f"{found}/healthz", headers={"origin": SITE})
        assert answer.headers["access-control-allow-origin"] == SITE
    with listening(place / "3") as found:
        first = httpx.options(f"{found}/v1/models/small:predict", headers={"origin": SITE, **FIRST})
        answer = httpx.get(f"{found}/healthz", headers={"origin": SITE})
    assert first.status_code == 400
    assert not {"vary", "access-control-allow-origin"} & {*answer.headers}
