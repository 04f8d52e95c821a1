"""Transformed examples: the graph applied to all rows, file by file."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import tensorflow as tf
from tfx_bsl.tfxio.tensor_to_arrow import TensorsToRecordBatchConverter

from model.feature_engineering.transform.raw_batches import RawBatches
from model.feature_engineering.transform.unread_dates import UnreadDates
from zeroskew.encoding.binary_arrays import data, values
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.encoding.tf_record import frame_records, gzip_writer
from zeroskew.parallel import cores
from zeroskew.progress import tell
from zeroskew.statistics.compute import StatisticsCounter, as_lists


class Graph:
    """The learned graph, from record batches to record batches; threads may share it.

    Args:
        folder: of the TransformGraph artifact.
    """

    def __init__(self, folder: str) -> None:
        self._loaded = tf.saved_model.load(os.path.join(folder, "transform_fn"))
        function = self._loaded.transform_fn
        concrete = getattr(function, "concrete_functions", [function])[0]
        self._inputs = concrete.structured_input_signature[0][0]
        specs = concrete.structured_outputs
        self._others = {name: spec for name, spec in specs.items() if not _is_vector(spec)}
        self._names = sorted(specs)

    def apply(self, tensors: Mapping[str, Any], rows: int) -> pa.RecordBatch:
        """Returns the transformed rows: columns of one value for each row, or of lists.

        Args:
            tensors: of the columns that are used; the others may be missing.
            rows: how many there are.
        """
        unused = {
            name: _nothing(spec, rows) for name, spec in self._inputs.items() if name not in tensors
        }
        found = self._loaded.transform_fn({**tensors, **unused})
        lists = self._convert({name: found[name] for name in self._others})
        columns = [
            lists[name] if name in lists else pa.array(found[name].numpy()) for name in self._names
        ]
        return pa.RecordBatch.from_arrays(columns, self._names)

    def _convert(self, tensors: Mapping[str, Any]) -> dict[str, pa.Array]:
        if not tensors:
            return {}
        batch = TensorsToRecordBatchConverter(self._others).convert(tensors)
        return dict(zip(batch.schema.names, batch.columns, strict=True))


def _nothing(spec: Any, rows: int) -> Any:
    if isinstance(spec, tf.SparseTensorSpec):
        return tf.sparse.from_dense(tf.zeros([rows, 0], spec.dtype))
    return tf.zeros([rows, *spec.shape[1:]], spec.dtype)


def _is_vector(spec: Any) -> bool:
    return isinstance(spec, tf.TensorSpec) and spec.shape.rank == 1


@dataclasses.dataclass(frozen=True)
class Shard:
    """One file of raw rows.

    Attributes:
        source: gzipped TFRecord of tf.Examples.
        target: where its transformed rows go.
        analysed: whether the graph was learned from it.
    """

    source: str
    target: str
    analysed: bool


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Counts raw rows, those the graph was learned from, and all transformed ones."""

    before: StatisticsCounter
    after: StatisticsCounter


def materialise(
    graph: Graph,
    raw: RawBatches,
    shards: Sequence[Shard],
    statistics: Statistics,
    dates: UnreadDates,
) -> tuple[Any, Any]:
    """Transforms all rows and writes them, a file for each file.

    A row keeps its place: the n-th row of a file becomes the n-th of the file's counterpart.

    Args:
        graph: what transforms.
        raw: reads the rows.
        shards: the files.
        statistics: count the rows.
        dates: counts those of which a date could not be read.

    Returns:
        The statistics before and after, each a `DatasetFeatureStatisticsList`.
    """
    before, after = [], []
    with ThreadPoolExecutor(cores()) as pool:
        parts = pool.map(lambda shard: _transform(graph, raw, shard, statistics, dates), shards)
        for done, (raw_part, transformed_part) in enumerate(parts, start=1):
            before.append(raw_part)
            after.append(transformed_part)
            tell(done, len(shards), "files transformed")
    return statistics.before.finish(before), statistics.after.finish(after)


def _transform(
    graph: Graph, raw: RawBatches, shard: Shard, statistics: Statistics, dates: UnreadDates
) -> tuple[Any, Any]:
    to_tensors = raw.tensors()
    before, after = statistics.before.start(), statistics.after.start()
    with gzip_writer(shard.target) as target:
        for batch in raw.read(shard.source):
            transformed = graph.apply(to_tensors(batch), len(batch))
            examples = encode_examples(transformed)
            target.write(data(frame_records(examples, values(examples))))
            if shard.analysed:
                before = statistics.before.add(before, batch)
            after = statistics.after.add(after, as_lists(transformed))
            dates.add(batch, transformed)
    return before, after
