"""Keeps in memory the versions that are to be served, as they come and go in their folder.

A version takes over only when it is loaded and has answered its first requests; what is asked
meanwhile, and what is being answered, stays with the version before. One that fails never takes
over, and is tried again only when its folder has changed.

With indexes, a version takes over together with the newest one of its space, and waits until one is
there; a newer one of that space takes over while the version stays.
"""

import asyncio
import functools
import gc
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from model.serving.blessed import SAVED_MODEL
from model.serving.lineage import read_lineage
from model.serving.service.engine.indexes import Indexes, Offer
from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.stamps import Stamp, stamp_of
from model.serving.service.engine.versions import State, Version, Versions
from model.serving.service.refusals import Code, RefusedError, refusal_of
from model.serving.service.settings import ServeSettings
from model.serving.vectors.space import read_space
from zeroskew.errors import DataError
from zeroskew.versions import list_versions

logger = logging.getLogger(__name__)

Observer = Callable[[Version], None]
Found = TypeVar("Found")


class Folder:
    """A folder with numbered versions, or with one model.

    Args:
        place: the folder.
        versions: what the service knows of them.
        settings: which of them are served.
        observe: is told of each version that could not be loaded.
        indexes: of the versions' vectors; None if they are served alone.
    """

    def __init__(
        self,
        place: Path,
        versions: Versions,
        settings: ServeSettings,
        observe: Observer,
        indexes: Indexes | None = None,
    ) -> None:
        self._place = place
        self._versions = versions
        self._settings = settings
        self._observe = observe
        self._indexes = indexes
        self._spaces: dict[int, str] = {}
        self._thread = ThreadPoolExecutor(1, "load")
        self._failed: dict[int, Stamp] = {}
        self._has_unloaded = False

    async def watch(self) -> None:
        """Looks at the folder again and again."""
        while True:
            await asyncio.sleep(self._settings.poll_seconds)
            try:
                await self.refresh()
            except OSError as error:
                logger.warning("the folder of versions cannot be read: %s", error)

    async def refresh(self) -> None:
        """Loads what is new and wanted, and lets go of what no longer is."""
        found = await self._in_thread(self._look)
        self._forget_changed(found)
        while to_load := self._wanted(self._ready(found)) - set(self._versions.available):
            number = max(to_load)
            await self._load(self._versions.version(number), found[number])
        for number in set(self._versions.available) - self._wanted(self._ready(found)):
            self._unload(self._versions.version(number))
        if self._indexes is not None:
            await self._renew(self._indexes)
            self._tell_waiting(found, self._indexes)
        if self._has_unloaded and not self._versions.are_unloading:
            self._has_unloaded = False
            await self._in_thread(_free_memory)

    def close(self) -> None:
        """Ends the thread that loads."""
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], Found]) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _look(self) -> dict[int, Path]:
        """Returns the folder of each version, and takes notice of the indexes."""
        found = folders_of(self._place)
        if self._indexes is not None:
            self._indexes.look()
            spaces = ((number, _space_of(folder)) for number, folder in found.items())
            self._spaces = {number: one for number, one in spaces if one is not None}
        return found

    def _ready(self, found: Mapping[int, Path]) -> Mapping[int, Path]:
        """Returns the versions that have all that they are served with."""
        if self._indexes is None:
            return found
        return {number: one for number, one in found.items() if self._offer(number) is not None}

    def _offer(self, number: int) -> Offer | None:
        """Returns the newest index for a version."""
        if self._indexes is None or number not in self._spaces:
            return None
        return self._indexes.newest(self._spaces[number])

    async def _load(self, version: Version, folder: Path) -> None:
        index = None
        offer = self._offer(version.number)
        if self._indexes is not None and offer is not None:
            index = await self._in_thread(functools.partial(self._indexes.load, offer))
            if index is None:
                return
        version.state, version.error = State.LOADING, None
        # From before: what is still being copied may be whole before it has failed.
        stamp = stamp_of(folder)
        try:
            loaded = await self._in_thread(functools.partial(self._read, folder))
            version.answer_with(loaded, index)
        except Exception as error:
            version.state, version.error = State.END, refusal_of(error)
            self._failed[version.number] = stamp
            logger.error("version %d is not served: %s", version.number, version.error.message)
            self._observe(version)
            return
        self._versions.settle()
        _say_served(version)

    async def _renew(self, indexes: Indexes) -> None:
        """Lets each version answer with the newest index of its space."""
        for version in self._versions.available.values():
            while (offer := self._offer(version.number)) not in (None, version.offer):
                assert offer is not None
                assert version.loaded is not None
                index = await self._in_thread(functools.partial(indexes.load, offer))
                if index is not None:
                    version.answer_with(version.loaded, index)
                    _say_served(version)

    def _tell_waiting(self, found: Mapping[int, Path], indexes: Indexes) -> None:
        """Says of versions that would be served why they are not, and forgets what it has said."""
        waiting = (self._wanted(found) & found.keys()) - self._ready(found).keys()
        for number in waiting:
            version = self._versions.version(number)
            if version.state not in (State.START, State.END):
                continue
            is_new = version.state is State.END or version.error is None
            version.state = State.START
            version.error = self._lacking(number, found[number], indexes)
            if is_new:
                logger.warning("version %d waits: %s", number, version.error.message)
        for version in self._versions.known:
            if version.state is State.START and version.number not in waiting:
                self._versions.forget(version.number)

    def _lacking(self, number: int, folder: Path, indexes: Indexes) -> RefusedError:
        """Returns why a version is not ready."""
        if number not in self._spaces:
            error = DataError(
                "with serve.index a model declares an embedding, of which there is an index",
                received=f"{folder}, which says of no vectors in which space they lie",
                action='add embedding=Embedding("...") to the FeatureSet, or serve the models '
                "alone: zeroskew serve FOLDER, without an index",
            )
        else:
            error = DataError(
                "with serve.index a version is served together with an index of its vectors",
                allowed=f"an index in {indexes.place} with the fingerprint {self._spaces[number]}",
                received=", ".join(indexes.spaces) or "no index that is sound",
                action="wait until the run has pushed it, or push it again",
            )
        return RefusedError(Code.UNAVAILABLE, str(error))

    def _read(self, folder: Path) -> Loaded:
        if self._settings.lineage == "required":
            read_lineage(folder)
        return _load(folder)

    def _unload(self, version: Version) -> None:
        version.state = State.UNLOADING
        self._has_unloaded = True
        self._versions.settle()
        version.unload_if_unused()
        logger.info("version %d is no longer served", version.number)

    def _wanted(self, found: Mapping[int, Path]) -> set[int]:
        """Returns which versions are to be served; those that are, if the folder is empty."""
        chosen = self._settings
        canary = {chosen.canary.version} if chosen.canary else set()
        sound = found.keys() - self._failed.keys()
        if chosen.pinned:
            served = sound & set(chosen.pinned)
        else:
            served = {*sorted(sound - canary)[-chosen.versions :]}
        served |= sound & (canary | set(chosen.labels.values()))
        return served or set(self._versions.available)

    def _forget_changed(self, found: Mapping[int, Path]) -> None:
        """Gives versions that have failed another chance, where their folder has changed."""
        for number, stamp in [*self._failed.items()]:
            if number not in found or stamp_of(found[number]) != stamp:
                del self._failed[number]
                self._versions.forget(number)


def folders_of(place: Path) -> dict[int, Path]:
    """Returns the folder of each version by its number; a single model is version 1."""
    if (place / SAVED_MODEL).exists():
        return {int(place.name) if place.name.isdecimal() else 1: place}
    folders = {number: place / str(number) for number in list_versions(str(place), SAVED_MODEL)}
    return {number: one for number, one in folders.items() if (one / SAVED_MODEL).exists()}


def _free_memory() -> None:
    """Frees what is left of models that are served no more."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _space_of(folder: Path) -> str | None:
    """Returns the fingerprint of the space of a version's vectors; None if it says none."""
    try:
        return read_space(folder).fingerprint
    except (DataError, OSError, ValueError, TypeError):
        return None


def _say_served(version: Version) -> None:
    offer = version.offer
    beside = f" with index {offer.number}" if offer is not None else ""
    logger.info("version %d is served%s", version.number, beside)


def _load(folder: Path) -> Loaded:
    loaded = Loaded(folder)
    try:
        loaded.warm_up()
    except Exception:
        loaded.close()
        raise
    # The collector would look through the hundred thousands of objects of a model again and again,
    # which lasts longer than a batch.
    gc.freeze()
    return loaded
