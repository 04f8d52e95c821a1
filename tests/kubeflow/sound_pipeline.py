"""A small pipeline that keeps all rules, and ways to break one of them."""

import copy
from typing import Any

from zeroskew_kubeflow.compiling.package import Package

ROOT = "minio://mlpipeline/v2/artifacts"


def container(**changes: Any) -> dict[str, Any]:
    base = {"image": "zeroskew:dev", "command": ["python", "-m", "step"], "args": []}
    return {"container": {**base, **changes}}


def a_spec() -> dict[str, Any]:
    """Two steps: Rows makes an artifact and a value, Model takes both."""
    return {
        "schemaVersion": "2.1.0",
        "sdkVersion": "tfx-1.16.0",
        "pipelineInfo": {"name": "taxi"},
        "deploymentSpec": {
            "executors": {
                "Rows_executor": container(args=["--component_id=Rows"]),
                "Model_executor": container(args=["--component_id=Model"]),
            }
        },
        "components": {
            "Rows": {
                "executorLabel": "Rows_executor",
                "outputDefinitions": {
                    "artifacts": {"examples": {"artifactType": {"schemaTitle": "tfx.Examples"}}},
                    "parameters": {"count": {"parameterType": "NUMBER_INTEGER"}},
                },
            },
            "Model": {
                "executorLabel": "Model_executor",
                "inputDefinitions": {
                    "artifacts": {"examples": {"artifactType": {"schemaTitle": "tfx.Examples"}}},
                    "parameters": {
                        "count": {"parameterType": "NUMBER_INTEGER"},
                        "epochs": {"parameterType": "NUMBER_INTEGER"},
                        "seed": {"parameterType": "NUMBER_INTEGER"},
                    },
                },
            },
        },
        "root": {
            "inputDefinitions": {
                "parameters": {"epochs": {"parameterType": "NUMBER_INTEGER", "defaultValue": 3.0}}
            },
            "dag": {
                "tasks": {
                    "Rows": {"taskInfo": {"name": "Rows"}, "componentRef": {"name": "Rows"}},
                    "Model": {
                        "taskInfo": {"name": "Model"},
                        "componentRef": {"name": "Model"},
                        "dependentTasks": ["Rows"],
                        "inputs": {
                            "artifacts": {
                                "examples": {
                                    "taskOutputArtifact": {
                                        "producerTask": "Rows",
                                        "outputArtifactKey": "examples",
                                    }
                                }
                            },
                            "parameters": {
                                "count": {
                                    "taskOutputParameter": {
                                        "producerTask": "Rows",
                                        "outputParameterKey": "count",
                                    }
                                },
                                "epochs": {"componentInputParameter": "epochs"},
                                "seed": {"runtimeValue": {"constant": 1.0}},
                            },
                        },
                    },
                }
            },
        },
    }


def changed(path: str, value: Any) -> Package:
    spec = copy.deepcopy(a_spec())
    place: Any = spec
    *parents, last = path.split("/")
    for part in parents:
        place = place[part]
    if value is KeyError:
        del place[last]
    else:
        place[last] = value
    return Package(spec, {}, ROOT)
