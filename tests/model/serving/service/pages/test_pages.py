"""The pages over HTTP: who may see them, and what a browser is told."""

import hashlib
from base64 import b64encode
from re import DOTALL, findall

import httpx
import pytest

from model.serving.fingerprint import Fingerprint


@pytest.mark.parametrize("path", ["/", "/docs", "/page/form", "/page/docs"])
def test_a_page_is_html_that_may_load_nothing(number, path):
    answer = httpx.get(f"{number}{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    rules = dict(one.split(" ", 1) for one in answer.headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    if not path.startswith("/page"):
        for tag in ("script", "style"):
            (text,) = findall(f"<{tag}>(.*?)</{tag}>", answer.text, DOTALL)
            digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert rules[f"{tag}-src"] == f"'sha256-{digest}'"


def test_without_the_token_the_pages_say_nothing_of_the_model(closed):
    for path in ("/", "/docs"):
        answer = httpx.get(f"{closed}{path}")
        assert answer.status_code == 200
        assert "Token" in answer.text
        assert "serving_columns" not in answer.text
        assert ">small<" not in answer.text
    for path in ("/page/form", "/page/docs", "/openapi.json"):
        assert httpx.get(f"{closed}{path}").status_code == 401
        allowed = {"authorization": "Bearer open sesame"}
        assert httpx.get(f"{closed}{path}", headers=allowed).status_code == 200


def test_the_fingerprint_of_the_version_stands_in_its_openapi(number):
    info = httpx.get(f"{number}/openapi.json").json()["info"]
    assert info["version"] == "7"
    assert info["x-fingerprint"] == Fingerprint("a", "b", "c", "d").whole


def test_what_a_version_does_not_know_of_a_row_is_told_to_those_who_may_ask(number, closed):
    body = {"signature_name": "serving_columns", "instances": [{"n": 0, "words": ["a b", "d"]}]}
    answer = httpx.post(f"{number}/page/unseen/7", json=body)
    assert answer.json() == {"number": ["0"], "words": ["d"]}
    assert httpx.post(f"{closed}/page/unseen/7", json=body).status_code == 401
    assert httpx.post(f"{number}/page/unseen/8", json=body).status_code == 404
    for wrong in ("x", "9" * 5000):
        assert httpx.post(f"{number}/page/unseen/{wrong}", json=body).status_code == 404
    assert httpx.get(f"{number}/page/unseen/7").status_code == 404
    refused = httpx.post(f"{number}/page/unseen/7", json={"instances": []})
    assert refused.status_code == 400
