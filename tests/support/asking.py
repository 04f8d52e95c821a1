"""Clients that ask without a pause while a block lasts."""

import abc
import threading


class Asking(abc.ABC):
    """Threads, each with a client of its own.

    Args:
        clients: how many.
    """

    def __init__(self, clients: int) -> None:
        self.ended = threading.Event()
        self._threads = [threading.Thread(target=self.ask) for _ in range(clients)]

    def __enter__(self):
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.ended.set()
        for one in self._threads:
            one.join()

    @abc.abstractmethod
    def ask(self) -> None:
        """Asks until the block has ended."""
