"""Learning the transform graph: tf.Transform's analysis over big batches."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata.dataset_metadata import DatasetMetadata

from model.feature_engineering.transform.raw_batches import PreprocessingFn, RawBatches
from zeroskew.parallel import IN_THIS_PROCESS
from zeroskew.progress import tell


def learn_graph(
    files: Sequence[str],
    raw: RawBatches,
    schema: Any,
    preprocessing_fn: PreprocessingFn,
    target: str,
) -> None:
    """Learns from all rows of some files, and writes the graph.

    Args:
        files: gzipped TFRecords of tf.Examples.
        raw: reads them.
        schema: of the raw rows, a `schema_pb2.Schema`.
        preprocessing_fn: what tf.Transform is to compute.
        target: the folder of the TransformGraph artifact.
    """
    with (
        tempfile.TemporaryDirectory(prefix="transform-") as temporary,
        beam.Pipeline(argv=list(IN_THIS_PROCESS)) as pipeline,
        tft_beam.Context(temp_dir=temporary, use_deep_copy_optimization=True),
    ):
        batches = (
            pipeline
            | "Files" >> beam.Create([list(files)], reshuffle=False)
            | "Read" >> beam.FlatMap(_read_all, raw=raw).with_output_types(pa.RecordBatch)
        )
        learned = (batches, raw.adapter_config) | tft_beam.AnalyzeDataset(preprocessing_fn)
        _ = learned | tft_beam.WriteTransformFn(target)
        _ = DatasetMetadata(schema) | tft_beam.WriteMetadata(
            os.path.join(target, tft.TFTransformOutput.RAW_METADATA_DIR), pipeline
        )


def _read_all(files: Sequence[str], raw: RawBatches) -> Iterator[pa.RecordBatch]:
    rows = 0
    for file in files:
        for batch in raw.read(file):
            yield batch
            rows += len(batch)
            tell(rows, 0, "rows analysed")
