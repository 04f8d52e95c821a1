"""Which columns the log of a version has, and how answered requests become its rows."""

import dataclasses
import datetime
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from model.serving.fingerprint import FINGERPRINT_COLUMN, VERSION_COLUMN, said_fingerprint
from model.serving.raw_columns import SIGNATURE
from model.serving.saved_model import Arrays
from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.signature import Request, Rows, Signature
from model.serving.service.request_log import columns as arrow
from model.serving.service.request_log.hiding import hide
from model.serving.service.settings import LogSettings
from zeroskew.errors import SettingsError, did_you_mean

ANSWER = "answer_"
"""What the name of an output's column begins with."""
VERSION, FINGERPRINT, ASKED_AT = VERSION_COLUMN, FINGERPRINT_COLUMN, "asked_at"
REQUEST, ROW = "request_id", "request_row"
OWN = (VERSION, FINGERPRINT, ASKED_AT, REQUEST, ROW)
_JSON, _TRANSFORMED = "serving_json", "transform_features"
"""Signatures of which one takes tf.Examples as JSON, and one gives what only TFMA asks."""
_TIME = pa.timestamp("us", "UTC")


@dataclasses.dataclass(frozen=True, eq=False)
class Entry:
    """Rows of one request that was answered.

    Attributes:
        signature: that was asked.
        request: all of its rows.
        outputs: an array for each output.
        places: of the rows that are logged; None for all.
        keys: the client's own, for each row of the request; None if it sent none.
        asked_at: seconds since 1970.
        name: the request's own.
    """

    signature: Signature
    request: Request
    outputs: Arrays
    places: np.ndarray | None
    keys: Sequence[Any] | None
    asked_at: float
    name: str

    @property
    def rows(self) -> int:
        """How many rows are logged."""
        return self.request.count if self.places is None else len(self.places)


