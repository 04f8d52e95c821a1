"""Options that several commands of this room share, and what they make of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.logs import quiet
from pipeline.options import read_settings

if TYPE_CHECKING:
    from zeroskew_kubeflow.compiling.package import Package
    from zeroskew_kubeflow.environment import Environment

Env = Annotated[
    str,
    typer.Option(
        "--env", "-e", help="An environment: a file, or a name in kubeflow/environments/."
    ),
]
Image = Annotated[
    str | None, typer.Option(help="The image of all steps, instead of the environment's.")
]


def read_environment(env: str, given: Mapping[str, Any] | None = None) -> "Environment":
    """Returns an environment; what is given of its settings, and is not None, wins."""
    from zeroskew_kubeflow.environment import load_environment

    chosen = {name: value for name, value in (given or {}).items() if value is not None}
    return load_environment(env, chosen)


def compile_pipeline(
    environment: "Environment", config: Path | None, assignments: list[str] | None
) -> "Package":
    """Compiles and validates; the environment's own settings stand below those of the command."""
    settings = read_settings(config, assignments=assignments, below=environment.settings)
    with quiet():
        from pipeline.checks import check_features, read_schema_of
        from zeroskew_kubeflow.compiling.compiler import compile_package
        from zeroskew_kubeflow.compiling.validator import validate

        check_features(settings, read_schema_of(settings))
        package = compile_package(settings, environment, Path.cwd())
        validate(package)
    return package


def write_package(package: "Package", env: str, output: Path | None = None) -> Path:
    """Writes a compiled pipeline; returns the file, ``build/NAME-ENV.yaml`` if none is given."""
    ending = "json" if package.is_job else "yaml"
    file = output or Path("build") / f"{package.name}-{Path(env).stem}.{ending}"
    package.write(file)
    return file
