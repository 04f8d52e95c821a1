"""Pipelines for the emulator whose steps are small programs."""

import sys
from pathlib import Path
from typing import Any

from emulator import Cluster, FileStore, World

ROOT = "minio://mlpipeline/v2/artifacts/small"
SCHEMA = "title: tfx.ModelBlessing\ntype: object\n"
A_WEEK = {"backoffDuration": "30s", "backoffFactor": 2.0, "backoffMaxDuration": "604800s"}
IS_BLESSED = "inputs.artifacts['blessing'].artifacts[0].metadata['blessed'] == 1.0"
REPORT = """
import json, os, pathlib, sys
message = json.loads(sys.argv[1])
(artifact,) = message["outputs"]["artifacts"]["blessing"]["artifacts"]
root = pathlib.Path(os.environ["ZEROSKEW_LAUNCHER_ROOT"])
folder = root / artifact["uri"].replace("://", "/")
folder.mkdir(parents=True)
(folder / "half").write_text("1")
(folder / "whole").write_text("2")
file = pathlib.Path(message["outputs"]["outputFile"])
file.parent.mkdir(parents=True, exist_ok=True)
report = {"artifacts": {"blessing": {"artifacts": [{**artifact, "metadata": METADATA}]}}}
file.write_text(json.dumps(report))
"""
FAIL_ONCE = """
import pathlib, sys
mark = pathlib.Path(MARK)
first = not mark.exists()
mark.touch()
sys.exit(first)
"""


def pipeline(gate: str, push: str = "pass", retries: int = 0) -> dict[str, Any]:
    """Gate reports a blessing; Push runs if it is blessed; Announce waits for Push."""
    artifact = {"artifactType": {"instanceSchema": SCHEMA}}
    blessing = {"taskOutputArtifact": {"producerTask": "Gate", "outputArtifactKey": "blessing"}}
    return {
        "pipelineInfo": {"name": "small"},
        "components": {
            "gate": {
                "executorLabel": "gate",
                "outputDefinitions": {"artifacts": {"blessing": artifact}},
            },
            "push": {"executorLabel": "push"},
        },
        "deploymentSpec": {
            "executors": {
                name: {
                    "container": {
                        "image": "small",
                        "command": [sys.executable, "-c", code],
                        "args": ["{{$}}"],
                    }
                }
                for name, code in {"gate": gate, "push": push}.items()
            }
        },
        "root": {
            "dag": {
                "tasks": {
                    "Gate": {
                        "componentRef": {"name": "gate"},
                        "retryPolicy": {"maxRetryCount": retries, **A_WEEK},
                    },
                    "Push": {
                        "componentRef": {"name": "push"},
                        "dependentTasks": ["Gate"],
                        "inputs": {"artifacts": {"blessing": blessing}},
                        "triggerPolicy": {"condition": IS_BLESSED},
                        "retryPolicy": {"maxRetryCount": retries, **A_WEEK},
                    },
                    "Announce": {"componentRef": {"name": "push"}, "dependentTasks": ["Push"]},
                }
            }
        },
    }


def new_cluster(world: World, folder: Path, **attributes: Any) -> Cluster:
    return Cluster(
        FileStore(":memory:"), folder / "disk", folder / "logs", world=world, **attributes
    )


def reports(metadata: Any) -> str:
    return REPORT.replace("METADATA", repr(metadata))
