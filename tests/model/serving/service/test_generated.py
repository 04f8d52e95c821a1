"""Generated requests, sound and wrong ones, are answered as OpenAPI says, and never break it."""

import httpx
import pytest
from generated import MODES, assert_answers, operations_of
from served import ROW, ask


@pytest.fixture(scope="module")
def operations(served):
    return operations_of(served.rest)


@pytest.mark.parametrize("kind", MODES)
def test_generated_requests_are_answered_as_the_document_says(served, operations, kind):
    for operation in operations.values():
        if kind == "sound" or operation.method == "post":
            assert_answers(operation, kind)
    with httpx.Client() as client:
        assert ask(served.model, [ROW], client)[0]["double"] == 3.0
