"""What was made of a pushed model, as far as the ML Metadata of its run tells."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.report.store import METADATA_FILE, mlmd, open_store

_PUSHED, _VERSION, _MODEL = "PushedModel", "pushed_version", "model"


@dataclasses.dataclass(frozen=True)
class Derived:
    """An artifact that a step has made of a model.

    Attributes:
        step: in the DAG.
        kind: type of the artifact.
        place: where it lies.
    """

    step: str
    kind: str
    place: str


def derived_from(model: Path) -> list[Derived]:
    """Returns what the steps have made of a pushed model, in the order in which they ran.

    Args:
        model: a version in the serving folder of an output folder. Elsewhere there is no ML
            Metadata beside it, and the list is empty.
    """
    output = model.resolve().parent.parent
    if not (output / METADATA_FILE).is_file():
        return []
    store = open_store(output)
    found: dict[int, Derived] = {}
    for pushed in store.get_artifacts_by_type(_PUSHED):
        if pushed.custom_properties[_VERSION].string_value == model.resolve().name:
            for candidate in _candidates(store, pushed):
                found |= _made_of(store, candidate)
    return [found[number] for number in sorted(found)]


def _candidates(store: Any, pushed: Any) -> Iterator[int]:
    """Yields the numbers of the artifacts that were pushed."""
    makers = [
        event.execution_id
        for event in store.get_events_by_artifact_ids([pushed.id])
        if event.type == mlmd.Event.OUTPUT
    ]
    for event in store.get_events_by_execution_ids(makers):
        if _takes_model(event):
            yield event.artifact_id


def _made_of(store: Any, model: int) -> dict[int, Derived]:
    users = [
        event.execution_id
        for event in store.get_events_by_artifact_ids([model])
        if _takes_model(event)
    ]
    made: dict[int, Derived] = {}
    for user in users:
        outputs = [
            event.artifact_id
            for event in store.get_events_by_execution_ids([user])
            if event.type == mlmd.Event.OUTPUT
        ]
        for artifact in store.get_artifacts_by_id(outputs):
            made[artifact.id] = Derived(_step(store, user), artifact.type, artifact.uri)
    return made


def _takes_model(event: Any) -> bool:
    """Tells whether something was made of a model; one that is compared with has another key."""
    return event.type == mlmd.Event.INPUT and event.path.steps[0].key == _MODEL


def _step(store: Any, execution: int) -> str:
    (node,) = (one for one in store.get_contexts_by_execution(execution) if one.type == "node")
    return str(node.name).partition(".")[2]
