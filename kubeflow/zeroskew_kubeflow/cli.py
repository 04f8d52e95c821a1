"""The commands of this room, `zeroskew kubeflow ...`: each reads settings, calls one function."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.options import Assignments, Config, Debug, quieten_tensorflow, read_settings

if TYPE_CHECKING:
    from zeroskew_kubeflow.environment import Environment
    from zeroskew_kubeflow.package import Package

app = typer.Typer(
    help="Compile the pipeline, and run it on Kubeflow Pipelines v2 or Vertex AI Pipelines.",
    no_args_is_help=True,
)

Env = Annotated[
    str,
    typer.Option(
        "--env", "-e", help="An environment: a file, or a name in kubeflow/environments/."
    ),
]
Image = Annotated[
    str | None, typer.Option(help="The image of all steps, instead of the environment's.")
]


@app.command("compile")
def compile_(
    env: Env = "dev",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: build/NAME-ENV.yaml")
    ] = None,
    config: Config = None,
    assignments: Assignments = None,
    image: Image = None,
    target: Annotated[
        str | None, typer.Option(help="kubeflow or vertex, instead of the environment's.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Compile the pipeline for an environment, and prove that a server would take it.

    [bold]Examples[/bold]

      zeroskew kubeflow compile --env prod
      zeroskew kubeflow compile --env vertex --output build/taxi.json
      zeroskew kubeflow compile --env dev --config my_case/settings.yaml --image my/image:dev
    """
    environment = _environment(env, image, target)
    package = _compile(environment, config, assignments)
    ending = "json" if package.is_job else "yaml"
    file = output or Path("build") / f"{package.name}-{Path(env).stem}.{ending}"
    package.write(file)
    steps = len(package.spec["root"]["dag"]["tasks"])
    typer.echo(f"ok: {steps} steps, {len(package.parameters)} parameters, written to {file}")
    if package.is_job:
        typer.echo("next: PipelineJob(template_path=...) of google-cloud-aiplatform submits it")
    else:
        typer.echo(f"next: upload it, and give the run the pipeline root {package.pipeline_root}")


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="A compiled pipeline, YAML or JSON.")],
    debug: Debug = False,
) -> None:
    """Hold any compiled pipeline against the rules of a Kubeflow Pipelines server."""
    from zeroskew_kubeflow.package import read_package
    from zeroskew_kubeflow.validator import validate as prove

    package = read_package(file)
    prove(package)
    typer.echo(f"ok: {file} keeps the rules of Kubeflow Pipelines")


def _environment(env: str, image: str | None = None, target: str | None = None) -> "Environment":
    from zeroskew_kubeflow.environment import load_environment

    given = {"image": image, "target": target}
    return load_environment(env, {key: value for key, value in given.items() if value})


def _compile(
    environment: "Environment", config: Path | None, assignments: list[str] | None
) -> "Package":
    """Compiles and validates; the environment's own settings stand below those of the command."""
    quieten_tensorflow()
    from pipeline.run import check_features, read_schema_of
    from zeroskew_kubeflow.compiler import compile_package
    from zeroskew_kubeflow.validator import validate as prove

    settings = read_settings(config, assignments=assignments, below=environment.settings)
    check_features(settings, read_schema_of(settings))
    package = compile_package(settings, environment, Path.cwd())
    prove(package)
    return package
