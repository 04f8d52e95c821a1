"""KFP's driver: decides what a step gets, and writes the ExecutorInput."""

import copy
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from emulator.records import Records


class Driver:
    """Resolves the inputs of a step and names its outputs.

    Args:
        spec: the PipelineSpec.
        root: of the pipeline's artifacts.
        run_id: of this run.
        parameters: of this run, over the defaults.
        records: what earlier steps have made.
    """

    def __init__(
        self,
        spec: Mapping[str, Any],
        root: str,
        run_id: str,
        parameters: Mapping[str, Any],
        records: Records,
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

    def component(self, task: Mapping[str, Any]) -> Mapping[str, Any]:
        component: Mapping[str, Any] = self._spec["components"][task["componentRef"]["name"]]
        return component

    def executor_input(self, name: str, task: Mapping[str, Any], output_file: str) -> Any:
        """Returns the ExecutorInput; `output_file` may hold {task_root}."""
        component = self.component(task)
        task_root = "/".join(
            [self._root, self._spec["pipelineInfo"]["name"], self._run_id, name, str(uuid.uuid4())]
        )
        outputs = component.get("outputDefinitions", {})
        return {
            "inputs": {
                "parameterValues": {
                    key: self._parameter(source)
                    for key, source in task.get("inputs", {}).get("parameters", {}).items()
                },
                "artifacts": {
                    key: {"artifacts": [self._artifact(source["taskOutputArtifact"])]}
                    for key, source in task.get("inputs", {}).get("artifacts", {}).items()
                },
            },
            "outputs": {
                "artifacts": {
                    key: {
                        "artifacts": [
                            {
                                "name": key,
                                "type": copy.deepcopy(one["artifactType"]),
                                "uri": f"{task_root}/{key}",
                                "metadata": copy.deepcopy(one.get("metadata", {})),
                            }
                        ]
                    }
                    for key, one in outputs.get("artifacts", {}).items()
                },
                "parameters": {
                    key: {"outputFile": f"/tmp/kfp/outputs/{key}"}
                    for key in outputs.get("parameters", {})
                },
                "outputFile": output_file.format(task_root=task_root),
            },
        }

    def cache_key(self, message: Any, container: Mapping[str, Any]) -> str:
        """Returns what KFP compares: inputs, names of outputs, command and image; no content."""
        relevant = {
            "inputs": message["inputs"]["parameterValues"],
            "artifacts": {
                key: [one["name"] for one in listed["artifacts"]]
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

    def _artifact(self, source: Mapping[str, Any]) -> dict[str, Any]:
        return self._records.artifact(source["producerTask"], source["outputArtifactKey"])
