"""OpenAPI of a served model: it is valid, it is the model's, and answers are as it says."""

import json

import httpx
import jsonschema
import pytest
from in_process import listening
from openapi_spec_validator import validate
from served import COLUMNS, ROW

from model.serving.requests import row_schema
from model.serving.service.settings import ServeSettings


@pytest.fixture(scope="module")
def address(place):
    settings = ServeSettings(labels={"stable": 3}, request_rows=50)
    with listening(place / "3", settings) as found:
        yield found


@pytest.fixture(scope="module")
def document(address):
    return httpx.get(f"{address}/openapi.json").json()


def of(document, schema):
    """Returns a validator for a schema of the document."""
    return jsonschema.Draft202012Validator({**schema, "components": document["components"]})


def schema_of(document, path, kind):
    operation = document["paths"][path]["post"]
    place = operation["requestBody"] if kind == "body" else operation["responses"]["200"]
    return of(document, place["content"]["application/json"]["schema"])


def test_it_is_valid(document):
    validate(document)


def test_it_has_the_columns_of_the_model_and_the_example(document, place):
    row = document["components"]["schemas"]["Row"]
    said = row_schema(COLUMNS, ROW)
    assert row["properties"] == said["properties"]
    assert [*row["properties"]] == [one.name for one in COLUMNS]
    assert row["examples"] == [ROW]
    assert row["additionalProperties"] is False
    body = document["paths"]["/v1/models/small:predict"]["post"]["requestBody"]
    request = json.loads((place / "3" / "assets.extra" / "request.json").read_bytes())
    assert body["content"]["application/json"]["example"] == request


def test_it_has_the_paths_of_the_service_and_no_others(document):
    model = "/v1/models/small"
    kinds = (":predict", ":classify", ":regress", "", "/metadata")
    places = ("", "/versions/{version}", "/labels/{label}")
    own = {"/openapi.json", "/healthz", "/readyz", "/metrics"}
    assert {*document["paths"]} == own | {f"{model}{one}{kind}" for one in places for kind in kinds}
    assert document["info"]["version"] == "3"
    assert "security" not in document


@pytest.mark.parametrize(
    "body",
    [
        {"signature_name": "serving_columns", "instances": [ROW, {}, {"fare": None}]},
        {"signature_name": "serving_columns", "inputs": {"fare": [1.0, None]}},
        {"instances": [{"b64": ""}]},
        {"inputs": {"examples": [{"b64": ""}]}},
        {"signature_name": "tensors", "inputs": {"image": [[[1, 2], [3, 4]]], "times": 2.0}},
        {"signature_name": "number", "instances": [{"inputs": ""}]},
    ],
)
def test_what_it_allows_is_answered_as_it_says(address, document, body):
    path = "/v1/models/small:predict"
    schema_of(document, path, "body").validate(body)
    answer = httpx.post(f"{address}{path}", json=body)
    assert answer.status_code == 200, answer.text
    schema_of(document, path, "answer").validate(answer.json())


@pytest.mark.parametrize(
    "body",
    [
        {"signature_name": "serving_columns", "instances": [{"fair": 1.0}]},
        {"signature_name": "serving_columns", "instances": [{"fare": "1"}]},
        {"signature_name": "serving_columns", "instances": [{"vector": [1.0]}]},
        {"signature_name": "serving_columns", "instances": [{"month": 2**63}]},
        {"signature_name": "serving_columns", "instances": [{}] * 51},
        {"signature_name": "serving_columns", "instances": []},
        {"signature_name": "other", "instances": [{}]},
        {},
    ],
)
def test_what_it_forbids_is_refused(address, document, body):
    path = "/v1/models/small:predict"
    assert not schema_of(document, path, "body").is_valid(body)
    answer = httpx.post(f"{address}{path}", json=body)
    assert answer.status_code == 400
    of(document, document["components"]["schemas"]["Error"]).validate(answer.json())


def test_columns_that_are_ignored_are_allowed(place):
    settings = ServeSettings(unknown_columns="ignore")
    with listening(place / "3", settings, token="t") as address:
        assert httpx.get(f"{address}/openapi.json").status_code == 401
        headers = {"authorization": "Bearer t"}
        document = httpx.get(f"{address}/openapi.json", headers=headers).json()
    validate(document)
    assert document["components"]["schemas"]["Row"]["additionalProperties"] is True
    assert document["security"] == [{"token": []}]
    assert document["paths"]["/healthz"]["get"]["security"] == []
    assert "401" in document["paths"]["/metrics"]["get"]["responses"]
