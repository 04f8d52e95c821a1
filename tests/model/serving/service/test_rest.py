"""TensorFlow Serving's REST API as its documents have it, asked with an HTTP client."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from google.protobuf import json_format
from served import ROW, ask, fare_example, metrics_of
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2

JSON = "application/json"


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client() as one:
        assert one.get(f"{served.rest}/readyz").status_code == 200
        yield one


def post(client, url, body):
    answer = client.post(url, content=body if isinstance(body, str) else json.dumps(body))
    assert answer.headers["content-type"] == JSON
    return answer.status_code, answer.json()


def b64(data):
    return {"b64": base64.b64encode(data).decode()}


def test_the_request_beside_the_model_is_answered(served, client, place):
    body = (place / "3" / "assets.extra" / "request.json").read_text(encoding="utf-8")
    expected = {"double": 3.0, "month": 3, "name": "Blue", "tags": 2, "vector": [1.0, 0.5]}
    assert post(client, f"{served.model}:predict", body) == (200, {"predictions": [expected]})


@pytest.mark.parametrize("named", ["", "/versions/3", "/labels/stable"])
def test_a_question_may_name_version_or_label(served, client, named):
    url = f"{served.model}{named}:predict"
    assert post(client, url, {"instances": [b64(fare_example(4.0))]}) == (
        200,
        {"predictions": [8.0]},
    )
    assert post(client, url, {"inputs": {"examples": [b64(fare_example(4.0))]}}) == (
        200,
        {"outputs": [8.0]},
    )


def test_the_path_is_read_as_tensorflow_serving_reads_it(served, client):
    url = f"{served.rest}/V1/Models/small/Versions/3:PREDICT"
    assert post(client, url, {"instances": [b64(fare_example(4.0))]})[0] == 200


def test_classify_gives_label_and_score_of_each_class(served, client):
    body = {
        "signature_name": "classes",
        "context": {"company": "Blue"},
        "examples": [{"fare": 0.0}, {"fare": [0.0], "n": 1, "flag": True, "c": b64(b"\xff")}],
    }
    scores = [["no", 0.5], ["yes", 0.5]]
    answer = post(client, f"{served.model}:classify", body)
    assert answer == (200, {"results": [scores, scores]})


def test_regress_gives_a_number_and_takes_the_context(served, client):
    body = {"signature_name": "number", "context": {"fare": 1.25}, "examples": [{}, {}]}
    assert post(client, f"{served.model}:regress", body) == (200, {"results": [2.5, 2.5]})


@pytest.mark.parametrize(
    ("path", "body", "code", "error"),
    [
        ("/v1/models/other:predict", {}, 404, "Servable not found for request: Latest(other)"),
        (
            "/v1/models/small/versions/4:predict",
            {},
            404,
            "Servable not found for request: Specific(small, 4)",
        ),
        (
            "/v1/models/small/labels/x:predict",
            {},
            400,
            "Unrecognized servable version label: x",
        ),
        (
            "/v1/models/small/labels/gone:predict",
            {},
            404,
            "Servable not found for request: Specific(small, 9)",
        ),
        (
            "/v1/models/small:explain",
            {},
            400,
            "Malformed request: POST /v1/models/small:explain",
        ),
        ("/v1/models/small", {}, 400, "Malformed request: POST /v1/models/small"),
        (
            "/v1/models/small/versions/99999999999999999999:predict",
            {},
            400,
            "Failed to convert version: 99999999999999999999 to numeric.",
        ),
        (
            f"/v1/models/small/versions/{'9' * 5000}:predict",
            {},
            400,
            f"Failed to convert version: {'9' * 5000} to numeric.",
        ),
        ("/v1/models/small:predict", "{", 400, "the body must be JSON"),
        ("/v1/models/small:predict", "[]", 400, "the body must be a JSON object"),
        ("/v1/models/small:predict", {}, 400, "the body must have the key 'instances'"),
        ("/v1/models/small:classify", {"examples": [{}]}, 400, "No classification inputs found"),
        ("/v1/models/small:regress", {"examples": [{}]}, 400, "No regression inputs found"),
        (
            "/v1/models/small:regress",
            {"signature_name": "classes", "examples": [{}]},
            400,
            "No regression outputs found",
        ),
        (
            "/v1/models/small:classify",
            {"signature_name": "number", "examples": [{}]},
            400,
            "Expected classification signature outputs",
        ),
        (
            "/v1/models/small:classify",
            {"signature_name": "classes", "examples": [{"fare": [1, 2.0]}]},
            400,
            "examples[0].fare must have values of one type",
        ),
        (
            "/v1/models/small:classify",
            {"signature_name": "classes", "examples": [{"fare": None}]},
            400,
            "examples[0].fare must be a number",
        ),
        ("/v2/models", {}, 404, "there is nothing at POST /v2/models"),
    ],
)
def test_an_error_has_its_code_and_says_what_is_wrong(served, client, path, body, code, error):
    status, answer = post(client, f"{served.rest}{path}", body)
    assert (status, answer.keys()) == (code, {"error"})
    assert answer["error"].startswith(error)


def test_a_request_of_another_method_is_malformed(served, client):
    url = f"{served.model}:predict"
    for method in ("GET", "PUT", "DELETE"):
        answer = client.request(method, url)
        text = f"Malformed request: {method} /v1/models/small:predict"
        assert (answer.status_code, answer.json()) == (400, {"error": text})


def test_what_has_no_body_is_answered_as_well(served, client):
    answer = client.head(f"{served.model}:predict", timeout=5)
    assert (answer.status_code, answer.content) == (400, b"")


def test_a_model_without_a_name_has_no_state(served, client):
    answer = client.get(f"{served.rest}/v1/models")
    expected = {"error": "Missing model name in request."}
    assert (answer.status_code, answer.json()) == (400, expected)


@pytest.mark.parametrize("named", ["", "/versions/3", "/labels/stable"])
def test_the_state_of_versions_is_the_json_of_its_proto(served, client, named):
    answer = client.get(f"{served.model}{named}")
    assert answer.json() == {
        "model_version_status": [
            {
                "version": "3",
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
        ]
    }
    proto = json_format.Parse(answer.text, get_model_status_pb2.GetModelStatusResponse())
    assert proto.model_version_status[0].version == 3


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("other", "Could not find any versions of model other"),
        ("small/versions/4", "Could not find version 4 of model small"),
        ("small/versions/4/metadata", "Servable not found for request: Specific(small, 4)"),
    ],
)
def test_what_is_not_there_has_no_state(served, client, path, error):
    answer = client.get(f"{served.rest}/v1/models/{path}")
    assert (answer.status_code, answer.json()) == (404, {"error": error})


def test_the_metadata_are_the_json_of_their_proto(served, client, loaded):
    answer = client.get(f"{served.model}/metadata").json()
    spec = {"name": "small", "signature_name": "", "version": "3"}
    assert answer["model_spec"] == spec
    written = json.dumps(answer["metadata"]["signature_def"])
    found = json_format.Parse(written, get_model_metadata_pb2.SignatureDefMap()).signature_def
    assert found.keys() == loaded.definitions.keys()
    for name, one in loaded.definitions.items():
        # Protos of other fields are equal only if nothing was left out.
        assert found[name].SerializeToString(deterministic=True) == one.SerializeToString(
            deterministic=True
        )


def test_it_is_alive_and_ready(served, client):
    assert client.get(f"{served.rest}/healthz").json() == {"status": "alive"}
    assert client.get(f"{served.rest}/readyz").json() == {"status": "ready", "versions": [3]}


def test_clients_at_once_get_each_their_own_answer(served, client):
    def question(number):
        rows = [{"fare": float(number), "tags": ["x"] * (number % 5)}] * (1 + number % 3)
        return rows, ask(served.model, rows, client)

    with ThreadPoolExecutor(16) as threads:
        for rows, answers in threads.map(question, range(120)):
            assert [one["double"] for one in answers] == [2.0 * row["fare"] for row in rows]
            assert [one["tags"] for one in answers] == [len(row["tags"]) for row in rows]


def test_thousands_of_rows_are_answered_in_one_request(served, client):
    rows = [{**ROW, "fare": float(one)} for one in range(4000)]
    answers = ask(served.model, rows, client)
    assert [one["double"] for one in answers] == [2.0 * one for one in range(4000)]


def test_all_of_it_is_counted(served, client):
    def counted():
        return metrics_of(client.get(f"{served.rest}/metrics").text)

    before = counted()
    ask(served.model, [ROW, {"fare": 1.0, "tags": ["z"]}], client)
    body = {"signature_name": "serving_columns", "instances": [{"fair": 1.0}]}
    assert post(client, f"{served.model}:predict", body)[0] == 400
    after = counted()

    def more(name):
        return after[f"zeroskew_serving_{name}"] - before.get(f"zeroskew_serving_{name}", 0.0)

    assert more('requests_total{code="200",method="predict",protocol="REST"}') == 1
    assert more('requests_total{code="400",method="predict",protocol="REST"}') == 1
    assert more('rows_total{model="small"}') == 2
    assert more("batch_rows_count") == 1
    assert more('missing_values_total{column="company"}') == 1
    assert more('missing_values_total{column="fare"}') == 0
    assert more('unseen_values_total{column="tags",feature="tags"}') == 1
    assert more('unseen_values_total{column="month",feature="spring"}') == 0
    assert more('unknown_columns_total{model="small"}') == 1
    # The two questions, and the first look at the metrics.
    assert more('request_seconds_count{protocol="REST"}') == 3
    state = 'zeroskew_serving_version{model="small",state="AVAILABLE",version="3"}'
    assert after[state] == 1


def test_it_says_what_it_serves_and_how_to_ask(served, place):
    said = served.said.splitlines()
    request = place / "3" / "assets.extra" / "request.json"
    assert said == [
        f"serving    small, version 3, from {place / '3'}",
        f"REST       {served.model}",
        f"gRPC       {served.grpc}",
        f"page       {served.rest}/",
        f"metrics    {served.rest}/metrics",
        f"try        curl -d @{request} {served.model}:predict",
    ]
