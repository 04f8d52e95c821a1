"""Examples of a pipeline to vectors, part by part."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from model.embeddings.embedder import VECTOR, Embedder
from model.embeddings.parts import Parts
from model.embeddings.vector_table import to_matrix
from model.feature_engineering.columns import Column
from model.serving.batch.examples import misfit, with_keys
from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.parallel import ahead
from zeroskew.progress import tell


def embed_examples(
    files: Sequence[str], embedder: Embedder, keys: Sequence[Column], parts: Parts
) -> None:
    """Adds the vectors of all examples to the parts, but those that are there already.

    Args:
        files: gzipped TFRecords of tf.Examples, in their order.
        embedder: makes the vectors, with the names of the keys.
        keys: the columns that stand beside the vectors.
        parts: receives them.

    Raises:
        DataError: a file is damaged, or the model cannot take an example.
    """
    seen = 0
    for file, batch in ahead(_batches(files)):
        first, seen = seen, seen + batch.num_rows
        if seen > parts.taken:
            rest = batch.slice(max(0, parts.taken - first))
            found = embedder.answer(with_keys(rest, keys, file))
            for row, reason in found.misfits.items():
                raise misfit(file, f"the example {seen - rest.num_rows + row:,}: {reason}")
            parts.add(found.answers, seen)
        tell(seen, 0, "rows")
    if not seen:
        nothing = pa.RecordBatch.from_arrays([], names=[])
        parts.add(embedder.answer(with_keys(nothing, keys, "")).answers, 0)
    parts.flush()


def _batches(files: Sequence[str]) -> Iterator[tuple[str, pa.RecordBatch]]:
    for file in files:
        for batch in read_record_batches(file):
            yield file, batch


def vectors_of_examples(files: Sequence[str], embedder: Embedder) -> Iterator[np.ndarray]:
    """Yields the vectors of examples, float32 of shape [some rows, n], in their order.

    Args:
        files: gzipped TFRecords of tf.Examples.
        embedder: makes the vectors, without keys.
    """
    for file, batch in _batches(files):
        found = embedder.answer(with_keys(batch, [], file))
        yield to_matrix(found.answers[VECTOR])