@dataclasses.dataclass(frozen=True, eq=False)
class Form:
    """How the log of a version looks.

    Attributes:
        settings: of the log.
        salt: of hashes.
        version: the version's number.
        fingerprint: of its feature engineering; empty if it bears none.
        specs: the tf.TensorSpec of each raw column; none, if the model takes no such columns.
    """

    settings: LogSettings
    salt: bytes
    version: int
    fingerprint: str
    specs: Mapping[str, Any]

    @classmethod
    def of(cls, settings: LogSettings, salt: bytes, version: int, loaded: Loaded) -> "Form":
        """Returns the form of a version's log.

        Raises:
            SettingsError: what is to be hidden is no column, or a column is called as one of the
                log's own.
        """
        specs = loaded.signature(SIGNATURE).specs if SIGNATURE in loaded.definitions else {}
        form = cls(settings, salt, version, said_fingerprint(loaded.folder), specs)
        form.check([f"{ANSWER}{name}" for name in _outputs(loaded)])
        return form

    def check(self, answers: Sequence[str]) -> None:
        """Checks the names of columns: what is to be hidden must be there to be hidden."""
        key = [self.settings.key] if self.settings.key else []
        taken = {*self.specs, *key} & {*OWN, *answers}
        if taken:
            raise SettingsError(
                "a column of the model must not be called as one of the log's own",
                allowed=f"none of {', '.join([*OWN, *answers])}",
                received=", ".join(sorted(taken)),
                action="rename it, or serve without serve.log",
            )
        known = [*self.specs, *key, *answers]
        for name in (*self.settings.hash_columns, *self.settings.leave_out_columns):
            if name not in known:
                raise SettingsError(
                    "serve.log.hash_columns and leave_out_columns name columns of the log",
                    allowed=", ".join(known),
                    received=name,
                    action=did_you_mean(name, known) or "correct the settings",
                )

    def batches(self, entries: Sequence[Entry]) -> list[pa.RecordBatch]:
        """Returns rows in the form of the log, in their order."""
        groups = itertools.groupby(entries, key=_together)
        return [self._batch([*group]) for _, group in groups]

    def _batch(self, entries: Sequence[Entry]) -> pa.RecordBatch:
        asked, keys = self._asked(entries)
        answered = {
            f"{ANSWER}{name}": arrow.from_outputs(
                np.concatenate([_of(one, name) for one in entries])
            )
            for name in entries[0].outputs
        }
        kept = _kept(entries)
        raw = {
            name: column if kept is None else column.take(kept) for name, column in asked.items()
        }
        if self.settings.key and self.settings.key not in self.specs:
            chosen = keys if kept is None else [keys[place] for place in kept.to_pylist()]
            raw[self.settings.key] = arrow.keys(chosen)
        hidden = self.settings.hash_columns, self.settings.leave_out_columns
        shown = hide({**raw, **answered}, *hidden, self.salt)
        return pa.RecordBatch.from_pydict({**shown, **self._own(entries)})

    def _asked(self, entries: Sequence[Entry]) -> tuple[dict[str, pa.Array], list[Any]]:
        """Returns raw columns and keys of all rows of some requests."""
        signature = entries[0].signature
        if signature.name == SIGNATURE:
            keys = [key for one in entries for key in one.keys or [None] * one.request.count]
            return arrow.inputs_of(signature.arrays([one.request for one in entries])), keys
        (array,) = signature.arrays([one.request for one in entries]).values()
        serialized = arrow.to_serialized(array, is_json=signature.name == _JSON)
        wanted = self.settings.key
        keys = arrow.keys_in_examples(serialized, wanted) if wanted else []
        return arrow.from_examples(serialized, self.specs), keys

    def _own(self, entries: Sequence[Entry]) -> dict[str, pa.Array]:
        counts = [one.rows for one in entries]
        count = sum(counts)
        micros = np.repeat([round(one.asked_at * 1e6) for one in entries], counts)
        rows = [
            np.arange(one.request.count) if one.places is None else one.places for one in entries
        ]
        return {
            VERSION: pa.array(np.full(count, self.version, np.int64)),
            FINGERPRINT: pa.array([self.fingerprint or None] * count, pa.string()),
            ASKED_AT: pa.array(micros.astype("datetime64[us]"), _TIME),
            REQUEST: pa.array(np.repeat([one.name for one in entries], counts), pa.string()),
            ROW: pa.array(np.concatenate(rows).astype(np.int32)),
        }


def takes_rows(signature: Signature) -> bool:
    """Whether what a signature is asked are rows: raw columns, or tf.Examples with them."""
    if signature.name == SIGNATURE:
        return True
    (*specs,) = signature.specs.values()
    lone = len(specs) == 1 and specs[0].dtype.name == "string" and specs[0].shape.rank == 1
    # What TFMA asks is no question of a client, and a vector no answer that becomes right or wrong.
    is_asked = signature.name != _TRANSFORMED and not signature.may_lack
    return lone and signature.is_by_row and is_asked


def time_of(seconds: float) -> str:
    """Returns a time of UTC as the name of a file can hold it."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y%m%dT%H%M%S.%fZ")


def _together(entry: Entry) -> tuple[Any, ...]:
    """Returns what requests have in common that become arrays together."""
    return entry.signature, isinstance(entry.request, Rows), entry.request.key, {*entry.outputs}


def _of(entry: Entry, output: str) -> np.ndarray:
    array = entry.outputs[output]
    return array if entry.places is None else array[entry.places]


def _kept(entries: Sequence[Entry]) -> pa.Array | None:
    """Returns the places of logged rows among all rows of the requests; None for all of them."""
    if all(one.places is None for one in entries):
        return None
    begins = itertools.accumulate((one.request.count for one in entries), initial=0)
    return pa.array(
        np.concatenate(
            [
                begin + (np.arange(one.request.count) if one.places is None else one.places)
                for begin, one in zip(begins, entries, strict=False)
            ]
        )
    )


def _outputs(loaded: Loaded) -> list[str]:
    asked = [one for one in loaded.asked if takes_rows(one)]
    return sorted({name for one in asked for name in one.outputs})
