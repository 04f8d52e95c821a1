"""Generated requests, sound and wrong ones, are answered as OpenAPI says, and never break it."""

import os

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from served import ROW, ask

CASES = int(os.environ.get("FUZZ_CASES", "2"))
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
SECONDS = 10
MODES = {
    "sound": schemathesis.GenerationMode.POSITIVE,
    "wrong": schemathesis.GenerationMode.NEGATIVE,
}


@pytest.fixture(scope="module")
def operations(served):
    """What the service says that it answers, by method and path."""
    schema = schemathesis.openapi.from_url(f"{served.rest}/openapi.json")
    found = [one.ok() for one in schema.get_all_operations()]
    return {f"{one.method.upper()} {one.path}": one for one in found}


@pytest.mark.parametrize("kind", MODES)
def test_generated_requests_are_answered_as_the_document_says(served, operations, kind):
    for operation in operations.values():
        if kind == "wrong" and operation.method != "post":
            continue

        @settings(
            max_examples=CASES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=MODES[kind]))
        def answers(case):
            case.call_and_validate(checks=CHECKS, timeout=SECONDS)

        answers()
    with httpx.Client() as client:
        assert ask(served.model, [ROW], client)[0]["double"] == 3.0
