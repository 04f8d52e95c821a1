"""Keeps in memory the versions that are to be served, as they come and go in their folder.

A version takes over only when it is loaded and has answered its first requests; what is asked
meanwhile, and what is being answered, stays with the version before. One that fails never takes
over, and is tried again only when its folder has changed.
"""

import asyncio
import gc
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from model.serving.blessed import SAVED_MODEL
from model.serving.lineage import read_lineage
from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.versions import State, Version, Versions
from model.serving.service.refusals import refusal_of
from model.serving.service.settings import ServeSettings
from zeroskew.versions import list_versions

logger = logging.getLogger(__name__)

Observer = Callable[[Version], None]
Stamp = dict[str, tuple[int, int]]
"""Size and time of each file of a version."""


class Folder:
    """A folder with numbered versions, or with one model.

    Args:
        place: the folder.
        versions: what the service knows of them.
        settings: which of them are served.
        observe: is told of each version that could not be loaded.
    """

    def __init__(
        self, place: Path, versions: Versions, settings: ServeSettings, observe: Observer
    ) -> None:
        self._place = place
        self._versions = versions
        self._settings = settings
        self._observe = observe
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
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._thread, folders_of, self._place)
        self._forget_changed(found)
        while to_load := self._wanted(found) - set(self._versions.available):
            number = max(to_load)
            await self._load(self._versions.version(number), found[number])
        for number in set(self._versions.available) - self._wanted(found):
            self._unload(self._versions.version(number))
        if self._has_unloaded and not self._versions.are_unloading:
            self._has_unloaded = False
            await loop.run_in_executor(self._thread, _free_memory)

    def close(self) -> None:
        """Ends the thread that loads."""
        self._thread.shutdown()

    async def _load(self, version: Version, folder: Path) -> None:
        version.state, version.error = State.LOADING, None
        # From before: what is still being copied may be whole before it has failed.
        stamp = _stamp(folder)
        loop = asyncio.get_running_loop()
        try:
            loaded = await loop.run_in_executor(self._thread, self._read, folder)
        except Exception as error:
            version.state, version.error = State.END, refusal_of(error)
            self._failed[version.number] = stamp
            logger.error("version %d is not served: %s", version.number, version.error.message)
            self._observe(version)
            return
        version.state, version.loaded = State.AVAILABLE, loaded
        self._versions.settle()
        logger.info("version %d is served", version.number)

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
            if number not in found or _stamp(found[number]) != stamp:
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


def _stamp(folder: Path) -> Stamp:
    return {
        str(file): (status.st_size, status.st_mtime_ns)
        for file in folder.rglob("*")
        for status in [file.lstat()]
    }


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
