"""The statistics of what a pushed model was trained with, by the ML Metadata of its run."""

from pathlib import Path
from typing import Any

from pipeline.report.store import METADATA_FILE, mlmd, open_store
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import

statistics_pb2 = lazy_import("tensorflow_metadata.proto.v0.statistics_pb2")

_STEP = "StatisticsGen"
_FILE = "Split-train/FeatureStats.pb"


def read_training_statistics(model: Path, file: Path | None = None) -> Any:
    """Returns TFDV's statistics of the train split of a pushed model.

    Args:
        model: a version in the serving folder of an output folder.
        file: holds them; needed where the output folder is elsewhere.

    Raises:
        DataError: they are not there.
    """
    place = file or _find(model.resolve())
    try:
        content = place.read_bytes() if place else b""
    except OSError as error:
        raise _nothing(model, f"{place}: {error.strerror or error}") from error
    if place is None or not content:
        raise _nothing(model, str(place) if place else f"no {METADATA_FILE} that tells of it")
    try:
        return statistics_pb2.DatasetFeatureStatisticsList.FromString(content)
    except Exception as error:  # protobuf's DecodeError is of another module in each release
        raise _nothing(model, f"{place}, which holds none") from error


def _find(model: Path) -> Path | None:
    output = model.parent.parent
    if not (output / METADATA_FILE).is_file():
        return None
    store = open_store(output)
    pushed = [
        one.id
        for one in store.get_artifacts_by_type("PushedModel")
        if one.custom_properties["pushed_version"].string_value == model.name
    ]
    made_of = _ancestors(store, pushed)
    for one in sorted(
        store.get_artifacts_by_type("ExampleStatistics"), key=lambda it: it.id, reverse=True
    ):
        step, inputs = _maker(store, one.id)
        if step == _STEP and inputs & made_of:
            return Path(one.uri, _FILE)
    return None


def _ancestors(store: Any, artifacts: list[int]) -> set[int]:
    """Returns the numbers of all artifacts that some were made of, directly or not."""
    found: set[int] = set()
    new = {*artifacts}
    while new:
        found |= new
        new = {made for one in new for made in _maker(store, one)[1]} - found
    return found


def _maker(store: Any, artifact: int) -> tuple[str, set[int]]:
    """Returns the step that made an artifact, and what it made it of."""
    makers = [
        event.execution_id
        for event in store.get_events_by_artifact_ids([artifact])
        if event.type == mlmd.Event.OUTPUT
    ]
    if not makers:
        return "", set()
    inputs = {
        event.artifact_id
        for event in store.get_events_by_execution_ids(makers[:1])
        if event.type == mlmd.Event.INPUT
    }
    (node,) = (one for one in store.get_contexts_by_execution(makers[0]) if one.type == "node")
    return str(node.name).partition(".")[2], inputs


def _nothing(model: Path, received: str) -> DataError:
    return DataError(
        "what is asked is compared with the statistics of the training",
        allowed="a model in the serving folder of its run, or a FeatureStats.pb",
        received=f"{model}: {received}",
        action="name the file with --statistics; it lies below artifacts/StatisticsGen of the run",
    )
