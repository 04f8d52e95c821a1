"""The stand-in is as strict as kfp's description: else the other tests would prove little."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from api_server import ApiServer
from api_server.description import dump, model, operations
from api_server.undescribed import check_tasks


def post(server: ApiServer, path: str, body: dict[str, Any]) -> tuple[int, str]:
    request = Request(
        f"{server.host}/apis/v2beta1/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urlopen(request) as answer:
            return answer.status, ""
    except HTTPError as error:
        return error.code, json.load(error)["message"]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("runs", {"displayname": "a"}, "body: unknown field 'displayname'"),
        ("runs", {"display_name": 7}, "body.display_name: 7 is no str"),
        (
            "runs",
            {"runtime_config": {"root": "s3://a"}},
            "body.runtime_config: unknown field 'root'",
        ),
        ("recurringruns", {"max_concurrency": 2}, "body.max_concurrency: 2 is no str"),
        ("recurringruns", {"no_catchup": "yes"}, "body.no_catchup: 'yes' is no bool"),
        (
            "recurringruns",
            {"mode": "ON"},
            "body.mode: 'ON' is no ['MODE_UNSPECIFIED', 'ENABLE', 'DISABLE']",
        ),
        ("pipelines?page=2", {"display_name": "a"}, "unknown query parameter 'page'"),
    ],
)
def test_what_the_description_does_not_have_is_refused(
    server: ApiServer, path: str, body: dict[str, Any], message: str
) -> None:
    assert post(server, path, body) == (400, message)


def test_what_the_description_has_is_taken(server: ApiServer) -> None:
    assert post(server, "pipelines", {"display_name": "a"}) == (200, "")


def test_what_the_description_does_not_name_is_not_found(server: ApiServer) -> None:
    assert post(server, "jobs", {}) == (404, "Not Found")


def test_an_answer_of_another_model_is_refused() -> None:
    with pytest.raises(TypeError, match="the answer must be V2beta1Run, not V2beta1Pipeline"):
        dump(model("V2beta1Pipeline")(), "V2beta1Run")


def test_the_description_is_read_whole() -> None:
    known = operations()
    upload = known["POST", "/apis/v2beta1/pipelines/upload_version"]
    listing = known["GET", "/apis/v2beta1/runs"]
    creation = known["POST", "/apis/v2beta1/recurringruns"]

    assert len(known) >= 30
    assert upload.takes_file
    assert {name: upload.query[name] for name in ("name", "pipelineid")} == {
        "name": "str",
        "pipelineid": "str",
    }
    assert (listing.query["page_size"], listing.answer) == ("int", "V2beta1ListRunsResponse")
    assert (creation.body, creation.answer) == ("V2beta1RecurringRun", "V2beta1RecurringRun")


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ({"pod_name": "a"}, "task: unknown field 'pod_name'"),
        ({"status_metadata": {"error": "a"}}, "task.status_metadata: unknown field 'error'"),
        ({"name": 7}, "task.name: 7 is none of <class 'str'>"),
        ({"state": "PENDING"}, "task.state: 'PENDING' is none of "),
    ],
)
def test_a_task_that_is_none_of_a_server_without_mlmd_is_refused(
    task: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        check_tasks([task])

    assert str(caught.value).startswith(message)
