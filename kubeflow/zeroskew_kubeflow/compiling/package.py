"""A compiled pipeline: one YAML file with the pipeline and what Kubernetes needs."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import yaml

from zeroskew.errors import SettingsError
from zeroskew.files import write_atomically

_HEADER = "# Compiled by `zeroskew kubeflow compile`; edit settings and environment instead.\n"


@dataclasses.dataclass(frozen=True)
class Package:
    """A compiled pipeline.

    Attributes:
        spec: PipelineSpec, JSON form.
        platform: PlatformSpec, JSON form; empty if there is none.
        pipeline_root: bucket that receives artifacts; the pipeline itself cannot name it.
        is_job: it is a PipelineJob, which Vertex AI Pipelines takes.
    """

    spec: dict[str, Any]
    platform: dict[str, Any]
    pipeline_root: str
    is_job: bool = False

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.spec["pipelineInfo"]["name"])

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of its parameters, if a run gives no others."""
        found = self.spec["root"].get("inputDefinitions", {}).get("parameters", {})
        return {name: parameter.get("defaultValue") for name, parameter in found.items()}

    def to_yaml(self) -> str:
        """Returns the file that Kubeflow Pipelines takes: the pipeline, then its platform."""
        documents = [self.spec, *([self.platform] if self.platform else [])]
        return _HEADER + yaml.safe_dump_all(documents, sort_keys=True, width=120)

    def to_job(self) -> str:
        """Returns the file that Vertex AI Pipelines takes: a PipelineJob with its root."""
        job = {
            "displayName": self.name,
            "pipelineSpec": self.spec,
            "runtimeConfig": {
                "gcsOutputDirectory": self.pipeline_root,
                "parameterValues": self.parameters,
            },
        }
        return json.dumps(job, indent=2, sort_keys=True) + "\n"

    def write(self, file: Path) -> None:
        """Writes the file whole, or not at all: JSON for Vertex AI Pipelines, else YAML."""
        write_atomically(file, self.to_job() if self.is_job else self.to_yaml())


def read_package(file: Path) -> Package:
    """Reads what `Package.write` wrote, or another compiled pipeline.

    Raises:
        SettingsError: the file cannot be read, or is something else.
    """
    try:
        documents = [one for one in yaml.safe_load_all(file.read_text(encoding="utf-8")) if one]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(
            "a compiled pipeline must be a YAML or JSON file that can be read",
            received=f"{file}: {' '.join(str(error).split())}",
            action="compile it: zeroskew kubeflow compile",
        ) from error
    first = documents[0] if documents else None
    if not isinstance(first, dict) or len(documents) > 2:
        raise SettingsError(
            "a compiled pipeline has one document for the pipeline, and one for its platform",
            received=f"{file} with {len(documents)} documents",
            action="compile it: zeroskew kubeflow compile",
        )
    root, is_job = "", "pipelineSpec" in first
    if is_job:
        root = str(first.get("runtimeConfig", {}).get("gcsOutputDirectory", ""))
        first = first["pipelineSpec"]
    return Package(first, documents[1] if len(documents) == 2 else {}, root, is_job)
