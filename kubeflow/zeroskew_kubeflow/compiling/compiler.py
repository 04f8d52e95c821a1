"""Compiles the DAG to what Kubeflow Pipelines, or Vertex AI Pipelines, takes.

TFX's own compiler does the first step; `ir.py` repairs its result, `platform_spec.py` adds what
Kubernetes needs, and `validator.py` proves the whole by the rules of the API server.
"""

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data_ingestion.settings import PLACES_OF_ROWS
from pipeline.beam import GROWING_STEPS
from pipeline.settings import Settings
from zeroskew.errors import SettingsError, did_you_mean
from zeroskew_kubeflow.compiling import ir
from zeroskew_kubeflow.compiling.package import Package
from zeroskew_kubeflow.compiling.platform_spec import platform_spec
from zeroskew_kubeflow.environment import Environment
from zeroskew_kubeflow.step.lean_imports import uncollected

ENTRYPOINT = ("python", "-m", "zeroskew_kubeflow.step.entrypoint")

# The settings that a run may change without compiling again, by the name of their parameter: the
# steps, and the property of each.
PARAMETERS = {
    "data": (("ExampleGen", "data"), ("Report", "data")),
    "data_gate": (("DataGate", "data"),),
    "trainer": (
        ("Trainer", "custom_config"),
        ("ModelGate", "training"),
        ("Report", "training"),
    ),
    "model_gate": (
        ("LastBlessedModel", "settings"),
        ("ModelGate", "settings"),
        ("Report", "gate"),
    ),
}
# What these do depends on more than their inputs, so a cached result may be wrong.
NEVER_CACHED = frozenset(
    {"ExampleGen", "KeepPassedData", "LastBlessedModel", "LastPassedData", "Pusher", "Report"}
)
_PATHS_IN_DATA = (*PLACES_OF_ROWS, "rules")


def compile_package(settings: Settings, environment: Environment, project: Path) -> Package:
    """Compiles the pipeline for an environment.

    Args:
        settings: what the pipeline does.
        environment: where it does it.
        project: the folder that the image holds, in which all files of the project lie.

    Raises:
        SettingsError: a file lies where the image has none of it.
    """
    spec = _compile_with_tfx(settings, environment, project)
    tasks = spec["root"]["dag"]["tasks"]
    _check_step_names(environment, tasks)
    ir.correct_producers(spec)
    ir.correct_conditions(spec)
    ir.drop_lifecycles(spec)
    ir.identify_components(spec)
    ir.declare_outputs(spec)
    ir.show_pages(spec)
    ir.set_caching(spec, environment.cache and settings.cache, NEVER_CACHED)
    for name in tasks:
        step = environment.step(name)
        ir.set_resources(spec, name, step.cpu, step.memory, step.accelerator)
        ir.set_retries(spec, name, step.retries or 0)
    ir.set_environment(spec, environment.env)
    if environment.target == "vertex":
        return Package(spec, {}, environment.pipeline_root, is_job=True)
    return Package(spec, platform_spec(environment, spec), environment.pipeline_root)


def _compile_with_tfx(
    settings: Settings, environment: Environment, project: Path
) -> dict[str, Any]:
    with uncollected():
        from tfx.components.example_gen import driver as example_gen_driver
        from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as stock

        from pipeline.dag import create_pipeline
        from pipeline.places import SharedPlace

    image = _Image(project, environment.code)
    place = SharedPlace(environment.pipeline_root, environment.output, image.path)
    pipeline = create_pipeline(
        settings, place=place, cpu_of=lambda step: environment.step(step).cpu
    )
    defaults = _make_parameters(pipeline, image)
    config = stock.KubeflowV2DagRunnerConfig(
        default_image=environment.image,
        default_commands=list(ENTRYPOINT),
        use_pipeline_spec_2_1=True,
    )
    job = stock.KubeflowV2DagRunner(config).run(pipeline, write_out=False)
    spec: dict[str, Any] = job["pipelineSpec"]
    ir.set_defaults(spec, defaults)
    for component in pipeline.components:
        driver = component.driver_class
        if issubclass(driver, example_gen_driver.Driver):
            ir.add_argument(
                spec, component.id, f"--driver_class_path={driver.__module__}.{driver.__name__}"
            )
        if settings.beam.distributed and component.id in GROWING_STEPS:
            _check_workers_reach(environment.pipeline_root, settings.beam.runner)
            ir.add_argument(spec, component.id, "--keep_gs")
    return spec


def _check_workers_reach(root: str, runner: str) -> None:
    if not root.startswith("gs://"):
        raise SettingsError(
            "Beam's workers must reach the pipeline's root themselves, without KFP's launcher",
            allowed="a pipeline_root that starts with gs://, or beam.runner=direct",
            received=f"{root} with beam.runner={runner}",
        )


def _make_parameters(pipeline: Any, image: "_Image") -> dict[str, str]:
    """Turns the properties of `PARAMETERS` into runtime parameters; returns their defaults."""
    from tfx.orchestration.data_types import RuntimeParameter

    components = {component.id: component for component in pipeline.components}
    defaults: dict[str, str] = {}
    for name, places in PARAMETERS.items():
        for step, key in places:
            properties = components[step].spec.exec_properties
            value = image.data(properties[key]) if name.startswith("data") else properties[key]
            defaults[name] = value
            properties[key] = RuntimeParameter(name=name, ptype=str, default=value)
    return defaults


@dataclasses.dataclass(frozen=True)
class _Image:
    """Where the image has the files of the project."""

    project: Path
    code: str

    def path(self, file: Path) -> str:
        """Returns where the image has a file.

        Raises:
            SettingsError: it has none of it.
        """
        try:
            inside = file.resolve().relative_to(self.project.resolve())
        except ValueError as error:
            raise SettingsError(
                "the files of a use case must lie in the project's folder: the image holds that",
                allowed=f"a file below {self.project}",
                received=str(file),
                action="move it there, and make the image again",
            ) from error
        return f"{self.code}/{inside}"

    def data(self, content: str) -> str:
        """Returns data settings in which paths below the project are those of the image."""
        data = json.loads(content)
        for key in _PATHS_IN_DATA:
            value = data.get(key)
            if isinstance(value, str) and os.sep in value and "://" not in value:
                absolute = os.path.abspath(value)
                if absolute.startswith(f"{self.project.resolve()}{os.sep}"):
                    data[key] = self.path(Path(absolute))
        return json.dumps(data, separators=(",", ":"))


def _check_step_names(environment: Environment, tasks: Mapping[str, Any]) -> None:
    for name in environment.steps:
        if name not in tasks:
            raise SettingsError(
                "`steps` must name steps of the pipeline",
                allowed=", ".join(sorted(tasks)),
                received=name,
                action=did_you_mean(name, tasks) or "remove it",
            )
