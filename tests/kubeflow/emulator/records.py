"""KFP's use of ML Metadata, and what an artifact loses and gains on its way through it."""

import itertools
from collections.abc import Mapping
from typing import Any


class Records:
    """What the steps of a run have made."""

    _ids = itertools.count(101)

    def __init__(self) -> None:
        self.artifacts: dict[tuple[str, str], dict[str, Any]] = {}
        self._values: dict[tuple[str, str], Any] = {}

    def add_artifact(self, task: str, key: str, uri: str, metadata: Mapping[str, Any]) -> None:
        """Keeps an artifact as ML Metadata does."""
        self.artifacts[task, key] = {
            "id": next(self._ids),
            "uri": uri,
            "metadata": {name: _as_stored(name, value) for name, value in metadata.items()}
            | {"display_name": key, "store_session_info": '{"Provider":"s3"}'},
        }

    def add_value(self, task: str, key: str, value: Any) -> None:
        self._values[task, key] = value

    def value(self, task: str, key: str) -> Any:
        return self._values[task, key]

    def artifact(self, task: str, key: str) -> dict[str, Any]:
        """Returns an artifact as a later step sees it: its type is lost, its name a number."""
        record = self.artifacts[task, key]
        return {
            "name": str(record["id"]),
            "type": {"instanceSchema": ""},
            "uri": record["uri"],
            "metadata": dict(record["metadata"]),
        }

    def reuse(self, task: str, others: "Records") -> None:
        """Takes over what a cached step has made."""
        for (producer, key), record in others.artifacts.items():
            if producer == task:
                self.artifacts[task, key] = record
        for (producer, key), value in others._values.items():
            if producer == task:
                self._values[task, key] = value


def _as_stored(name: str, value: Any) -> Any:
    if value is None:
        raise ValueError(f"metadata {name!r} is null, which ML Metadata does not take")
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return float(value)
    if isinstance(value, Mapping):
        return {"struct": dict(value)}
    if isinstance(value, list):
        return {"list": value}
    return value
