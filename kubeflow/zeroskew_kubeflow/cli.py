"""The commands of this room, `zeroskew kubeflow ...`: each reads settings, calls one function."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.options import Assignments, Config, Debug
from zeroskew_kubeflow import server_commands
from zeroskew_kubeflow.options import (
    Env,
    Image,
    compile_pipeline,
    read_environment,
    write_package,
)

app = typer.Typer(
    help="Compile the pipeline, and run it on Kubeflow Pipelines v2 or Vertex AI Pipelines.",
    no_args_is_help=True,
)


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
    environment = read_environment(env, {"image": image, "target": target})
    package = compile_pipeline(environment, config, assignments)
    file = write_package(package, env, output)
    steps = len(package.spec["root"]["dag"]["tasks"])
    typer.echo(f"ok: {steps} steps, {len(package.parameters)} parameters, written to {file}")
    if package.is_job:
        typer.echo("next: PipelineJob(template_path=...) of google-cloud-aiplatform submits it")
    else:
        typer.echo(f"next: zeroskew kubeflow run --env {env} --wait")


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="A compiled pipeline, YAML or JSON.")],
    debug: Debug = False,
) -> None:
    """Hold any compiled pipeline against the rules of a Kubeflow Pipelines server."""
    from zeroskew_kubeflow.compiling.package import read_package
    from zeroskew_kubeflow.compiling.validator import validate as prove

    package = read_package(file)
    prove(package)
    typer.echo(f"ok: {file} keeps the rules of Kubeflow Pipelines")


for command in (
    server_commands.upload,
    server_commands.run,
    server_commands.schedule,
    server_commands.status,
):
    app.command()(command)
