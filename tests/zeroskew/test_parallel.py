import itertools
import math
import os
import threading
from collections.abc import Iterator

import pytest

from zeroskew.errors import StepError
from zeroskew.parallel import ahead, is_distributed, run_here


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_order_from_threads_and_processes(workers: int) -> None:
    assert list(run_here(math.factorial, range(20), workers)) == [
        math.factorial(n) for n in range(20)
    ]


def test_nothing_to_do() -> None:
    assert list(run_here(math.factorial, [])) == []


def test_a_process_that_is_killed_is_an_error() -> None:
    with pytest.raises(StepError, match="each process must live until its work is done"):
        list(run_here(os._exit, range(6), workers=3))


@pytest.mark.parametrize(
    ("beam_args", "expected"),
    [
        ((), False),
        (("--direct_running_mode=in_memory",), False),
        (("--runner=DirectRunner",), False),
        (("--runner=apache_beam.runners.direct.DirectRunner",), False),
        (("--runner=DataflowRunner", "--project=acme"), True),
        (("--runner", "FlinkRunner"), True),
        (("--project=acme", "--runner=PortableRunner"), True),
    ],
)
def test_a_runner_on_other_machines(beam_args: tuple[str, ...], expected: bool) -> None:
    assert is_distributed(beam_args) is expected


def test_items_are_taken_ahead_in_their_order_and_in_one_other_thread() -> None:
    taken: list[tuple[int, int]] = []

    def items() -> Iterator[int]:
        for number in range(20):
            taken.append((number, threading.get_ident()))
            yield number

    found = []
    for number in ahead(items(), most=3):
        found.append(number)
        assert len(taken) <= number + 4
    assert found == list(range(20))
    (thread,) = {one for _, one in taken}
    assert thread != threading.get_ident()


def test_an_error_of_what_is_taken_ahead_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    taken = ahead(items())
    assert next(taken) == 1
    with pytest.raises(KeyError, match="two"):
        next(taken)


def test_what_is_never_taken_is_left() -> None:
    assert list(itertools.islice(ahead(itertools.count()), 3)) == [0, 1, 2]
