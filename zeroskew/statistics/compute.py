"""The statistics that TFDV computes of tf.Examples, without Beam.

All but one part is computed by TFDV's own `BasicStatsGenerator`, so it is what TFX's StatisticsGen
computes: the same numbers, but that sums are added up in another order, and that quantiles are
approximated within the same error (1 % of the ranks). The values of a text column and how often
they occur are counted exactly, as TFX's StatisticsGen counts them.
"""

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
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx_bsl.arrow import array_util
from tfx_bsl.statistics import merge_util

from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.encoding.tf_example_columns import make_lists
from zeroskew.parallel import cores
from zeroskew.statistics.value_counts import ValueCounts

_STRING = statistics_pb2.FeatureNameStatistics.STRING


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
    counts = ValueCounts()
    return _finish(_accumulate(map(_as_lists, batches), counts), counts)


def statistics_of_files(files: Sequence[str]) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Computes the statistics of the tf.Examples in gzipped TFRecord files.

    Threads read the files, not processes, which would have to import TensorFlow first. What they
    find is put together in the order of the files, so the result is the same on any machine.

    Raises:
        DataError: a file is cut off or damaged.
    """
    counts = ValueCounts()
    generator = BasicStatsGenerator()
    whole = generator.create_accumulator()
    with ThreadPoolExecutor(cores()) as pool:
        parts = pool.map(lambda file: _accumulate(read_record_batches(file), counts), files)
        for part in parts:
            whole = generator.merge_accumulators([whole, part])
    return _finish(whole, counts)


def _accumulate(batches: Iterable[pa.RecordBatch], counts: ValueCounts) -> Any:
    """Returns what `BasicStatsGenerator` accumulates; adds to the counts of values."""
    generator = BasicStatsGenerator()
    accumulator = generator.create_accumulator()
    for batch in batches:
        _count_values(batch, counts)
        accumulator = generator.add_input(accumulator, batch)
    return accumulator


def _count_values(batch: pa.RecordBatch, counts: ValueCounts) -> None:
    for path, leaf, _ in arrow_util.enumerate_arrays(batch, None, enumerate_leaves_only=True):
        if stats_util.get_feature_type_from_arrow_type(path, leaf.type) == _STRING:
            counts.add(path, array_util.flatten_nested(leaf)[0])


def _finish(accumulator: Any, counts: ValueCounts) -> statistics_pb2.DatasetFeatureStatisticsList:
    generator = BasicStatsGenerator()
    basic = generator.extract_output(generator.compact(accumulator))
    text = statistics_pb2.DatasetFeatureStatistics(
        features=[_most_frequent(counts, path) for path in counts.columns()]
    )
    return merge_util.merge_dataset_feature_statistics([basic, text])


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


def _as_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
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
