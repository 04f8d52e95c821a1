"""What a server keeps of artifacts, and what these lose and gain on their way through it."""

import itertools
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any


class Records(ABC):
    """What the steps of a run have made."""

    def __init__(self) -> None:
        self.artifacts: dict[tuple[str, str], dict[str, Any]] = {}
        self.older: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.logs: dict[str, list[str]] = {}
        self._values: dict[tuple[str, str], Any] = {}

    @abstractmethod
    def add_artifact(self, task: str, key: str, artifact: Mapping[str, Any]) -> None:
        """Keeps an artifact, as the launcher publishes it.

        Raises:
            ValueError: its metadata cannot be kept.
        """

    @abstractmethod
    def listed(self, task: str, key: str) -> list[dict[str, Any]]:
        """Returns the artifacts of an output as a later step sees them."""

    def add_log(self, task: str, uri: str) -> None:
        """Keeps the place of what an attempt has printed."""
        self.logs.setdefault(task, []).append(uri)

    def add_value(self, task: str, key: str, value: Any) -> None:
        self._values[task, key] = value

    def value(self, task: str, key: str) -> Any:
        return self._values[task, key]

    def reuse(self, task: str, others: "Records") -> None:
        """Takes over what a cached step has made."""
        for (producer, key), record in others.artifacts.items():
            if producer == task:
                self.artifacts[task, key] = record
        for (producer, key), value in others._values.items():
            if producer == task:
                self._values[task, key] = value


class MlmdRecords(Records):
    """KFP's use of ML Metadata, until 2.18: types are lost, and a name is the number of an id."""

    _ids = itertools.count(101)

    def add_artifact(self, task: str, key: str, artifact: Mapping[str, Any]) -> None:
        metadata = {
            name: _as_property(name, value) for name, value in artifact.get("metadata", {}).items()
        }
        added = {"display_name": key, "store_session_info": '{"Provider":"s3"}'}
        self.artifacts[task, key] = {
            "id": str(next(self._ids)),
            "uri": artifact["uri"],
            "metadata": {**added, **metadata},
        }

    def listed(self, task: str, key: str) -> list[dict[str, Any]]:
        record = self.artifacts[task, key]
        return [
            {
                "name": record["id"],
                "type": {"instanceSchema": ""},
                "uri": record["uri"],
                "metadata": dict(record["metadata"]),
            }
        ]


class ApiRecords(Records):
    """The API server itself, after 2.18: the text of a schema comes back as if it were a title.

    What an attempt has published stays, also if the next one publishes it again.
    """

    def add_artifact(self, task: str, key: str, artifact: Mapping[str, Any]) -> None:
        kind = artifact["type"]
        if (task, key) in self.artifacts:
            self.older.setdefault((task, key), []).append(self.artifacts[task, key])
        self.artifacts[task, key] = {
            "id": str(uuid.uuid4()),
            "name": artifact["name"],
            "type": kind.get("instanceSchema") or kind["schemaTitle"].removeprefix("system."),
            "uri": artifact["uri"],
            "metadata": {k: _as_value(v) for k, v in artifact.get("metadata", {}).items()},
        }

    def listed(self, task: str, key: str) -> list[dict[str, Any]]:
        records = [*self.older.get((task, key), []), self.artifacts[task, key]]
        return [
            {
                "name": record["name"],
                "artifactId": record["id"],
                "type": {"schemaTitle": record["type"]},
                "uri": record["uri"],
                "metadata": dict(record["metadata"]),
            }
            for record in records
        ]


def _as_property(name: str, value: Any) -> Any:
    if value is None:
        raise ValueError(f"metadata {name!r} is null, which ML Metadata does not take")
    if isinstance(value, (bool, int)):
        return float(value)
    if isinstance(value, Mapping):
        return {"struct": dict(value)}
    if isinstance(value, list):
        return {"list": value}
    return value


def _as_value(value: Any) -> Any:
    """Returns a protobuf Value: its numbers are doubles, booleans and all else stay as they are."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
