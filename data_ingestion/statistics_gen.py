"""StatisticsGen that does without Beam where the data fits in memory."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import tensorflow as tf
import tensorflow_data_validation as tfdv
from tensorflow_data_validation.statistics import stats_impl
from tfx.components import StatisticsGen as StockStatisticsGen
from tfx.components.statistics_gen import executor as stock
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils
from tfx.types import standard_component_specs as specs
from tfx_bsl.coders import example_coder

MEMORY_LIMIT = 64 * 2**20
"""Bytes of gzipped examples up to which the statistics are computed in this process."""


class Executor(stock.Executor):
    """TFX's StatisticsGen; small data takes TFDV's in-memory way to the same statistics."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes `FeatureStats.pb` for each split."""
        (examples,) = input_dict[specs.EXAMPLES_KEY]
        size = sum(file.stat().st_size for file in Path(examples.uri).rglob("*") if file.is_file())
        if size > MEMORY_LIMIT:
            super().Do(input_dict, output_dict, exec_properties)
            return
        (statistics,) = output_dict[specs.STATISTICS_KEY]
        statistics.split_names = examples.split_names
        statistics.span = examples.span
        for split in artifact_utils.decode_split_names(examples.split_names):
            rows = read_record_batch(Path(artifact_utils.get_split_uri([examples], split)))
            folder = Path(artifact_utils.get_split_uri([statistics], split))
            folder.mkdir(parents=True, exist_ok=True)
            found = stats_impl.generate_statistics_in_memory(rows, tfdv.StatsOptions())
            Path(folder, stock.DEFAULT_FILE_NAME).write_bytes(found.SerializeToString())


class StatisticsGen(StockStatisticsGen):
    """TFX's StatisticsGen with the executor of this module."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)


def read_record_batch(folder: Path) -> pa.RecordBatch:
    """Reads all tf.Examples of a split's folder as one record batch of list columns."""
    files = sorted(str(file) for file in folder.iterdir())
    records = tf.data.TFRecordDataset(files, "GZIP").batch(100_000).as_numpy_iterator()
    serialized = [record for batch in records for record in batch]
    return example_coder.ExamplesToRecordBatchDecoder().DecodeBatch(serialized)
