"""KFP's driver: decides what a step gets, and writes the ExecutorInput."""

import copy
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from emulator.pod import path_of
from emulator.records import Records
from emulator.worlds import KFP_2_5, World

# The output that the driver adds to those that the component declares.
LOGS = "executor-logs"
_LOGS_TYPE = {"artifactType": {"schemaTitle": "system.Artifact"}}
# Which of these is set says something, even if it is empty.
_ONE_OF_SEVERAL = {"instanceSchema", "schemaTitle"}
# These hold a user's own JSON, in which what is empty stays.
_FIELDS_OF_VALUES = {"metadata", "parameterValues"}


class Driver:
    """Resolves the inputs of a step and names its outputs.

    Args:
        spec: the PipelineSpec.
        root: of the pipeline's artifacts.
        run_id: of this run.
        parameters: of this run, over the defaults.
        records: what earlier steps have made.
        world: the version of the server.
        publishes_logs: what steps print is an output of theirs.
    """

    def __init__(
        self,
        spec: Mapping[str, Any],
        root: str,
        run_id: str,
        parameters: Mapping[str, Any],
        records: Records,
        world: World,
        publishes_logs: bool,
    ) -> None:
        declared = spec["root"].get("inputDefinitions", {}).get("parameters", {})
        assert set(parameters) <= set(declared), "the server refuses unknown parameters"
        defaults = {
            name: one["defaultValue"] for name, one in declared.items() if "defaultValue" in one
        }
        missing = set(declared) - set(defaults) - set(parameters)
        assert not missing, f"neither default value nor user provided value: {missing}"
        self._parameters = {**defaults, **parameters}
        self._spec, self._root, self._run_id, self._records = spec, root, run_id, records
        self._world = world
        self._added = {LOGS: _LOGS_TYPE} if publishes_logs else {}

    def component(self, task: Mapping[str, Any]) -> Mapping[str, Any]:
        component: Mapping[str, Any] = self._spec["components"][task["componentRef"]["name"]]
        return component

    def executor_input(self, name: str, task: Mapping[str, Any]) -> Any:
        """Returns the ExecutorInput of a step; all attempts get the same."""
        task_root = "/".join(
            [self._root, self._spec["pipelineInfo"]["name"], self._run_id, name, str(uuid.uuid4())]
        )
        declared = self.component(task).get("outputDefinitions", {})
        outputs = {**declared.get("artifacts", {}), **self._added}
        return {
            "inputs": self._inputs(task.get("inputs", {})),
            "outputs": {
                "artifacts": {
                    key: {"artifacts": [self._output(key, one, task_root)]}
                    for key, one in outputs.items()
                },
                "parameters": {
                    key: {"outputFile": f"/tmp/kfp/outputs/{key}"}
                    for key in declared.get("parameters", {})
                },
                "outputFile": self._output_file(task_root),
            },
        }

    def _output_file(self, task_root: str) -> str:
        local = path_of(task_root)
        # Where the launcher knows no such store, it goes on as in old versions.
        template = KFP_2_5.output_file if local is None else self._world.output_file
        return template.format(local_task_root=local)

    def _inputs(self, sources: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "parameterValues": {
                key: self._parameter(source)
                for key, source in sources.get("parameters", {}).items()
            },
            "artifacts": {
                key: {"artifacts": self._artifacts(source["taskOutputArtifact"])}
                for key, source in sources.get("artifacts", {}).items()
            },
        }

    def _output(self, key: str, declared: Mapping[str, Any], task_root: str) -> dict[str, Any]:
        named = {"name": key} if self._world.names_outputs else {}
        return {
            **named,
            "type": copy.deepcopy(declared["artifactType"]),
            "uri": f"{task_root}/{key}",
            "metadata": copy.deepcopy(declared.get("metadata", {})),
        }

    def cache_key(self, message: Any, container: Mapping[str, Any]) -> str:
        """Returns what KFP compares: inputs, names of outputs, command and image; no content."""
        relevant = {
            "inputs": message["inputs"]["parameterValues"],
            "artifacts": {
                key: [one.get("artifactId") or one["name"] for one in listed["artifacts"]]
                for key, listed in message["inputs"]["artifacts"].items()
            },
            "outputs": sorted(message["outputs"]["artifacts"]),
            "container": [container["image"], container["command"], container["args"]],
        }
        return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()

    def _parameter(self, source: Mapping[str, Any]) -> Any:
        if "componentInputParameter" in source:
            return self._parameters[source["componentInputParameter"]]
        if "taskOutputParameter" in source:
            output = source["taskOutputParameter"]
            return self._records.value(output["producerTask"], output["outputParameterKey"])
        return source["runtimeValue"]["constant"]

    def _artifacts(self, source: Mapping[str, Any]) -> list[dict[str, Any]]:
        return self._records.listed(source["producerTask"], source["outputArtifactKey"])


def as_go_writes(message: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a message as Go writes it: no empty field, no decimal point without need."""
    written: dict[str, Any] = {}
    for key, one in message.items():
        if one not in ({}, [], "") or key in _ONE_OF_SEVERAL:
            written[key] = _values(one) if key in _FIELDS_OF_VALUES else _field(one)
    return written


def _field(value: Any) -> Any:
    if isinstance(value, list):
        return [_field(one) for one in value]
    return as_go_writes(value) if isinstance(value, Mapping) else value


def _values(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _values(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_values(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
