"""Where Beam runs the steps that grow with the data, and the options it needs for that.

`docs/beam.md` says what each engine needs, and what of it has been proven.
"""

import dataclasses
import json
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from zeroskew.errors import SettingsError
from zeroskew.parallel import runner_of

GROWING_STEPS = frozenset(
    {"BigQueryExampleGen", "ExampleGen", "StatisticsGen", "Transform", "Evaluator"}
)
"""The steps whose work grows with the data; another engine than this machine runs these only."""

CpuOf = Callable[[str], float | None]
"""Gives the cores of a step's container by the step's name; None where nothing is known."""

_DASK = (
    "Beam's DaskRunner loses data and says nothing: it runs the last branch of a pipeline only, "
    "and each step of TFX has several; use direct, portable, flink, spark or dataflow"
)
# TFX packs itself into an archive for each step that gets options for Beam, which takes seconds
# and stays in /tmp, unless they say that the workers have an image. Where there is none, as in this
# process, Beam looks at nothing but that it is named.
_NO_IMAGE = "none"
_SECONDS_TO_CONNECT = 10

_Endpoint = Annotated[str, Field(pattern=r"^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$")]
_Folder = Annotated[str, Field(pattern=r"^gs://[^/]+")]
_Address = Annotated[str, Field(pattern=r"^[^@\s]+$")]


@dataclasses.dataclass(frozen=True)
class _Runner:
    """What an engine is called in Beam, and which settings it has."""

    name: str
    needs: tuple[tuple[str, ...], ...] = ()
    may_have: tuple[str, ...] = ()

    @property
    def settings(self) -> set[str]:
        """All that belong to it."""
        return {name for one in self.needs for name in one} | set(self.may_have)


_WORKER = ("worker_pool", "worker_image", "worker_command", "setup_file", "temp")
_CLUSTER = (("job_endpoint", "master"), ("environment",))
_RUNNERS = {
    # What Beam's DirectRunner comes to, without the binary that it first wants to download.
    "direct": _Runner("FnApiRunner", may_have=("workers", "temp")),
    "portable": _Runner("PortableRunner", (("job_endpoint",), ("environment",)), _WORKER),
    "flink": _Runner("FlinkRunner", _CLUSTER, (*_WORKER, "job_server_jar", "workers")),
    "spark": _Runner("SparkRunner", _CLUSTER, (*_WORKER, "job_server_jar")),
    "dataflow": _Runner(
        "DataflowRunner",
        (("project",), ("region",), ("temp",), ("setup_file", "worker_image")),
        ("staging", "workers"),
    ),
}
# What belongs to where the workers' code runs.
_ENVIRONMENTS = {
    "external": "worker_pool",
    "docker": "worker_image",
    "process": "worker_command",
}


class BeamSettings(BaseModel):
    """Which engine runs Beam, and what it needs.

    Usage::

        BeamSettings(workers=4)
        BeamSettings(
            runner="flink",
            job_endpoint="jobs:8099",
            environment="external",
            worker_pool="localhost:50000",
        )

    Attributes:
        runner: ``direct`` for this machine; ``portable`` for any Beam job server; ``flink``,
            ``spark`` and ``dataflow``.
        workers: processes of ``direct``; 0 for as many as the step has cores on Kubeflow, and for
            none but this process elsewhere. With ``flink`` the parallelism, with ``dataflow`` the
            machines, at most; 0 leaves it to the engine.
        job_endpoint: HOST:PORT of a Beam job server that runs.
        master: Flink's or Spark's own address; a job server is then started here, with Java.
        job_server_jar: the file of that job server, which Beam would otherwise download.
        environment: where the workers' code runs: ``external`` in a pool of workers, ``docker``
            in a container, ``process`` as a process of the engine's machines, ``loopback`` in
            this process.
        worker_pool: with ``external``, HOST:PORT of the pool, as the engine's machines see it.
        worker_image: with ``docker`` or ``dataflow``, the container's image.
        worker_command: with ``process``, the program that starts a worker.
        setup_file: `./setup.py`; the workers install the project from it.
        project: on Google Cloud.
        region: on Google Cloud.
        temp: gs:// folder for files that nobody needs afterwards.
        staging: gs:// folder for what the workers download; `temp` unless given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    runner: Literal["direct", "portable", "flink", "spark", "dataflow"] = "direct"
    workers: Annotated[int, Field(ge=0)] = 0
    job_endpoint: _Endpoint | None = None
    master: _Address | None = None
    job_server_jar: str | None = None
    environment: Literal["loopback", "external", "docker", "process"] | None = None
    worker_pool: _Endpoint | None = None
    worker_image: str | None = None
    worker_command: str | None = None
    setup_file: str | None = None
    project: str | None = None
    region: str | None = None
    temp: _Folder | None = None
    staging: _Folder | None = None

    @property
    def distributed(self) -> bool:
        """Whether the engine may run on other machines, which do not see this one's files."""
        return self.runner != "direct"

    @field_validator("runner", mode="before")
    @classmethod
    def _loses_nothing(cls, runner: Any) -> Any:
        if "dask" in str(runner).lower():
            raise ValueError(_DASK)
        return runner

    @model_validator(mode="after")
    def _fit_the_runner(self) -> "BeamSettings":
        runner = _RUNNERS[self.runner]
        given = {name for name, value in self if value} - {"runner"}
        foreign = sorted(given - runner.settings)
        if foreign:
            raise ValueError(
                f"runner {self.runner} has no {', '.join(foreign)}; it has "
                f"{', '.join(sorted(runner.settings))}; remove the others, or choose another runner"
            )
        missing = [" or ".join(one) for one in runner.needs if not given.intersection(one)]
        if missing:
            raise ValueError(
                f"runner {self.runner} needs {', '.join(missing)}; docs/beam.md says what they are"
            )
        self._fit_the_job_server(given)
        self._fit_the_environment(given)
        return self

    def _fit_the_job_server(self, given: set[str]) -> None:
        if {"job_endpoint", "master"} <= given:
            raise ValueError(
                "job_endpoint names a job server that runs, master has one started here; "
                "remove one of them"
            )
        if "job_server_jar" in given and "master" not in given:
            raise ValueError(
                "job_server_jar is for a job server that is started here; "
                "remove it, or set master in place of job_endpoint"
            )

    def _fit_the_environment(self, given: set[str]) -> None:
        if self.environment is None:
            return
        needed = _ENVIRONMENTS.get(self.environment)
        if needed and needed not in given:
            raise ValueError(f"environment {self.environment} needs {needed}")
        foreign = sorted(given.intersection(_ENVIRONMENTS.values()) - {needed})
        if foreign:
            raise ValueError(
                f"environment {self.environment} has no {', '.join(foreign)}; "
                "remove it, or choose another environment"
            )


