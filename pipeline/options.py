"""Options that several commands share, and what they make of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pipeline.settings import Settings

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Settings file (YAML). Default: the built-in taxi case."),
]
Data = Annotated[
    str | None,
    typer.Option(help="A data file, a folder of them, a pattern, a database or 'taxi' (built in)."),
]
Output = Annotated[
    Path | None, typer.Option(help="Folder for artifacts, metadata, logs and the served model.")
]
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any setting: --set trainer.epochs=5"),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Run every step again.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the summary as JSON, the last line of stdout.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Print what goes into the log, too.")
]
PushedModel = Annotated[
    Path | None,
    typer.Option(help="A SavedModel that a run has pushed. Default: the newest of --config."),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Read so many rows at most.")]
Delimiter = Annotated[
    str | None, typer.Option(help="Between the fields of CSV; found in the file unless given.")
]
Encoding = Annotated[str | None, typer.Option(help="Of the text of CSV. Default: utf-8.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


def read_settings(
    config: Path | None = None,
    data: str | None = None,
    output: Path | None = None,
    seed: int | None = None,
    assignments: list[str] | None = None,
    *,
    no_cache: bool = False,
    below: Mapping[str, Any] | None = None,
) -> "Settings":
    """Returns the settings that the options name; those of `below` win over the file alone."""
    from pipeline.settings import load_settings
    from pipeline.settings_sources import parse_assignments

    paths = [] if data is None else [f"data.path={json.dumps(data)}"]
    overrides = parse_assignments([*(assignments or []), *paths])
    chosen = {"output": output, "seed": seed, "cache": False if no_cache else None}
    overrides.update({name: value for name, value in chosen.items() if value is not None})
    return load_settings(config, overrides, below)
