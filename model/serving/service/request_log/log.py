"""The log, written in a thread: no request waits for it, and what it loses is counted."""

import functools
import logging
import queue
import random
import secrets
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.serving.service.engine.answers import Answer
from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.signature import Request, Signature
from model.serving.service.engine.versions import Version
from model.serving.service.request_log.columns import joined
from model.serving.service.request_log.form import Entry, Form, takes_rows, time_of
from model.serving.service.request_log.hiding import read_salt
from model.serving.service.settings import LogSettings
from zeroskew.errors import WorkspaceError
from zeroskew.files import appearing

logger = logging.getLogger(__name__)

Observer = Callable[[str, int], None]
"""Is told how many rows were ``written``, ``dropped`` or have ``failed``."""

_AT_ONCE = 4096
"""Rows that become Arrow together: many, for speed, and not so many that requests feel it."""
_LONGEST_WAIT = 1.0


class RequestLog:
    """Writes what was asked and answered into Parquet files.

    Usage::

        log = RequestLog(LogSettings(path=Path("log")), metrics.logged)
        log.note(version, signature, request, answer, asked_at=time.time())
        log.close()

    A file is there when it is whole; until then its name is hidden. Each has the rows of one
    version of the model.

    Args:
        settings: where and what.
        observe: is told what became of rows.

    Raises:
        SettingsError: there is no secret for what is to be hashed.
        WorkspaceError: nothing can be written there.
    """

    def __init__(self, settings: LogSettings, observe: Observer) -> None:
        self._settings = settings
        self._salt = read_salt(settings)
        self._observe = observe
        _require_writable(settings.path)
        self._queue: queue.SimpleQueue[tuple[Form, Entry] | None] = queue.SimpleQueue()
        self._forms: MutableMapping[Loaded, Form | None] = weakref.WeakKeyDictionary()
        # Each is changed by one thread alone, so that neither waits for the other.
        self._noted = self._taken = 0
        self._files: dict[Form, _File] = {}
        self._chance = random.Random()
        self._thread = threading.Thread(target=self._write_all, name="request log")
        self._thread.start()

    def check(self, version: Version) -> None:
        """Checks that a version can be logged as the settings say; its rows are not, otherwise.

        Raises:
            SettingsError: it cannot.
        """
        assert version.loaded is not None
        self._forms[version.loaded] = None
        form = Form.of(self._settings, self._salt, version.number, version.loaded)
        self._forms[version.loaded] = form

    def note(
        self,
        version: Version,
        signature: Signature,
        request: Request,
        answer: Answer,
        *,
        asked_at: float,
        keys: Sequence[Any] | None = None,
    ) -> None:
        """Notes a request that was answered; to be called by one thread, which does not wait.

        Args:
            version: that has answered.
            signature: that was asked.
            request: its rows.
            answer: to them.
            asked_at: seconds since 1970.
            keys: the client's own, one for each row; None if it sent none.
        """
        if request.key is None or not answer.is_by_row or not takes_rows(signature):
            return
        places = self._chosen(request.count)
        if places is not None and not len(places):
            return
        form = self._form(version)
        name = secrets.token_hex(8)
        entry = Entry(signature, request, answer.arrays, places, keys, asked_at, name)
        if form is None or self._noted + entry.rows - self._taken > self._settings.queued_rows:
            self._observe("dropped", entry.rows)
            return
        self._noted += entry.rows
        self._queue.put((form, entry))

    def close(self) -> None:
        """Writes what has been noted, and ends."""
        self._queue.put(None)
        self._thread.join()

    def _form(self, version: Version) -> Form | None:
        if version.loaded not in self._forms:
            try:
                self.check(version)
            except Exception as error:
                logger.error("version %d is not logged: %s", version.number, error)
        assert version.loaded is not None
        return self._forms[version.loaded]

    def _chosen(self, count: int) -> np.ndarray | None:
        """Returns which rows of a request are logged; None for all."""
        share = self._settings.sample
        if share >= 1:
            return None
        return np.flatnonzero([self._chance.random() < share for _ in range(count)])

    def _write_all(self) -> None:
        while True:
            try:
                taken = self._queue.get(timeout=self._seconds_left())
            except queue.Empty:
                self._rotate(time.monotonic())
                continue
            if taken is None:
                break
            form, entry = taken
            self._add(form, entry)
            self._rotate(time.monotonic())
        self._rotate(float("inf"))

    def _add(self, form: Form, entry: Entry) -> None:
        file = self._files.get(form)
        if file is None:
            file = self._files[form] = _File(form, time.monotonic() + self._settings.rotate_seconds)
        file.entries.append(entry)
        file.rows += entry.rows
        file.unread += entry.rows
        if file.unread >= _AT_ONCE:
            self._guarded(file, file.read)

    def _rotate(self, now: float) -> None:
        for form, file in [*self._files.items()]:
            if now >= file.due or file.rows >= self._settings.rotate_rows:
                del self._files[form]
                self._guarded(file, file.read)
                self._guarded(file, functools.partial(file.write, self._settings.path))
                self._taken += file.rows

    def _guarded(self, file: "_File", step: Callable[[], int]) -> None:
        """Does a step; what fails in it must not end the thread, and is said and counted."""
        try:
            written = step()
        except Exception as error:
            rows = file.forget()
            logger.error("%d rows of the request log are lost: %s", rows, error)
            self._observe("failed", rows)
            self._taken += rows
            return
        if written:
            self._observe("written", written)

    def _seconds_left(self) -> float:
        due = min((file.due for file in self._files.values()), default=float("inf"))
        return min(max(due - time.monotonic(), 0.0), _LONGEST_WAIT)


class _File:
    """A file that is being filled, in memory.

    Attributes:
        due: when it is to be written, by the monotonic clock.
        entries: that are no rows of Arrow yet.
        unread: how many rows they have.
        rows: all rows.
    """

    def __init__(self, form: Form, due: float) -> None:
        self._form = form
        self._batches: list[pa.RecordBatch] = []
        self._begin = 0.0
        self.due = due
        self.entries: list[Entry] = []
        self.unread = self.rows = 0

    def read(self) -> int:
        """Makes rows of Arrow of the entries."""
        if not self._batches and self.entries:
            self._begin = self.entries[0].asked_at
        self._batches += self._form.batches(self.entries)
        self.entries, self.unread = [], 0
        return 0

    def write(self, folder: Path) -> int:
        """Writes the file; returns how many rows it has."""
        if not self._batches:
            return 0
        table = joined(self._batches)
        # Two processes may log into one folder.
        name = f"{time_of(self._begin)}-v{self._form.version}-{secrets.token_hex(4)}.parquet"
        with appearing(folder / name) as stream:
            pq.write_table(table, stream)
        return int(table.num_rows)

    def forget(self) -> int:
        """Lets go of the entries if there are any, else of all rows; returns how many."""
        lost = self.unread if self.entries else self.rows
        if not self.entries:
            self._batches = []
        self.entries, self.unread = [], 0
        self.rows -= lost
        return lost


def _require_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="."):
            pass
    except OSError as error:
        raise WorkspaceError(
            "the folder of the request log must be there and writable",
            received=f"{folder}: {error.strerror or error}",
            action="correct serve.log.path",
        ) from error
