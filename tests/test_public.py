"""What users import, and what starting the project must not import."""

import subprocess
import sys
from pathlib import Path

import pytest

import model

ROOT = Path(__file__).parents[1]


def modules_after(statement: str) -> set[str]:
    """Returns the modules that a new process has imported after a statement."""
    program = f"import sys\n{statement}\nprint('\\n'.join(['', *sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return set(done.stdout.splitlines())


@pytest.mark.parametrize(
    "module",
    [
        "pipeline.cli",
        "pipeline.run",
        "pipeline.settings",
        "data_ingestion.readers.source",
        "model.features",
    ],
)
def test_what_runs_before_the_first_step_imports_neither_tensorflow_nor_tfx(module: str) -> None:
    modules = modules_after(f"import {module}")
    assert module in modules
    assert modules.isdisjoint({"tensorflow", "tfx", "keras", "apache_beam"})


def test_importing_the_dag_does_not_import_google_clouds_aiplatform() -> None:
    modules = modules_after("import pipeline.dag")
    assert "tfx.components" in modules
    assert "google.cloud.aiplatform" not in modules


def test_a_features_file_needs_one_import() -> None:
    assert model.__all__ == [
        "PCA",
        *("Amount", "Boolean", "Bucketized", "Categorical", "Crossed", "Cyclic", "DateTime"),
        *("Embedding", "FeatureSet", "Hashed", "Integer", "MultiCategory", "Numeric", "OneOf"),
        *("PiecewiseLinear", "PretrainedText", "Sequence", "Text", "Vector", "YesNo"),
    ]
    assert all(hasattr(model, name) for name in model.__all__)


def test_that_import_takes_no_time() -> None:
    others = {"absl", "google.protobuf", "keras", "numpy", "pyarrow", "pydantic", "tensorflow"}
    assert modules_after("import model").isdisjoint(others)


def test_importing_zeroskew_imports_nothing_that_is_not_in_python() -> None:
    modules = modules_after("import zeroskew.errors, zeroskew.files, zeroskew.lazy")
    assert modules.isdisjoint({"google.protobuf", "numpy", "pyarrow", "pydantic", "rich", "yaml"})
