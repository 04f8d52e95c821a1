"""The commands that ask an API server: `upload`, `run`, `schedule`, `status`."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipeline.options import AsJson, Assignments, Config, Debug, NoCache
from zeroskew_kubeflow.options import (
    Env,
    Image,
    compile_pipeline,
    read_environment,
    write_package,
)

if TYPE_CHECKING:
    from zeroskew_kubeflow.compiling.package import Package
    from zeroskew_kubeflow.environment import Environment
    from zeroskew_kubeflow.server.client import Client, Uploaded


def upload(
    env: Env = "dev",
    config: Config = None,
    assignments: Assignments = None,
    image: Image = None,
    debug: Debug = False,
) -> None:
    """Compile the pipeline, and put it on the server as a version named after the git commit.

    A version that the server has already is not uploaded again.

    [bold]Examples[/bold]

      zeroskew kubeflow upload --env prod
      KFP_TOKEN=$(kubectl -n ml create token zeroskew) zeroskew kubeflow upload --env prod
    """
    version = _upload(env, read_environment(env, {"image": image}), config, assignments)
    typer.echo(f"{version.text}\n{version.uploaded.url}")
    typer.echo(f"next: zeroskew kubeflow run --env {env} --wait")


def run(
    env: Env = "dev",
    config: Config = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="A setting of this run: data, seed, trainer, gate."
        ),
    ] = None,
    image: Image = None,
    name: Annotated[
        str | None, typer.Option(help="What the run is listed as. Default: pipeline and version.")
    ] = None,
    no_cache: NoCache = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Show the steps until the run ends.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Seconds to wait at most, 0 for ever; the run goes on. Default: 86400, a day.",
        ),
    ] = None,
    poll: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 5.0,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Start a run of the pipeline as it stands here; upload it first if the server lacks it.

    [bold]Exit codes[/bold]: 0 started, or succeeded with --wait; 1 a step failed, or the time is
    over; 2 wrong usage, or the server refuses it.

    [bold]Examples[/bold]

      zeroskew kubeflow run --env dev --wait
      zeroskew kubeflow run --env prod --set data.span=2014 --set trainer.epochs=10
      zeroskew kubeflow run --env prod --no-cache --wait --timeout 7200 --json | tail -1
    """
    from zeroskew_kubeflow.server.run_report import print_run, print_step, to_json
    from zeroskew_kubeflow.server.wait import DEFAULT_TIMEOUT, Patience

    environment = read_environment(env, {"image": image})
    version = _upload(env, environment, config)
    parameters = version.parameters(environment, config, assignments)
    listed = name or f"{version.package.name} {version.name}"
    cache = False if no_cache else None
    found = version.client.run(version.uploaded, version.file, listed, parameters, cache)
    # What is for people goes to stderr if a script reads stdout.
    console = Console(stderr=as_json)
    changed = f", with its own {', '.join(sorted(parameters))}" if parameters else ""
    typer.echo(f"{version.text}\nok: started {listed}{changed}\n{found.url}", err=as_json)
    if wait or timeout is not None:
        patience = Patience(poll, DEFAULT_TIMEOUT if timeout is None else timeout or None)
        found = version.client.wait(found.run_id, lambda task: print_step(console, task), patience)
        print_run(console, dataclasses.replace(found, tasks=()))
    else:
        typer.echo(f"next: zeroskew kubeflow status {found.run_id} --env {env}", err=as_json)
    if as_json:
        typer.echo(to_json(found))


def schedule(
    env: Env = "dev",
    cron: Annotated[
        str | None,
        typer.Option(help="Six fields, from seconds to weekday, instead of the environment's."),
    ] = None,
    config: Config = None,
    assignments: Assignments = None,
    image: Image = None,
    name: Annotated[
        str | None, typer.Option(help="Of the recurring run. Default: pipeline and environment.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Let the pipeline as it stands here run again and again, in place of the version before.

    [bold]Examples[/bold]

      zeroskew kubeflow schedule --env prod
      zeroskew kubeflow schedule --env prod --cron "0 30 4 * * 1"
    """
    given = {"image": image, "schedule": None if cron is None else {"cron": cron}}
    environment = read_environment(env, given)
    version = _upload(env, environment, config, assignments)
    listed = name or f"{version.package.name}-{Path(env).stem}"
    scheduled = version.client.schedule(version.uploaded, version.file, listed)
    typer.echo(f"{version.text}\nok: {listed} runs at {environment.schedule.cron!r} (UTC)")
    if scheduled.replaced:
        typer.echo(f"replaced: {', '.join(scheduled.replaced)}")
    if scheduled.disabled:
        typer.echo(f"disabled, since a run of it goes on: {', '.join(scheduled.disabled)}")
    if scheduled.warning:
        typer.echo(f"warning: {scheduled.warning}")
    typer.echo(scheduled.url)


def status(
    run_id: Annotated[str | None, typer.Argument(help="A run. Default: the newest runs.")] = None,
    env: Env = "dev",
    count: Annotated[int, typer.Option(min=1, max=100, help="So many runs at most.")] = 10,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show the newest runs of an environment, or one run with its steps.

    With --json, each run is one line.

    [bold]Examples[/bold]

      zeroskew kubeflow status --env prod
      zeroskew kubeflow status 4f9c9f0e-12f4-4c5f-8c7e-8ad5c1f1b0a1 --env prod --json
    """
    from zeroskew_kubeflow.server.client import connect
    from zeroskew_kubeflow.server.run_report import print_run, print_runs, to_json

    client = connect(read_environment(env))
    runs = (client.describe(run_id),) if run_id else client.latest_runs(count)
    if as_json:
        for found in runs:
            typer.echo(to_json(found))
    elif run_id:
        print_run(Console(), runs[0])
    elif runs:
        print_runs(runs)
    else:
        typer.echo(f"no runs yet\nnext: zeroskew kubeflow run --env {env} --wait")


@dataclasses.dataclass(frozen=True)
class _Version:
    """A version on the server, and what it was made from."""

    client: "Client"
    package: "Package"
    file: Path
    name: str
    uploaded: "Uploaded"

    @property
    def text(self) -> str:
        done = "uploaded" if self.uploaded.created else "is on the server already"
        return f"ok: {self.package.name}, version {self.name}, {done}"

    def parameters(
        self, environment: "Environment", config: Path | None, assignments: list[str] | None
    ) -> dict[str, str]:
        """Returns the parameters with which this version does what other settings say."""
        from zeroskew_kubeflow.server.submission import changed_parameters

        if not assignments:
            return {}
        wanted = compile_pipeline(environment, config, assignments)
        return changed_parameters(self.package, wanted)


def _upload(
    env: str,
    environment: "Environment",
    config: Path | None,
    assignments: list[str] | None = None,
) -> _Version:
    from zeroskew_kubeflow.compiling.version_name import version_name
    from zeroskew_kubeflow.server.client import connect

    client = connect(environment)
    package = compile_pipeline(environment, config, assignments)
    file = write_package(package, env)
    name = version_name(package, Path(env).stem, Path.cwd())
    return _Version(client, package, file, name, client.upload(file, package.name, name))
