import math
import os

import pytest

from zeroskew.errors import StepError
from zeroskew.parallel import is_distributed, run_here


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
