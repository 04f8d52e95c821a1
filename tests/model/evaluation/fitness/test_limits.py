"""What makes a model unfit to serve is said with both numbers."""

import dataclasses

import pytest
from judged import FIT

from model.evaluation.fitness.check import Asked, Fitness
from model.evaluation.fitness.limits import unfit
from model.evaluation.sentences import sentence
from model.settings import ServingLimits


def said(limits: ServingLimits, fitness: Fitness) -> list[tuple[bool, str]]:
    return [(one.passed, sentence(one)) for one in unfit(limits, fitness)]


def test_without_limits_it_is_said_that_plain_tensorflow_serves_it() -> None:
    assert said(ServingLimits(), FIT) == [
        (
            True,
            "plain TensorFlow 2.16.2 serves it: 4 warm-up requests and 1 odd ones get the "
            "answers they should",
        )
    ]


@pytest.mark.parametrize(
    ("limit", "passed", "sentence"),
    [
        (
            {"p50_ms": 0.75},
            True,
            "half of the requests for one row take at most 0.75 ms (serving_default), at most 0.75 "
            "is allowed",
        ),
        (
            {"p99_ms": 1.99},
            False,
            "99 % of the requests for one row take at most 2 ms (serving_columns), but at most "
            "1.99 is allowed",
        ),
        (
            {"rows_per_second": 200_000},
            True,
            "requests for 1,024 rows answer 200,000 rows/s (serving_default), at least 200,000 is "
            "allowed",
        ),
        (
            {"rows_per_second": 300_000},
            False,
            "requests for 1,024 rows answer 200,000 rows/s (serving_default), but at least "
            "300,000 is allowed",
        ),
        ({"memory_mib": 2048}, True, "it takes 80 MiB of memory, at most 2,048 is allowed"),
        ({"memory_mib": 79.5}, False, "it takes 80 MiB of memory, but at most 79.5 is allowed"),
    ],
)
def test_the_slower_signature_is_held_against_a_limit(
    limit: dict[str, float], passed: bool, sentence: str
) -> None:
    assert said(ServingLimits(**limit), FIT)[1:] == [(passed, sentence)]


def test_each_answer_that_is_not_as_it_should_be_is_a_refusal() -> None:
    wrong = Asked("text in 'fare', which takes numbers", False, "answered, as if it were right")
    fitness = dataclasses.replace(FIT, asked=[*FIT.asked, wrong])
    assert said(ServingLimits(), fitness) == [
        (
            False,
            "asked text in 'fare', which takes numbers, the model answered, as if it were right",
        )
    ]


def test_a_model_that_cannot_be_loaded_is_held_against_no_limit() -> None:
    fitness = Fitness(failure="died of SIGSEGV, when it was to ask 0 rows at once")
    limits = ServingLimits(p50_ms=1, memory_mib=1, rows_per_second=1)
    assert said(limits, fitness) == [
        (
            False,
            "plain TensorFlow does not serve it: its process died of SIGSEGV, when it was to ask 0 "
            "rows at once",
        )
    ]