def check_beam_args(extra: Sequence[str], settings: BeamSettings) -> None:
    """Refuses hand-written options that lose data, or contradict the settings.

    Raises:
        ValueError: they do.
    """
    runner = runner_of(extra)
    if runner == "dask":
        raise ValueError(_DASK)
    if runner and settings.distributed:
        raise ValueError(
            f"beam.runner says {settings.runner}, and they name a --runner too; remove one of them"
        )


def beam_args(
    settings: BeamSettings, extra: Sequence[str] = (), cpu: float | None = None
) -> list[str]:
    """Returns Beam's options.

    Args:
        settings: the engine.
        extra: more options; where both name one, these win. If they name a runner, they are all.
        cpu: cores of the container that the step runs in.
    """
    if runner_of(extra):
        return list(extra)
    own = [f"--runner={_RUNNERS[settings.runner].name}", *_options(settings, cpu)]
    chosen = {argument.partition("=")[0] for argument in extra}
    return [argument for argument in own if argument.partition("=")[0] not in chosen] + list(extra)


def _options(settings: BeamSettings, cpu: float | None) -> list[str]:
    """Returns the options other than the runner."""
    image = settings.worker_image or (None if settings.setup_file else _NO_IMAGE)
    options = {
        "job_endpoint": settings.job_endpoint,
        "sdk_container_image": image,
        "project": settings.project,
        "region": settings.region,
        "setup_file": settings.setup_file,
        "temp_location": settings.temp,
        "staging_location": settings.staging,
    }
    if settings.runner == "direct":
        workers = settings.workers or int(cpu or 1)
        mode = "multi_processing" if workers > 1 else "in_memory"
        options |= {"direct_running_mode": mode, "direct_num_workers": str(max(workers, 1))}
    elif settings.runner == "flink":
        options |= {"flink_master": settings.master, "parallelism": str(settings.workers or "")}
        options["flink_job_server_jar"] = settings.job_server_jar
    elif settings.runner == "spark":
        options["spark_master_url"] = settings.master
        options["spark_job_server_jar"] = settings.job_server_jar
    elif settings.runner == "dataflow":
        options["max_num_workers"] = str(settings.workers or "")
    if settings.environment:
        options["environment_type"] = settings.environment.upper()
        # Not --environment_options: with them, Beam fails on an external environment.
        options["environment_config"] = settings.worker_pool or settings.worker_image
        if settings.worker_command:
            options["environment_config"] = json.dumps({"command": settings.worker_command})
    return [f"--{name}={value}" for name, value in options.items() if value]


def check_job_server(settings: BeamSettings) -> None:
    """Connects to the job server; Beam would try for five minutes, and not say what it waits for.

    Raises:
        SettingsError: nothing answers there.
    """
    if settings.job_endpoint is None:
        return
    host, _, port = settings.job_endpoint.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _SECONDS_TO_CONNECT).close()
    except (OSError, OverflowError) as error:
        raise SettingsError(
            "the Beam job server must be reachable from here",
            received=f"beam.job_endpoint={settings.job_endpoint}: {error}",
            action="start it, or correct the setting",
        ) from error


def hand_out(
    steps: Iterable[Any],
    settings: BeamSettings,
    extra: Sequence[str] = (),
    cpu_of: CpuOf | None = None,
) -> None:
    """Gives each step that runs on Beam its options; one that has some keeps them.

    Args:
        steps: of the pipeline.
        settings: the engine of the steps in `GROWING_STEPS`; the others stay on this machine.
        extra: more options for the same steps.
        cpu_of: by a step's name, the cores of its container.
    """
    for step in steps:
        if getattr(step.executor_spec, "beam_pipeline_args", None) != []:
            continue
        cpu = cpu_of(step.id) if cpu_of else None
        grows = step.id in GROWING_STEPS
        chosen = beam_args(settings, extra, cpu) if grows else beam_args(BeamSettings(), (), cpu)
        step.with_beam_pipeline_args(chosen)
