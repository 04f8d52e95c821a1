"""The same work for many items: in this process, on all cores, or wherever Beam runs."""

import collections
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from zeroskew.errors import StepError

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_THIS_PROCESS = (
    # What Beam's DirectRunner comes to, without the binary that it first wants to download.
    "--runner=FnApiRunner",
    "--direct_running_mode=in_memory",
    "--direct_num_workers=1",
)
"""Beam's options for a pipeline that runs here and now."""

_THREADS = 2
_LOCAL_RUNNERS = {"", "direct", "bundlebaseddirect", "switchingdirect", "fnapi"}


def cores() -> int:
    """Returns how many cores this process may use; a container's CPU limit counts."""
    import joblib

    return joblib.cpu_count()


def run_here(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int = 0
) -> Iterator[Result]:
    """Does the work on this machine; the results come in the order of `items`.

    Two workers are threads: most of the work is in Arrow, which lets go of Python's lock, and they
    start at once. More are processes, because the lock would hold them up.

    Args:
        work: a function of a module that takes little time to import.
        items: what it is done for; they can be pickled.
        workers: how many; 0 for one on each core.

    Raises:
        StepError: a process ended before its work did.
    """
    count = min(workers or cores(), len(items))
    if count <= 1:
        yield from map(work, items)
        return
    import joblib
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    backend = "threading" if count <= _THREADS else "loky"
    parallel = joblib.Parallel(
        count, backend=backend, batch_size=1, pre_dispatch="2*n_jobs", return_as="generator"
    )
    try:
        yield from parallel(joblib.delayed(work)(item) for item in items)
    except TerminatedWorkerError as error:
        raise StepError(
            "each process must live until its work is done",
            received="one was killed, perhaps for want of memory",
            action="set data.workers to a smaller number",
        ) from error
    finally:
        if backend == "loky":
            get_reusable_executor().shutdown(wait=True)


def ahead(items: Iterable[Item], most: int = 2) -> Iterator[Item]:
    """Takes items in a thread of its own while earlier ones are in use, so many ahead at most.

    Pays where the work is in libraries that let go of Python's lock.
    """
    source, end = iter(items), object()
    with ThreadPoolExecutor(1, "ahead") as thread:
        try:
            waiting = collections.deque(thread.submit(next, source, end) for _ in range(most))
            while (item := waiting.popleft().result()) is not end:
                waiting.append(thread.submit(next, source, end))
                yield item  # type: ignore[misc]
        finally:
            thread.shutdown(cancel_futures=True)


def run_on_beam(work: Callable[[Item], None], items: Sequence[Item], pipeline: Any) -> None:
    """Does the work where a Beam pipeline runs, and waits for it.

    Args:
        work: a function of a module that the workers have.
        items: what it is done for; they are pickled.
        pipeline: a new `beam.Pipeline`.
    """
    import apache_beam as beam

    with pipeline:
        _ = (
            pipeline
            | "Items" >> beam.Create(items, reshuffle=False)
            | "Spread" >> beam.Reshuffle()
            | "Work" >> beam.Map(work)
        )


def is_distributed(beam_args: Sequence[str]) -> bool:
    """Tells whether Beam's options name a runner on other machines."""
    return runner_of(beam_args) not in _LOCAL_RUNNERS


def runner_of(beam_args: Sequence[str]) -> str:
    """Returns the runner that Beam's options name: `dask` for `--runner=DaskRunner` and the like.

    As for Beam, case does not matter, nor does the module, and the last one counts. It is empty
    if they name none.
    """
    named = [
        argument.partition("=")[2] if "=" in argument else following
        for argument, following in itertools.pairwise([*beam_args, ""])
        if argument.partition("=")[0] == "--runner"
    ]
    last = named[-1].strip().rpartition(".")[2].lower() if named else ""
    return last.removesuffix("runner")
