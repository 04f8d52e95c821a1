"""What the network takes of a row: all numbers as one matrix, and all ids as another.

Hundreds of tensors would each cost a part of every graph that reads, trains, evaluates and serves.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from model.feature_engineering.kinds import Output
from zeroskew.lazy import lazy_import

keras = lazy_import("keras")

NUMBERS, IDS = "numbers", "ids"


def join(outputs: Sequence[Output], tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the matrices by name, float32 and int64, without one that would have no column.

    Args:
        outputs: of the feature list.
        tensors: of these by name, each of shape [batch] or [batch, length].
    """
    return {
        name: concatenate([keras.ops.reshape(tensors[one.name], (-1, one.length)) for one in some])
        for name, some in _kinds(outputs)
    }


def symbolic(outputs: Sequence[Output]) -> dict[str, Any]:
    """Returns Keras inputs for the matrices."""
    return {
        name: keras.Input((sum(one.length for one in some),), name=name, dtype=some[0].dtype)
        for name, some in _kinds(outputs)
    }


def part(outputs: Sequence[Output], matrices: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the tensors by output name again, each of shape [batch, length]."""
    found: dict[str, Any] = {}
    for name, some in _kinds(outputs):
        *ends, _ = accumulate(one.length for one in some)
        parts = keras.ops.split(matrices[name], ends, axis=1) if ends else [matrices[name]]
        found |= {one.name: tensor for one, tensor in zip(some, parts, strict=True)}
    return found


def concatenate(tensors: Sequence[Any]) -> Any:
    """Returns tensors of shape [batch, n], at least one, side by side."""
    return keras.ops.concatenate(tensors, axis=1) if len(tensors) > 1 else tensors[0]


def _kinds(outputs: Sequence[Output]) -> Iterator[tuple[str, Sequence[Output]]]:
    for name, is_ids in ((NUMBERS, False), (IDS, True)):
        some = [one for one in outputs if (one.size is not None) == is_ids]
        if some:
            yield name, some
