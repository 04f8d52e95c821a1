"""What ML Metadata does not know of a run, kept in it beside what it knows."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

_PROPERTY = "zeroskew_run"


@dataclasses.dataclass(frozen=True)
class Stop:
    """Why a run did not come to its end.

    Attributes:
        step: that failed; empty if it was none of them.
        kind: class of the error.
        message: in full.
        exit_code: of the process.
    """

    step: str
    kind: str
    message: str
    exit_code: int

    @classmethod
    def of(cls, error: BaseException, step: str = "") -> "Stop":
        """Returns what is kept of an error, which knows its exit code if it is one of ours."""
        kind, exit_code = type(error).__name__, getattr(error, "exit_code", None)
        # What is none of ours does not say what went wrong without its class.
        message = f"{kind}: {error}" if exit_code is None else str(error)
        return cls(step, kind, message, exit_code or 1)

    @property
    def is_interrupt(self) -> bool:
        """Whether somebody wanted the run to end."""
        return self.kind == "Interrupted"


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """A run that has ended.

    Attributes:
        started: when, as ISO 8601 with the time zone.
        verdict: what came out, in a word or two.
        rows: of each split, as far as they were counted.
        metrics: of the model on all rows, as far as they were measured, the most telling first.
        settings: of the run, as plain values.
        versions: by package, what was installed.
        seconds: by step, how long it took, the one that failed included; empty if nobody knows.
        peak_bytes: by step, the most memory that the run's own process had, likewise.
        total_seconds: from the first check to the last step; 0 if nobody knows.
        log: what the libraries printed; empty if it is no file.
        next: the command to type next; empty if there is none.
        stop: why it did not come to its end; None if it did.
    """

    started: str
    verdict: str
    rows: Mapping[str, int]
    metrics: Mapping[str, float]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    seconds: Mapping[str, float] = dataclasses.field(default_factory=dict)
    peak_bytes: Mapping[str, int] = dataclasses.field(default_factory=dict)
    total_seconds: float = 0.0
    log: str = ""
    next: str = ""
    stop: Stop | None = None

    def write_to(self, store: Any, context: Any) -> None:
        """Keeps the record with the context of its run in an MLMD store."""
        content = json.dumps(dataclasses.asdict(self), default=str)
        context.custom_properties[_PROPERTY].string_value = content
        store.put_contexts([context])

    @classmethod
    def of(cls, context: Any) -> "RunRecord | None":
        """Reads the record of a run; None if it was killed before it could be written.

        That of another version, which knew other things, is taken for none.
        """
        if _PROPERTY not in context.custom_properties:
            return None
        content = json.loads(context.custom_properties[_PROPERTY].string_value)
        stop = content.pop("stop")
        try:
            return cls(**content, stop=Stop(**stop) if stop else None)
        except TypeError:
            return None
