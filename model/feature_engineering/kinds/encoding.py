"""What passes between the two halves of a feature, and from the second one to the network."""

import dataclasses
from collections.abc import Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class Output:
    """One tensor that a feature's tf.Transform half writes and its Keras half reads.

    Attributes:
        name: the tensor's name among the transformed features.
        size: number of distinct ids for an int64 tensor; None for a float32 tensor.
        length: of the vector in each row; a tensor of length 1 has the shape [batch].
    """

    name: str
    size: int | None = None
    length: int = 1

    @property
    def dtype(self) -> str:
        """The tensor's type, ``"int64"`` for ids and ``"float32"`` for numbers."""
        return "float32" if self.size is None else "int64"

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of what it holds for one row."""
        return () if self.length == 1 else (self.length,)


@dataclasses.dataclass(frozen=True)
class Ids:
    """Ids that the network looks up in tables it learns.

    Attributes:
        tensor: Keras tensor of shape [batch, length], int64.
        size: number of distinct ids.
        embedding: width of the vector that the deep side gets for each id; 0 for none.
        shares: of each id in its row's sum, float32 of this shape; None for one id in each row.
    """

    tensor: Any
    size: int
    embedding: int
    shares: Any = None


@dataclasses.dataclass(frozen=True)
class Encoding:
    """What features hand to the network.

    Attributes:
        wide: numbers for the wide side, Keras tensors of shape [batch, n].
        deep: numbers for the deep side, Keras tensors of shape [batch, n].
        ids: for both sides: a weight for each id, and a vector.
        vector: the feature's own, of shape [batch, n], if it is less than what the deep side gets.
    """

    wide: Sequence[Any] = ()
    deep: Sequence[Any] = ()
    ids: Sequence[Ids] = ()
    vector: Any = None
