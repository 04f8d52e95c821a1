"""What the model gives for a batch, and which rows of it are whose."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from model.serving.saved_model import Arrays


class Answer:
    """What the model gives for the rows of one request.

    Args:
        whole: an array for each output, with the rows of the whole batch.
        begin: the first row that is the request's.
        end: the first row behind them; None if the whole is the request's, rows or not.
        lists: what `lists_by` has made already, for all requests of the batch.
    """

    __slots__ = ("_begin", "_end", "_lists", "_whole")

    def __init__(
        self, whole: Arrays, begin: int, end: int | None, lists: dict[str, list[Any]]
    ) -> None:
        self._whole = whole
        self._begin = begin
        self._end = end
        self._lists = lists

    @property
    def is_by_row(self) -> bool:
        """Whether each output has a row for each row of the others."""
        # Else the requests would not have been asked together.
        if self._end is not None:
            return True
        shapes = {array.shape[:1] for array in self._whole.values()}
        return len(shapes) == 1 and shapes != {()}

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """An array for each output."""
        if self._end is None:
            return dict(self._whole)
        return {name: array[self._begin : self._end] for name, array in self._whole.items()}

    def lists_by(self, convert: Callable[[str, np.ndarray], list[Any]]) -> dict[str, list[Any]]:
        """Returns a list with a value for each row, for each output.

        Args:
            convert: makes such a list of an output's name and array; it is asked once for a batch.
        """
        if not self._lists:
            self._lists.update((name, convert(name, one)) for name, one in self._whole.items())
        return {name: values[self._begin : self._end] for name, values in self._lists.items()}


def split(outputs: Arrays, counts: Sequence[int]) -> list[Answer]:
    """Returns the answer of each request of a batch.

    Args:
        outputs: of the batch.
        counts: how many rows each request has.

    Raises:
        ValueError: an output has another number of rows than the inputs.
    """
    lists: dict[str, list[Any]] = {}
    if len(counts) == 1:
        return [Answer(outputs, 0, None, lists)]
    ends = [*itertools.accumulate(counts)]
    for name, array in outputs.items():
        if len(array) != ends[-1]:
            raise ValueError(f"the output {name!r} has {len(array)} rows for {ends[-1]}")
    begins = [0, *ends]
    return [Answer(outputs, begin, end, lists) for begin, end in zip(begins, ends, strict=False)]
