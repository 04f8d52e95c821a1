"""What TrivialBaselines and Parity read: examples, transformed examples, a graph and a model.

The graph is learned from the first rows only, and nobody trains the network: how long the two
steps take does not depend on what was learned.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import tensorflow as tf
import tensorflow_transform.beam as tft_beam
from tfx_bsl.public import tfxio

from benchmarks.statistics import write_examples
from model.feature_engineering.columns import Column, columns_of
from model.feature_engineering.feature_set import FeatureSet, load_features
from model.feature_engineering.preprocessing import preprocessing_fn
from model.feature_engineering.raw_rows import read_columns
from model.feature_engineering.transform_graph import TransformGraph
from model.serving.export import save_model
from model.settings import TrainerSettings
from model.training.network import build_network
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.schema import read_schema

FEATURES = "model.features"
SCHEMA = Path(__file__).parent.parent / "data_ingestion" / "schema" / "taxi.pbtxt"
_LEARNED_FROM = 2_000
_RUNNER = ["--runner=DirectRunner", "--direct_running_mode=in_memory"]


def feature_list() -> tuple[FeatureSet, dict[str, Column]]:
    """Returns the built-in features and the columns of their schema by name."""
    return load_features(FEATURES), columns_of(read_schema(SCHEMA))


def write_all(folder: Path, rows: int) -> dict[str, int]:
    """Writes everything below `folder`; returns the rows by split."""
    features, columns = feature_list()
    counts = write_examples(folder, rows, varied=True)
    _learn(folder)
    graph = TransformGraph(str(folder / "graph"), columns)
    raw = [columns[name] for name in features.columns_needed]
    (folder / "transformed").mkdir()
    with tf.io.TFRecordWriter(str(folder / "transformed" / "part.gz"), "GZIP") as writer:
        for batch in read_columns(str(folder / "Split-eval"), raw):
            for example in _encoded(graph(batch)):
                writer.write(example)
    head = features.label.head([], (), columns)
    network = build_network(features, TrainerSettings(), head.units)
    save_model(network, head, features, columns, graph, target=str(folder / "model"))
    return counts


def _learn(folder: Path) -> None:
    files = sorted(str(file) for file in (folder / "Split-train").iterdir())
    records = tf.data.TFRecordDataset(files, "GZIP").take(_LEARNED_FROM)
    source = tfxio.TFExampleBeamRecord(
        physical_format="inmemory",
        telemetry_descriptors=["benchmarks"],
        schema=read_schema(SCHEMA),
    )
    with beam.Pipeline(argv=_RUNNER) as pipeline, tft_beam.Context(temp_dir=str(folder / "temp")):
        batches = pipeline | beam.Create(list(records.as_numpy_iterator())) | source.BeamSource()
        transform_fn = (batches, source.TensorAdapterConfig()) | tft_beam.AnalyzeDataset(
            lambda inputs: preprocessing_fn(inputs, {"features": FEATURES})
        )
        _ = transform_fn | tft_beam.WriteTransformFn(str(folder / "graph"))


def _encoded(tensors: Mapping[str, Any]) -> Iterator[bytes]:
    columns = [pa.array(values.numpy()) for values in tensors.values()]
    for example in encode_examples(pa.RecordBatch.from_arrays(columns, list(tensors))):
        yield example.as_py()


def main() -> None:
    """Writes what the arguments say; the last line of stdout is the rows by split, as JSON."""
    folder, rows = sys.argv[1:]
    print(json.dumps(write_all(Path(folder), int(rows))))


if __name__ == "__main__":
    main()
