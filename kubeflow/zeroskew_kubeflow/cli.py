"""`zeroskew kubeflow ...`: the commands of this room."""

import typer

app = typer.Typer(help="Compile, validate and run the pipeline on Kubeflow Pipelines v2.")
