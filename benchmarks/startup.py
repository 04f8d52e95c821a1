"""From the start of the process to the first pipeline step, against `from tfx import v1`.

Usage::

    python -m benchmarks.startup [--runs 3]

The import is what any pipeline written with TFX's public names pays before it does anything.
Both are whole processes, in turns; the first pair only warms the file caches. Nothing is asserted.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time

from rich.console import Console
from rich.table import Table

from benchmarks.ours import COMMAND
from benchmarks.processes import REPOSITORY, machine_line
from zeroskew.errors import StepError

_FIRST_STEP = "[ 1/"


def time_stock() -> float:
    """Returns the seconds that a process takes to import TFX's public names."""
    start = time.perf_counter()
    command = [sys.executable, "-c", "from tfx import v1"]
    subprocess.run(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def time_ours() -> float:
    """Returns the seconds from the start of a run until its first step starts.

    Raises:
        StepError: it ended before.
    """
    with tempfile.TemporaryDirectory(prefix="startup-") as folder:
        start = time.perf_counter()
        command = [*COMMAND, "--output", folder]
        with subprocess.Popen(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            has_started = any(line.startswith(_FIRST_STEP) for line in process.stdout)
            seconds = time.perf_counter() - start
            process.kill()
    if not has_started:
        raise StepError("the run must reach its first step", action=f"try {' '.join(command)}")
    return seconds


def main() -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(description="Measure the start-up against TFX's own import.")
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each (default 3)")
    runs = parser.parse_args().runs
    console = Console()
    console.print(machine_line())
    pairs = [(time_stock(), time_ours()) for _ in range(runs + 1)][1:]
    table = Table("run", "from tfx import v1", "ours, to the first step", "times faster")
    for number, (stock, ours) in enumerate(pairs, start=1):
        table.add_row(str(number), f"{stock:.1f} s", f"{ours:.1f} s", f"{stock / ours:.2f}")
    median = statistics.median(stock / ours for stock, ours in pairs)
    table.add_row("median", "", "", f"{median:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
