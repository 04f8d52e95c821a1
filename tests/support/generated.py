"""Requests that are generated from what a service says that it answers."""

import os

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

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


def operations_of(rest):
    """Returns what the service at an address says that it answers, by method and path."""
    schema = schemathesis.openapi.from_url(f"{rest}/openapi.json")
    found = [one.ok() for one in schema.get_all_operations()]
    return {f"{one.method.upper()} {one.path}": one for one in found}


def assert_answers(operation, kind):
    """Asks an operation, and holds its answers against the document."""

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
