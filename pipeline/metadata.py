"""What ML Metadata knows about one execution of a step."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.types import artifact_utils


@dataclasses.dataclass(frozen=True)
class Execution:
    """One execution of a step.

    Attributes:
        cached: its outputs are those of an earlier execution with the same inputs.
        outputs: by output key, the artifacts it produced.
    """

    cached: bool
    outputs: Mapping[str, list[Any]]


def read_execution(store: Any, execution_id: int) -> Execution:
    """Reads an execution and its output artifacts from an MLMD store."""
    (execution,) = store.get_executions_by_id([execution_id])
    outputs: dict[str, list[Any]] = {}
    for event in store.get_events_by_execution_ids([execution_id]):
        if event.type in (mlmd.Event.OUTPUT, mlmd.Event.INTERNAL_OUTPUT):
            (artifact,) = store.get_artifacts_by_id([event.artifact_id])
            (artifact_type,) = store.get_artifact_types_by_id([artifact.type_id])
            key = event.path.steps[0].key
            typed = artifact_utils.deserialize_artifact(artifact_type, artifact)
            outputs.setdefault(key, []).append(typed)
    return Execution(execution.last_known_state == mlmd.Execution.CACHED, outputs)
