"""A run, as ML Metadata knows it, with what its steps have produced."""

import dataclasses
import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.report.record import RunRecord
from pipeline.report.store import contexts_of, open_store
from zeroskew.lazy import lazy_import

if TYPE_CHECKING:
    from pipeline.metadata import Execution

metadata = lazy_import("pipeline.metadata")
mlmd = lazy_import("ml_metadata.proto.metadata_store_pb2")


@dataclasses.dataclass(frozen=True)
class Step:
    """A step of a run.

    Attributes:
        name: in the DAG.
        execution: what it produced, and whether it was cached.
        complete: whether it came to its end.
        seconds: by ML Metadata, from its start to its end; None if there is none to ask.
    """

    name: str
    execution: "Execution"
    complete: bool
    seconds: float | None


@dataclasses.dataclass(frozen=True)
class Run:
    """A run, whether it came to its end or not.

    Attributes:
        name: by which ML Metadata knows it; empty if there is none to ask.
        began: when, in the time zone of this machine; None if only artifacts tell of the run.
        output: its output folder, likewise.
        steps: that have started, by name, in the order in which they ran.
        record: what ML Metadata does not know; None if the run was killed.
    """

    name: str
    began: datetime.datetime | None
    output: Path | None
    steps: Mapping[str, Step]
    record: RunRecord | None

    def outputs(self, step: str) -> Mapping[str, list[Any]] | None:
        """Returns what a step produced, by output key; None if it did not come to its end."""
        found = self.steps.get(step)
        return found.execution.outputs if found and found.complete else None


def read_last(output: Path) -> Run:
    """Returns the last run of an output folder.

    Raises:
        WorkspaceError: no run has started there.
    """
    store = open_store(output)
    return _read(store, output, contexts_of(store)[0])


def _read(store: Any, output: Path, context: Any) -> Run:
    executions = sorted(store.get_executions_by_context(context.id), key=lambda one: one.id)
    steps = [_step(store, one) for one in executions]
    began = datetime.datetime.fromtimestamp(context.create_time_since_epoch / 1000).astimezone()
    return Run(
        name=context.name,
        began=began,
        output=output,
        steps={step.name: step for step in steps},
        record=RunRecord.of(context),
    )


def _step(store: Any, execution: Any) -> Step:
    (node,) = (
        one.name for one in store.get_contexts_by_execution(execution.id) if one.type == "node"
    )
    # What a resolver finds nothing in has failed for ML Metadata, and is none the worse for it.
    is_resolver = execution.type.endswith("Resolver")
    done = (mlmd.Execution.COMPLETE, mlmd.Execution.CACHED)
    milliseconds = execution.last_update_time_since_epoch - execution.create_time_since_epoch
    return Step(
        name=node.partition(".")[2],
        execution=metadata.read_execution(store, execution.id),
        complete=is_resolver or execution.last_known_state in done,
        seconds=milliseconds / 1000,
    )
