"""ExampleGen for tables: columns stay columns until they are encoded, in C++, as tf.Examples."""

import bisect
import contextlib
import hashlib
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import tensorflow as tf
from google.protobuf import json_format
from tfx.components.example_gen import driver, utils
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils, channel_utils, component_spec
from tfx.types import standard_component_specs as specs
from tfx.types.standard_artifacts import Examples, Schema
from tfx_bsl.coders import example_coder

from data_ingestion.source import Source, read_batches
from zeroskew.schema import column_types, read_schema, schema_file

FILE_NAME = "data_tfrecord-00000-of-00001.gz"


class CsvExampleGenSpec(component_spec.ComponentSpec):
    """TFX's FileBasedExampleGen, with the schema as an input."""

    PARAMETERS = specs.FileBasedExampleGenSpec.PARAMETERS
    INPUTS: ClassVar[dict[str, Any]] = {
        specs.SCHEMA_KEY: component_spec.ChannelParameter(type=Schema)
    }
    OUTPUTS = specs.FileBasedExampleGenSpec.OUTPUTS


class Executor(base_executor.BaseExecutor):
    """Reads CSV as Arrow record batches of the schema's types and writes split tf.Examples."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes one gzipped TFRecord file for each split."""
        inputs = json_format.Parse(exec_properties[specs.INPUT_CONFIG_KEY], example_gen_pb2.Input())
        outputs = json_format.Parse(
            exec_properties[specs.OUTPUT_CONFIG_KEY], example_gen_pb2.Output()
        )
        source = Source(
            Path(exec_properties[specs.INPUT_BASE_KEY]),
            {split.name: split.pattern for split in inputs.splits},
        )
        (schema,) = input_dict[specs.SCHEMA_KEY]
        (examples,) = output_dict[specs.EXAMPLES_KEY]
        names = utils.generate_output_split_names(inputs, outputs)
        examples.split_names = artifact_utils.encode_split_names(names)
        folders = {name: Path(artifact_utils.get_split_uri([examples], name)) for name in names}
        shares = {split.name: split.hash_buckets for split in outputs.split_config.splits}
        write_examples(source, column_types(read_schema(schema_file(schema))), folders, shares)


class CsvExampleGen(base_component.BaseComponent):
    """Ingests CSV files.

    Args:
        source: one pattern for all rows, or one for each split.
        schema: channel of the Schema artifact, which states the column types.
        shares: with one pattern, how many parts of the rows each split gets.
    """

    SPEC_CLASS = CsvExampleGenSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    DRIVER_CLASS = driver.FileBasedDriver

    def __init__(self, source: Source, schema: Any, shares: Mapping[str, int]) -> None:
        one_pattern = len(source.patterns) == 1
        super().__init__(
            spec=CsvExampleGenSpec(
                input_base=str(source.folder),
                input_config=_input_config(source),
                output_config=_output_config(shares if one_pattern else {}),
                output_data_format=example_gen_pb2.FORMAT_TF_EXAMPLE,
                output_file_format=example_gen_pb2.FORMAT_TFRECORDS_GZIP,
                schema=schema,
                examples=channel_utils.as_channel([Examples()]),
            )
        )


def write_examples(
    source: Source,
    types: Mapping[str, str],
    folders: Mapping[str, Path],
    shares: Mapping[str, int],
) -> dict[str, int]:
    """Reads every row of a source and writes it to the split it belongs to.

    Args:
        source: the files.
        types: column types by name, as the schema states them.
        folders: where each split is written.
        shares: parts of the rows by split, dealt by a hash of the row; empty if the source has
            a pattern for each split.

    Returns:
        Rows written, by split.

    Raises:
        DataError: a file cannot be read as the schema says.
    """
    rows = dict.fromkeys(folders, 0)
    with contextlib.ExitStack() as stack:
        writers = {
            split: stack.enter_context(_writer(folder / FILE_NAME))
            for split, folder in folders.items()
        }
        for pattern in source.patterns:
            for example in _encode_files(source, pattern, types):
                split = choose_split(example, shares) if shares else pattern
                writers[split].write(example)
                rows[split] += 1
    return rows


def choose_split(example: bytes, shares: Mapping[str, int]) -> str:
    """Deals a row to a split by its content: the same row always goes to the same split.

    It is the split to which TFX's own ExampleGen deals the row.
    """
    bounds = list(itertools.accumulate(shares.values()))
    bucket = int.from_bytes(hashlib.sha256(example).digest(), "big") % bounds[-1]
    return list(shares)[bisect.bisect(bounds, bucket)]


def _encode_files(source: Source, pattern: str, types: Mapping[str, str]) -> Iterator[bytes]:
    for file in source.files(pattern):
        for batch in read_batches(file, types):
            for encoded in example_coder.RecordBatchToExamples(_as_lists(batch)):
                # The coder leaves the order of columns open, and the split hangs on these bytes.
                yield tf.train.Example.FromString(encoded).SerializeToString(deterministic=True)


def _as_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Turns each value into a list of one and each null into an empty list."""
    arrays = []
    for column in batch.columns:
        present = column.is_valid().to_numpy(zero_copy_only=False)
        offsets = np.concatenate([[0], np.cumsum(present)]).astype(np.int32)
        values = column.drop_null()
        if pa.types.is_floating(values.type):
            values = values.cast(pa.float32())
        arrays.append(pa.ListArray.from_arrays(pa.array(offsets), values))
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _writer(path: Path) -> Any:
    path.parent.mkdir(parents=True, exist_ok=True)
    return tf.io.TFRecordWriter(str(path), tf.io.TFRecordOptions(compression_type="GZIP"))


def _input_config(source: Source) -> Any:
    return example_gen_pb2.Input(
        splits=[
            example_gen_pb2.Input.Split(name=name, pattern=pattern)
            for name, pattern in source.patterns.items()
        ]
    )


def _output_config(shares: Mapping[str, int]) -> Any:
    if not shares:
        return example_gen_pb2.Output()
    return example_gen_pb2.Output(
        split_config=example_gen_pb2.SplitConfig(
            splits=[
                example_gen_pb2.SplitConfig.Split(name=name, hash_buckets=parts)
                for name, parts in shares.items()
            ]
        )
    )
