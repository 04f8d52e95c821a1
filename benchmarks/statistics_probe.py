"""One StatisticsGen, run once in a process of its own.

Usage::

    python -m benchmarks.statistics_probe stock|ours EXAMPLES FOLDER

The clock covers the executor's work, not the imports before it. The last line of stdout is
`{"seconds": s, "peak_mib": m}`; the peak is that of this process.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(executor: Any, examples: Path, folder: Path) -> float:
    """Computes the statistics of both splits; returns the seconds it took."""
    from tfx.components.util import examples_utils
    from tfx.proto import example_gen_pb2
    from tfx.types import standard_component_specs as specs
    from tfx.types.standard_artifacts import Examples, ExampleStatistics

    source, target = Examples(), ExampleStatistics()
    source.uri, target.uri = str(examples), str(folder)
    source.split_names, source.span = '["train", "eval"]', 0
    examples_utils.set_payload_format(source, example_gen_pb2.FORMAT_TF_EXAMPLE)
    examples_utils.set_file_format(source, "tfrecords_gzip")
    context = executor.Context(
        beam_pipeline_args=["--runner=DirectRunner", "--direct_running_mode=in_memory"],
        tmp_dir=str(folder / "tmp"),
        unique_id="1",
    )
    ready = executor(context)
    start = time.perf_counter()
    ready.Do({specs.EXAMPLES_KEY: [source]}, {specs.STATISTICS_KEY: [target]}, {})
    return time.perf_counter() - start


def stock() -> Any:
    """Returns TFX's executor."""
    from tfx.components.statistics_gen.executor import Executor

    return Executor


def ours() -> Any:
    """Returns this project's executor."""
    from data_ingestion.statistics.statistics_gen import Executor

    return Executor


PROBES: dict[str, Callable[[], Any]] = {"stock": stock, "ours": ours}


def main() -> None:
    """Runs what the arguments say and prints the numbers."""
    name, examples, folder = sys.argv[1:]
    seconds = run(PROBES[name](), Path(examples), Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    main()
