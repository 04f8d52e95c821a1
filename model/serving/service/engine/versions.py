"""The versions of a model: which are there, and which one a request is for."""

import dataclasses
import enum

from model.serving.service.engine.indexes import Offer, ServedIndex
from model.serving.service.engine.loaded import Loaded
from model.serving.service.refusals import Code, RefusedError
from model.serving.service.settings import CanarySettings
from model.serving.vectors.space import require_space


class State(enum.Enum):
    """Where a version is in its life, as TensorFlow Serving numbers it."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclasses.dataclass(eq=False)
class Version:
    """A version of the model.

    Attributes:
        number: its own.
        state: where it is in its life.
        error: why it could not be loaded; None if it could, or has not been tried.
        loaded: the model; None unless it answers.
        index: of the space of the model's vectors; None if it is served without. Another one may
            take its place at any time, so a request looks here once.
        users: how many requests it answers now.
    """

    number: int
    state: State = State.START
    error: RefusedError | None = None
    loaded: Loaded | None = None
    index: ServedIndex | None = None
    users: int = 0

    @property
    def offer(self) -> Offer | None:
        """Its index in the folder; None if it is served without."""
        return self.index.offer if self.index is not None else None

    def answer_with(self, loaded: Loaded, index: ServedIndex | None) -> None:
        """Answers from now on with a model, and with an index of its vectors or none.

        Raises:
            DataError: the model's vectors lie in another space.
        """
        if index is not None:
            require_space(loaded.own_space(), index.offer.fingerprint, "the index")
        self.loaded, self.index, self.state = loaded, index, State.AVAILABLE

    def unload_if_unused(self) -> None:
        """Lets go of the model if it is to be unloaded and answers no one."""
        if self.state is State.UNLOADING and not self.users and self.loaded is not None:
            self.loaded.close()
            self.loaded = self.index = None
            self.state = State.END


class Versions:
    """All versions of one model that the service knows of.

    Args:
        name: the model's.
        labels: by label the number of its version.
        canary: a version for a part of the requests that name none.
    """

    def __init__(
        self, name: str, labels: dict[str, int], canary: CanarySettings | None = None
    ) -> None:
        self.name = name
        self._labels = labels
        self._canary = canary
        self._due = 0.0
        self._known: dict[int, Version] = {}
        self._newest: Version | None = None
        self._canary_version: Version | None = None

    @property
    def known(self) -> list[Version]:
        """All versions, the newest first."""
        return [self._known[number] for number in sorted(self._known, reverse=True)]

    @property
    def available(self) -> dict[int, Version]:
        """The versions that answer, by number."""
        return {one.number: one for one in self.known if one.state is State.AVAILABLE}

    @property
    def are_unloading(self) -> bool:
        """Whether a version that is to be unloaded still answers."""
        return any(one.state is State.UNLOADING for one in self._known.values())

    def version(self, number: int) -> Version:
        """Returns a version, which becomes known if it was not."""
        return self._known.setdefault(number, Version(number))

    def forget(self, number: int) -> None:
        """Knows a version no more."""
        del self._known[number]

    def settle(self) -> None:
        """Takes notice of the states of the versions; to be called when one has changed."""
        answering = self.available
        canary = self._canary.version if self._canary else None
        self._canary_version = answering.pop(canary, None) if canary is not None else None
        self._newest = next(iter(answering.values()), self._canary_version)

    def take(self, model: str, number: int | None = None, label: str | None = None) -> Version:
        """Returns the version that a request is for; `give_back` must follow.

        Args:
            model: the name that the request has for the model.
            number: of the version, if it names one.
            label: of the version, if it names one.

        Raises:
            RefusedError: there is no such model, version or label.
        """
        if label is not None and model == self.name:
            number = self._labelled(label)
        version = self._named(number) if number is not None else self._unnamed()
        if model != self.name or version is None:
            choice = "Latest(" if number is None else "Specific("
            wanted = model if number is None else f"{model}, {number}"
            raise RefusedError(Code.NOT_FOUND, f"Servable not found for request: {choice}{wanted})")
        version.users += 1
        return version

    def give_back(self, version: Version) -> None:
        """Ends the use of a version."""
        version.users -= 1
        if version.state is State.UNLOADING:
            version.unload_if_unused()

    def statuses(
        self, model: str, number: int | None = None, label: str | None = None
    ) -> list[Version]:
        """Returns the versions whose status is asked for, the newest first.

        Raises:
            RefusedError: there is no such model, version or label.
        """
        if label is not None and model == self.name:
            number = self._labelled(label)
        if number is not None:
            if model == self.name and number in self._known:
                return [self._known[number]]
            raise RefusedError(Code.NOT_FOUND, f"Could not find version {number} of model {model}")
        if model != self.name or not self._known:
            raise RefusedError(Code.NOT_FOUND, f"Could not find any versions of model {model}")
        return self.known

    def _named(self, number: int) -> Version | None:
        version = self._known.get(number)
        return version if version is not None and version.state is State.AVAILABLE else None

    def _unnamed(self) -> Version | None:
        """Returns the newest version, or the canary when it is its turn."""
        if self._canary_version is None or self._canary is None:
            return self._newest
        # A sum instead of chance: any hundred requests hold the share.
        self._due += self._canary.share
        if self._due < 1.0:
            return self._newest
        self._due -= 1.0
        return self._canary_version

    def _labelled(self, label: str) -> int:
        if label not in self._labels:
            raise RefusedError(
                Code.INVALID_ARGUMENT, f"Unrecognized servable version label: {label}"
            )
        return self._labels[label]
