"""The taxi template that TFX ships, with all its steps on, as a user would run it.

Usage::

    python -m benchmarks.stock_taxi FOLDER [--all-features]
"""

import argparse
import dataclasses
import importlib.util
import json
import re
import shutil
import sys
from pathlib import Path

from benchmarks import processes
from zeroskew.errors import StepError, WorkspaceError, ZeroskewError

PIPELINE_NAME = "stock_taxi"
STEPS = (
    "CsvExampleGen",
    "StatisticsGen",
    "ImportSchemaGen",
    "ExampleValidator",
    "Transform",
    "Trainer",
    "latest_blessed_model_resolver",
    "Evaluator",
    "Pusher",
)
_TEMPLATE = Path("experimental", "templates", "taxi")
_DATA = Path("examples", "chicago_taxi_pipeline", "data")
_PACKAGE_IMPORT = re.compile(r"from tfx\.experimental\.templates\.taxi\.")
_MORE_FEATURES = re.compile(r"# Uncomment below to add more features.*?\n\n", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class StockResult:
    """One run of the stock template.

    Attributes:
        seconds: wall time of the whole process `python local_runner.py`.
        metrics: `auc`, `accuracy`, `log_loss` and `ece` of its model on its own eval split, and
            the `rows` of that.
        blessed: whether its Evaluator blessed the model.
        steps: the steps that ran to their end, in the DAG's order.
        step_seconds: wall time of each of them, from its first to its last metadata record.
        peak_bytes: the most memory that the process, or the largest of its children, had.
    """

    seconds: float
    metrics: dict[str, float]
    blessed: bool
    steps: list[str]
    step_seconds: dict[str, float]
    peak_bytes: int


def run_stock(
    workdir: Path, *, all_features: bool = False, data: Path | None = None
) -> StockResult:
    """Makes the template in an empty folder, runs it and proves that every step ran.

    The clock covers the run alone; the model is measured afterwards, in another process.

    Args:
        workdir: an empty folder, or one that does not exist yet.
        all_features: also un-comment the features that the template proposes.
        data: a CSV file of trips, instead of the one that TFX ships.

    Raises:
        StepError: the run failed, or a step did not run.
    """
    workdir = workdir.resolve()
    prepare(workdir, all_features=all_features, data=data)
    finished = processes.run([sys.executable, "local_runner.py"], workdir, workdir / "stock.log")
    probe = [sys.executable, "-m", "benchmarks.stock_probe", str(workdir)]
    found = processes.run(probe, processes.REPOSITORY, workdir / "probe.log").last_json()
    missing = [step for step in STEPS if step not in found["step_seconds"]]
    if missing:
        raise StepError(
            "every step of the stock template must run to its end",
            received=f"no complete execution of {', '.join(missing)}",
        )
    return StockResult(
        seconds=finished.seconds,
        metrics=found["metrics"],
        blessed=found["blessed"],
        steps=list(STEPS),
        step_seconds={step: found["step_seconds"][step] for step in STEPS},
        peak_bytes=finished.peak_bytes,
    )


def prepare(workdir: Path, *, all_features: bool = False, data: Path | None = None) -> None:
    """Does what `tfx template copy` does, and un-comments every step as TFX's own test does.

    The template builds ExampleValidator only where a schema is given: it gets the one that the
    tfx package ships beside the data, as the last stage of that test does with an inferred one.

    Raises:
        WorkspaceError: the folder is not empty.
        StepError: tfx is not installed, or its template is not the one known here.
    """
    if workdir.is_dir() and any(workdir.iterdir()):
        raise WorkspaceError("the stock template needs an empty folder", received=str(workdir))
    tfx = _tfx_root()
    _copy_template(tfx / _TEMPLATE, workdir)
    (workdir / "data").mkdir()
    (workdir / "data" / "data.csv").symlink_to((data or data_file()).resolve())
    shutil.copy(tfx / _DATA / "user_provided_schema" / "schema.pbtxt", workdir)
    _replace(workdir / "pipeline" / "pipeline.py", "# components.append(", "components.append(")
    _replace(
        workdir / "local_runner.py",
        "# schema_path=generated_schema_path",
        "schema_path='schema.pbtxt'",
    )
    if all_features:
        _add_features(workdir / "models" / "features.py")


def data_file() -> Path:
    """Returns the CSV file of 15,002 taxi trips inside the installed tfx package."""
    return _tfx_root() / _DATA / "simple" / "data.csv"


def _tfx_root() -> Path:
    package = importlib.util.find_spec("tfx")
    if package is None or not package.submodule_search_locations:
        raise StepError("the stock template lies in the tfx package, which is not installed")
    return Path(next(iter(package.submodule_search_locations)))


def _copy_template(source: Path, target: Path) -> None:
    for file in sorted(source.rglob("*.py")):
        relative = file.relative_to(source)
        if relative.parts[0] == "e2e_tests":
            continue
        text = _PACKAGE_IMPORT.sub("from ", file.read_text(encoding="utf-8"))
        (target / relative).parent.mkdir(parents=True, exist_ok=True)
        (target / relative).write_text(text.replace("{{PIPELINE_NAME}}", PIPELINE_NAME), "utf-8")


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise _unknown_template(file, old)
    file.write_text(text.replace(old, new), encoding="utf-8")


def _add_features(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    block = _MORE_FEATURES.search(text)
    while block is not None and not block.group().count("VOCAB_FEATURE_KEYS"):
        block = _MORE_FEATURES.search(text, block.end())
    if block is None:
        raise _unknown_template(file, "# VOCAB_FEATURE_KEYS")
    code = "\n".join(re.sub(r"^# ?", "", line) for line in block.group().splitlines()[1:])
    file.write_text(text[: block.start()] + code + "\n" + text[block.end() :], encoding="utf-8")


def _unknown_template(file: Path, expected: str) -> StepError:
    return StepError(
        "the installed TFX must ship the known taxi template",
        allowed=f"{file.name} with {expected!r}",
        received=f"TFX {processes.machine()['tfx']}, whose {file.name} has no such line",
        action="bring benchmarks/stock_taxi.py up to date",
    )


def main() -> None:
    """Runs the stock template once and prints the result as JSON."""
    parser = argparse.ArgumentParser(description="Run the taxi template that TFX ships, once.")
    parser.add_argument("folder", type=Path, help="an empty folder")
    parser.add_argument("--all-features", action="store_true", help="un-comment its features too")
    options = parser.parse_args()
    try:
        result = run_stock(options.folder, all_features=options.all_features)
    except ZeroskewError as error:
        sys.exit(str(error))
    print(json.dumps(dataclasses.asdict(result), indent=2))


if __name__ == "__main__":
    main()
