"""The statistics that TFDV computes of tf.Examples, without Beam.

All but one part is computed by TFDV's own `BasicStatsGenerator`, so it is what TFX's StatisticsGen
computes: the same numbers, but that sums are added up in another order, and that quantiles are
approximated within the same error (1 % of the ranks). The values of a text column and how often
they occur are counted exactly, as TFX's StatisticsGen counts them.
"""

import functools
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
from tensorflow_data_validation.arrow import arrow_util
from tensorflow_data_validation.statistics.generators.basic_stats_generator import (
    BasicStatsGenerator,
)
from tensorflow_data_validation.statistics.stats_options import StatsOptions
from tensorflow_data_validation.types import FeaturePath
from tensorflow_data_validation.utils import stats_util, top_k_uniques_stats_util
from tensorflow_data_validation.utils.schema_util import get_categorical_numeric_feature_types
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx_bsl.arrow import array_util
from tfx_bsl.statistics import merge_util

from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.encoding.tf_example_columns import make_lists
from zeroskew.parallel import cores
from zeroskew.progress import tell
from zeroskew.statistics.value_counts import ValueCounts
from zeroskew.statistics.vector_columns import Part, VectorColumns

_STRING = statistics_pb2.FeatureNameStatistics.STRING


class StatisticsCounter:
    """Counts rows; threads may count at the same time, each into a part of its own.

    Usage::

        counter = StatisticsCounter()
        part = counter.start()
        part = counter.add(part, pa.RecordBatch.from_pydict({"fare": [[12.5], []]}))
        counter.finish([part])

    Args:
        schema: its categorical numbers are counted like text, as TFDV does it; None for none.
    """

    def __init__(self, schema: Any = None) -> None:
        self._generator = BasicStatsGenerator(schema=schema)
        self._categorical = set(get_categorical_numeric_feature_types(schema) if schema else ())
        self._counts = ValueCounts()

    def start(self) -> Any:
        """Returns a part without any row."""
        return self._generator.create_accumulator()

    def add(self, part: Any, batch: pa.RecordBatch) -> Any:
        """Returns the part with some rows more, in columns of lists."""
        for path, leaf, _ in arrow_util.enumerate_arrays(batch, None, enumerate_leaves_only=True):
            values = array_util.flatten_nested(leaf)[0]
            if stats_util.get_feature_type_from_arrow_type(path, leaf.type) == _STRING:
                self._counts.add(path, values)
            elif path in self._categorical:
                self._counts.add(path, values.cast(pa.string()))
        return self._generator.add_input(part, batch)

    def finish(self, parts: Iterable[Any]) -> statistics_pb2.DatasetFeatureStatisticsList:
        """Returns the statistics of all parts, in their order."""
        whole = self.start()
        for part in parts:
            whole = self._generator.merge_accumulators([whole, part])
        basic = self._generator.extract_output(self._generator.compact(whole))
        text = statistics_pb2.DatasetFeatureStatistics(
            features=[_most_frequent(self._counts, path) for path in self._counts.columns()]
        )
        return merge_util.merge_dataset_feature_statistics([basic, text])


def statistics_of(
    batches: Iterable[pa.RecordBatch],
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Computes the statistics of rows in memory.

    Usage::

        statistics_of([pa.RecordBatch.from_pydict({"fare": [12.5, None], "company": ["Blue", ""]})])

    Args:
        batches: columns of lists are taken as they are; columns of numbers, truth values, text or
            bytes as the ExampleGen writes them: numbers as float32 or int64, a missing value as a
            list without values.
    """
    counter = StatisticsCounter()
    return counter.finish([_count(counter, map(as_lists, batches))])


def statistics_of_files(files: Sequence[str]) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Computes the statistics of the tf.Examples in gzipped TFRecord files.

    Threads read the files, not processes, which would have to import TensorFlow first. What they
    find is put together in the order of the files, so the result is the same on any machine. For
    columns of vectors, `VectorColumns` adds what it knows.

    Raises:
        DataError: a file is cut off or damaged.
    """
    counter, vectors = StatisticsCounter(), VectorColumns()
    parts, vector_parts = [], []

    def count(file: str) -> tuple[Any, Part]:
        part: Any = counter.start()
        found: Part = {}
        for batch in read_record_batches(file):
            part, found = counter.add(part, batch), vectors.add(found, batch)
        return part, found

    with ThreadPoolExecutor(cores()) as pool:
        for part, found in pool.map(count, files):
            parts.append(part)
            vector_parts.append(found)
            tell(len(parts), len(files), "files counted")
    statistics = counter.finish(parts)
    vectors.describe(statistics, vector_parts)
    return statistics


def _count(counter: StatisticsCounter, batches: Iterable[pa.RecordBatch]) -> Any:
    return functools.reduce(counter.add, batches, counter.start())


def _most_frequent(counts: ValueCounts, path: FeaturePath) -> Any:
    options = StatsOptions()
    most = max(options.num_top_values, options.num_rank_histogram_buckets)
    distinct, pairs = counts.most_frequent(path, most)
    return top_k_uniques_stats_util.make_feature_stats_proto_topk_uniques(
        feature_path=path,
        num_top_values=options.num_top_values,
        num_rank_histogram_buckets=options.num_rank_histogram_buckets,
        num_unique=distinct,
        value_count_list=[top_k_uniques_stats_util.FeatureValueCount(*pair) for pair in pairs],
        frequency_threshold=options.frequency_threshold,
    )


def as_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Returns rows in columns of lists, as `statistics_of` takes other columns."""
    columns = [_as_list(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _as_list(column: pa.Array) -> pa.Array:
    if pa.types.is_nested(column.type) or pa.types.is_null(column.type):
        return column
    known = column.is_valid().cast(pa.int64()).to_numpy(zero_copy_only=False)
    values = column.drop_null()
    if pa.types.is_floating(column.type):
        values = values.cast(pa.float32())
    elif pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        values = values.cast(pa.int64())
    return make_lists(known, values)
