"""What a step's process has imported when its executor starts, and what it can import then."""

import functools
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packages import compile_for
from zeroskew_kubeflow.step.step_imports import NEEDS

from pipeline.settings import load_settings

PROJECT = Path(__file__).parents[3]
# A module of each package that is there when the whole package is.
WHOLE = {
    "tensorflow": "tensorflow.python",
    "apache_beam": "apache_beam.pipeline",
    "tensorflow_data_validation": "tensorflow_data_validation.api",
    "tensorflow_model_analysis": "tensorflow_model_analysis.evaluators",
}
GENERATE = "data_ingestion.examples.example_gen.Executor"
EVALUATE = "model.evaluation.evaluator.Executor"
MODEL_GATE = "model.components.ModelGate_Executor"
TFMA = "tensorflow_model_analysis"
WAITING = ("tensorflow_data_validation", TFMA, "tfx.components")
PARITY = "model.components.Parity_Executor"
TRAIN = "tfx.components.trainer.executor.GenericExecutor"

pytestmark = pytest.mark.e2e


@functools.cache
def run(code: str, executor: str = "", *, google_cloud: bool = False) -> Any:
    """Returns what code prints as JSON in a process that has imported an executor."""
    lines = ["import json, sys"]
    if executor:
        lines += [
            "from zeroskew_kubeflow.step.step_imports import import_executor",
            f"executor = import_executor({executor!r}, google_cloud={google_cloud})",
        ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*lines, code])],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def loaded_by(executor: str) -> set[str]:
    """Returns the packages of which a step has the whole when it starts."""
    code = f"print(json.dumps([name for name, part in {WHOLE}.items() if part in sys.modules]))"
    return set(run(code, executor))


def names_of(executor: str = "", packages: tuple[str, ...] = WAITING) -> dict[str, set[str]]:
    """Returns the names in packages that somebody uses, one after the other."""
    code = f"""
import importlib
found = {{}}
for name in {packages}:
    package = importlib.import_module(name)
    hasattr(package, "anything")
    found[name] = list(vars(package))
print(json.dumps(found))
"""
    return {name: set(names) for name, names in run(code, executor).items()}


def test_what_is_said_is_said_of_steps_of_the_pipeline():
    settings = load_settings(PROJECT / "examples" / "retrieval" / "settings.yaml")
    package = compile_for("/output", "minio://bucket/root", settings)
    executors = package.spec["deploymentSpec"]["executors"]
    arguments = [one["container"]["args"] for one in executors.values()]
    options = itertools.chain.from_iterable(itertools.pairwise(one) for one in arguments)
    assert {value for option, value in options if option == "--executor_class_path"} >= set(NEEDS)


@pytest.mark.parametrize("executor", NEEDS)
def test_a_step_has_what_it_needs_before_it_starts(executor):
    assert loaded_by(executor) >= set(NEEDS[executor])


@pytest.mark.parametrize("executor", [*(name for name in NEEDS if not NEEDS[name]), PARITY])
def test_a_light_step_starts_without_any_other_heavy_package(executor):
    assert loaded_by(executor) == set(NEEDS[executor])


@pytest.mark.parametrize("executor", ["model.serving.pusher.Executor", PARITY, GENERATE])
def test_what_was_hidden_can_be_imported_after_the_start(executor):
    code = (
        "import apache_beam, google.cloud.storage, IPython, sklearn.base, tensorflow\n"
        "print(json.dumps([google.cloud.storage.Client.__name__, apache_beam.Pipeline.__name__]))"
    )
    assert run(code, executor) == ["Client", "Pipeline"]


@pytest.mark.parametrize("google_cloud", [True, False])
def test_beam_knows_buckets_of_google_if_the_step_needs_them_and_else_says_so(google_cloud):
    code = """
from apache_beam.io.filesystems import FileSystems
try:
    print(json.dumps(type(FileSystems.get_filesystem("gs://bucket/file")).__name__))
except ValueError as error:
    print(json.dumps(str(error)))
"""
    expected = (
        "GCSFileSystem"
        if google_cloud
        else "Unable to get filesystem from specified path, please use the correct path or ensure "
        "the required dependency is installed, e.g., pip install apache-beam[gcp]. "
        "Path specified: gs://bucket/file"
    )
    assert run(code, GENERATE, google_cloud=google_cloud) == expected


def test_a_light_step_that_runs_beam_all_the_same_says_what_is_missing():
    code = """
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
class Grows(BaseBeamExecutor):
    def Do(self, *_):
        self._make_beam_pipeline()
try:
    Grows().Do()
except Exception as error:
    print(json.dumps(str(error)))
"""
    expected = "Apache Beam must be installed to use this functionality."
    assert run(code, "model.serving.pusher.Executor") == expected


def test_the_evaluator_has_all_names_of_tfma():
    stock = names_of(packages=("tfx.components", TFMA))[TFMA]
    assert "EvalConfig" in stock
    assert names_of(EVALUATE, (TFMA,))[TFMA] >= stock


@pytest.mark.parametrize("executor", [MODEL_GATE, PARITY, TRAIN])
def test_a_package_that_waits_is_whole_once_a_step_uses_it(executor):
    stock, ours = names_of(), names_of(executor)
    for package, name in zip(
        WAITING, ("validate_statistics", "load_eval_result", "Tuner"), strict=True
    ):
        assert name in stock[package]
        assert ours[package] >= stock[package]


def test_an_executor_of_somebody_else_gets_all_that_tfx_imports():
    code = "print(json.dumps([executor.__name__, 'apache_beam.pipeline' in sys.modules]))"
    path = "tfx.components.schema_gen.executor.Executor"
    assert run(code, path) == ["Executor", True]


def test_files_of_statistics_and_anomalies_are_called_as_tfx_calls_them():
    code = """
from data_ingestion import components as ours
from tfx.components.example_validator import executor as anomalies
from tfx.components.statistics_gen import executor as statistics
ours = [ours.ANOMALIES_FILE, ours.STATISTICS_FILE]
print(json.dumps([ours, [anomalies.DEFAULT_FILE_NAME, statistics.DEFAULT_FILE_NAME]]))
"""
    ours, stock = run(code)
    assert ours == stock
