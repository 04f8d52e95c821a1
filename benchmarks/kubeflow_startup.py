"""How long a step on Kubeflow takes from the start of its process to the start of its executor.

Ours against the entrypoint that TFX has, for every step of the taxi pipeline, one after the other.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

OURS = ("zeroskew_kubeflow.step.entrypoint", " starts")
STOCK = ("tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor", "Starting executor")
EXECUTORS = {
    "CuratedSchema": "data_ingestion.components.CuratedSchema_Executor",
    "ExampleGen": "data_ingestion.examples.example_gen.Executor",
    "StatisticsGen": "data_ingestion.statistics.statistics_gen.Executor",
    "ExampleValidator": "tfx.components.example_validator.executor.Executor",
    "DataGate": "data_ingestion.components.DataGate_Executor",
    "Transform": "model.feature_engineering.transform.transform.Executor",
    "TrivialBaselines": "model.components.TrivialBaselines_Executor",
    "Trainer": "tfx.components.trainer.executor.GenericExecutor",
    "Evaluator": "model.evaluation.evaluator.Executor",
    "Parity": "model.components.Parity_Executor",
    "ModelGate": "model.components.ModelGate_Executor",
    "Pusher": "model.serving.pusher.Executor",
}


def seconds_to_executor(entrypoint: tuple[str, str], executor: str) -> float:
    """Returns the time from the start of the process to the line that announces the executor."""
    module, announcement = entrypoint
    with tempfile.TemporaryDirectory() as folder:
        message = f'{{"inputs": {{}}, "outputs": {{"outputFile": "{folder}/output.json"}}}}'
        command = [sys.executable, "-m", module, "--executor_class_path", executor]
        command += ["--json_serialized_invocation_args", message]
        for spec in ("inputs", "outputs"):
            command += [f"--json_serialized_{spec}_spec_args", "{}"]
        start = time.perf_counter()
        with subprocess.Popen(
            command,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if announcement in line:
                    elapsed = time.perf_counter() - start
                    process.kill()
                    return elapsed
    raise RuntimeError(f"{module} never started {executor}")


def main(steps: Sequence[str]) -> None:
    """Prints the table and the ratio of the sums."""
    table = Table("step", "ours", "TFX's entrypoint", "ratio")
    ours = stock = 0.0
    for one in (OURS, STOCK):
        seconds_to_executor(one, EXECUTORS["Evaluator"])  # so that both find their files in memory
    for step in steps or EXECUTORS:
        pair = [seconds_to_executor(one, EXECUTORS[step]) for one in (OURS, STOCK)]
        ours, stock = ours + pair[0], stock + pair[1]
        table.add_row(step, *(f"{one:.1f} s" for one in pair), f"{pair[0] / pair[1]:.2f}")
    table.add_section()
    table.add_row("all", f"{ours:.1f} s", f"{stock:.1f} s", f"{ours / stock:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
