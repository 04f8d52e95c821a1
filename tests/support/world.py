"""A run of Transform over raw rows, and what it leaves behind."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform.beam as tft_beam
from made_once import made_once
from tensorflow_transform import coders
from tfx_bsl.public import tfxio
from thirty_rows import Values, canonical, schema, table, to_example, write_records

from model import FeatureSet
from model.feature_engineering.columns import Column, columns_of
from model.feature_engineering.feature_set import load_features
from model.feature_engineering.preprocessing import preprocessing_fn
from model.feature_engineering.raw_rows import RawRows, as_tensors, filled_up, read_rows
from model.feature_engineering.transform_graph import TransformGraph
from model.serving.saved_model import SavedModel

FEW_FEATURES = Path(__file__).parents[1] / "model" / "few_features.py"


def run_transform(examples: Sequence[bytes], features: str, folder: Path) -> None:
    """Does what the Transform component does: `folder` gets its graph and its examples."""
    source = tfxio.TFExampleBeamRecord(
        physical_format="inmemory", telemetry_descriptors=["tests"], schema=schema()
    )
    options = beam.options.pipeline_options.PipelineOptions(
        ["--runner=DirectRunner", "--direct_running_mode=in_memory", "--direct_num_workers=1"]
    )
    with (
        beam.Pipeline(options=options) as pipeline,
        tft_beam.Context(temp_dir=str(folder / "temp")),
    ):
        batches = pipeline | beam.Create(list(examples)) | source.BeamSource(batch_size=10)
        (rows, metadata), transform_fn = (
            batches,
            source.TensorAdapterConfig(),
        ) | tft_beam.AnalyzeAndTransformDataset(
            lambda inputs: preprocessing_fn(inputs, {"features": features})
        )
        encode = coders.ExampleProtoCoder(metadata.schema).encode
        _ = (
            rows
            | beam.Map(encode)
            | beam.io.WriteToTFRecord(
                str(folder / "examples" / "part"), file_name_suffix=".gz", num_shards=1
            )
        )
        _ = transform_fn | tft_beam.WriteTransformFn(str(folder / "graph"))


@dataclasses.dataclass(frozen=True)
class World:
    """What one run leaves behind, and short ways to ask it."""

    table: Values
    features: FeatureSet
    columns: Mapping[str, Column]
    rows: RawRows
    examples_dir: Path
    transformed_dir: Path
    graph_dir: Path
    graph: TransformGraph
    transformed: Mapping[str, np.ndarray]

    def values(self, column: str) -> np.ndarray:
        """A number column as float64, NaN where missing."""
        return np.array(
            [np.nan if one is None else one for one in self.table[column]], dtype=np.float64
        )

    def apply(self, **values: Sequence[Any]) -> dict[str, np.ndarray]:
        """Transforms rows of which only some columns are given."""
        count = len(next(iter(values.values())))
        return {name: one.numpy() for name, one in self.graph(canonical(values, count)).items()}

    def examples(self, **values: Sequence[Any]) -> tf.Tensor:
        """Serialises rows of which only some columns are given."""
        count = len(next(iter(values.values())))
        return tf.constant(
            [to_example({name: one[row] for name, one in values.items()}) for row in range(count)]
        )

    def inputs(self, rows: RawRows) -> dict[str, tf.Tensor]:
        """What `serving_columns` takes."""
        return {name: tf.constant(filled_up(rows.columns[name])) for name in self.features.sources}


def world_of(list_of_features: Path, factory: pytest.TempPathFactory) -> World:
    """Runs Transform over `table`, unless another worker has."""
    values = table()

    def make(folder: Path) -> None:
        examples = [
            to_example({name: column[row] for name, column in values.items()}) for row in range(30)
        ]
        write_records(folder / "raw", examples)
        run_transform(examples, str(list_of_features), folder)

    folder = made_once(factory, f"world_{list_of_features.stem}", make)
    features = load_features(str(list_of_features))
    columns = columns_of(schema())
    needed = [columns[name] for name in features.columns_needed]
    (rows,) = read_rows(str(folder / "raw"), needed)
    graph = TransformGraph(str(folder / "graph"), columns)
    transformed = graph(as_tensors(rows.columns))
    return World(
        values,
        features,
        columns,
        rows,
        folder / "raw",
        folder / "examples",
        folder / "graph",
        graph,
        {name: one.numpy() for name, one in transformed.items()},
    )


@dataclasses.dataclass(frozen=True)
class OneDefault:
    """What `World` is, for the list of one_default.py: the same name, another default."""

    features: FeatureSet
    graph: TransformGraph
    model: SavedModel
