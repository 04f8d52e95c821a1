"""A model's vectors of whole record batches."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from model.serving.batch.keys import Keys
from model.serving.batch.predictor import Answered, Predictor
from model.serving.fingerprint import VERSION_COLUMN
from model.serving.vectors.space import EMBED, EMBEDDING, read_space

VECTOR = "vector"
SPACE_COLUMN = "vector_fingerprint"
"""Column that says in which space the vectors lie."""
_ROWS_AT_ONCE = 512
"""Each word of a text becomes a vector on the way; those of more rows fit in no cache."""


class Embedder:
    """Makes vectors of record batches, beside the keys of their rows.

    Usage::

        embedder = Embedder(Path("runs/reviews/serving/1764000000"), keys=["review_id"])
        vectors = embedder.answer(batch).answers

    Args:
        folder: of the SavedModel; if it is called by a number, that is its version.
        keys: columns of the rows that stand beside the vectors.

    Raises:
        DataError: there is no SavedModel in the folder, or its feature list declares no embedding.
        SettingsError: a key is called like a column of the vectors.
    """

    def __init__(self, folder: Path, keys: Sequence[str] = ()) -> None:
        Keys(keys).check([VECTOR])
        self.space = read_space(folder)
        self.version = int(folder.name) if folder.name.isdecimal() else None
        identity = {
            VERSION_COLUMN: pa.scalar(self.version, pa.int64()),
            SPACE_COLUMN: pa.scalar(self.space.fingerprint, pa.string()),
        }
        self._predictor = Predictor(folder, keys, EMBED, identity, _ROWS_AT_ONCE)
        self.types: Mapping[str, str] = self._predictor.types
        """Of the raw columns that are read, as rows are to be read."""

    def misfits(self, batch: pa.RecordBatch) -> dict[int, str]:
        """Returns the rows that the model cannot take, by their place, and why; none is asked."""
        return self._predictor.misfits(batch)

    def answer(self, batch: pa.RecordBatch) -> Answered:
        """Makes a vector of each row of a batch that the model can take.

        Args:
            batch: as `Predictor.answer` takes it.

        Returns:
            Keys, `vector` (a list of as many float32 as the space has dimensions), the version of
            the model and the fingerprint of the space.
        """
        found = self._predictor.answer(batch)
        columns = {
            VECTOR if name == EMBEDDING else name: column
            for name, column in zip(found.answers.schema.names, found.answers.columns, strict=True)
        }
        values = columns[VECTOR].flatten()
        columns[VECTOR] = pa.FixedSizeListArray.from_arrays(values, self.space.dimension)
        return Answered(pa.RecordBatch.from_pydict(columns), found.misfits)
