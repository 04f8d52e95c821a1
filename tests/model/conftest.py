"""One run of tf.Transform and one SavedModel, shared by all tests of the model room."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import apache_beam as beam
import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform.beam as tft_beam
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform import coders
from tfx_bsl.public import tfxio

from model import FeatureSet
from model.feature_engineering.columns import MISSING_INT, Column, columns_of
from model.feature_engineering.feature_set import load_features
from model.feature_engineering.preprocessing import preprocessing_fn
from model.feature_engineering.raw_rows import RawRows, read_rows
from model.feature_engineering.transform_graph import TransformGraph
from model.serving.export import ServingModel, save_model
from model.settings import TrainerSettings
from model.training.network import build_network

EVERY_KIND = Path(__file__).with_name("every_kind.py")
SMALL_NETWORK = TrainerSettings(hidden_units=(4,))
TYPES = {
    "fare": "FLOAT",
    "miles": "FLOAT",
    "tips": "FLOAT",
    "constant": "FLOAT",
    "nothing": "FLOAT",
    "latitude": "FLOAT",
    "heading": "FLOAT",
    "age": "INT",
    "month": "INT",
    "hour": "INT",
    "tract": "INT",
    "company": "BYTES",
    "nothing_text": "BYTES",
}

Values = Mapping[str, Sequence[Any]]


def table() -> dict[str, list[Any]]:
    """Thirty rows; None is missing. Row 29 repeats row 0 but for its tip."""
    columns: dict[str, list[Any]] = {
        # 28 present, all different.
        "fare": [5.25 + 1.5 * row for row in range(29)],
        # 27 present, all different; one is 0, so that a division by it is infinite.
        "miles": [float((7 * row) % 29) for row in range(29)],
        "tips": [float(row % 4) for row in range(29)],
        "constant": [7.0] * 29,
        "nothing": [None] * 29,
        # 28 present.
        "latitude": [41.0 + ((5 * row) % 29) / 100 for row in range(29)],
        "heading": [45.0 * row for row in range(29)],
        "age": [20 + row for row in range(29)],
        # Each month twice and more; December is 12; 13 and 0 are out of bounds.
        "month": [1 + row % 12 for row in range(27)] + [13, 0],
        "hour": [row % 24 for row in range(29)],
        "tract": [17031, 17031, 17031, 17031, 17032, 17032, 17032, 17033, 17033, *range(20)],
        # Blue 12 times, Red 8, five others once; 4 missing.
        "company": ["Blue"] * 12 + ["Red"] * 8 + ["Ada", "Bob", "Cyd", "Dov", "Eve"] + [None] * 4,
        "nothing_text": [None] * 29,
    }
    columns["fare"][3] = None
    columns["miles"][5] = columns["miles"][6] = None
    columns["latitude"][8] = None
    columns["age"][1] = columns["age"][2] = None
    columns["month"][4] = None
    columns["hour"][7] = None
    columns["tract"][28] = None
    for name, values in columns.items():
        values.append(values[0] if name != "tips" else 9.0)
    return columns


def to_example(values: Mapping[str, Any]) -> bytes:
    """Serialises one row; a column that is None is left out."""
    example = tf.train.Example()
    for name, value in values.items():
        feature = example.features.feature[name]
        if value is None:
            del example.features.feature[name]
        elif TYPES[name] == "FLOAT":
            feature.float_list.value.append(value)
        elif TYPES[name] == "INT":
            feature.int64_list.value.append(value)
        else:
            feature.bytes_list.value.append(value.encode())
    return example.SerializeToString()


def canonical(values: Values, count: int) -> dict[str, tf.Tensor]:
    """Returns canonical columns; those that `values` does not hold are all missing."""
    marker = {"FLOAT": float("nan"), "INT": MISSING_INT, "BYTES": ""}
    dtype = {"FLOAT": tf.float32, "INT": tf.int64, "BYTES": tf.string}
    return {
        name: tf.constant(
            [marker[kind] if one is None else one for one in values.get(name, [None] * count)],
            dtype[kind],
        )
        for name, kind in TYPES.items()
    }


def schema() -> Any:
    """The schema of `table`: every column may be missing."""
    lines = [
        f'feature {{ name: "{name}" type: {kind} value_count {{ min: 0 max: 1 }} }}'
        for name, kind in TYPES.items()
    ]
    return text_format.Parse("\n".join(lines), schema_pb2.Schema())


def write_records(folder: Path, records: Sequence[bytes]) -> None:
    """Writes a gzipped TFRecord file, as ExampleGen and Transform do."""
    folder.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "part-00000.gz"), "GZIP") as writer:
        for record in records:
            writer.write(record)


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
        return {name: tf.constant(rows.columns[name]) for name in self.features.sources}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A run of Transform over `table` with every kind of feature."""
    folder = tmp_path_factory.mktemp("world")
    values = table()
    examples = [
        to_example({name: column[row] for name, column in values.items()}) for row in range(30)
    ]
    write_records(folder / "raw", examples)
    run_transform(examples, str(EVERY_KIND), folder)
    features = load_features(str(EVERY_KIND))
    columns = columns_of(schema())
    needed = [columns[name] for name in features.columns_needed]
    rows = read_rows(str(folder / "raw"), needed)
    graph = TransformGraph(str(folder / "graph"), columns)
    transformed = graph({name: tf.constant(column) for name, column in rows.columns.items()})
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


@pytest.fixture(scope="session")
def network(world: World) -> keras.Model:
    """A network that nobody trained; it says yes to half of the rows."""
    network = untrained(world.features)
    logits = network(
        {one.name: world.transformed[one.name][:, np.newaxis] for one in world.features.outputs}
    )
    weights, bias = network.get_layer("wide").get_weights()
    network.get_layer("wide").set_weights([weights, bias - np.median(logits)])
    return network


def untrained(features: FeatureSet) -> keras.Model:
    """Builds a network with weights that leave no input without effect."""
    keras.utils.set_random_seed(5)
    network = build_network(features, SMALL_NETWORK)
    generator = np.random.default_rng(5)
    network.set_weights([generator.normal(0, 0.3, one.shape) for one in network.get_weights()])
    return network


@pytest.fixture(scope="session")
def model_dir(world: World, network: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SavedModel of `network`."""
    target = tmp_path_factory.mktemp("export") / "model"
    save_model(network, world.features, world.columns, world.graph, target=str(target))
    return target


@pytest.fixture(scope="session")
def model(model_dir: Path) -> Any:
    """The SavedModel, loaded."""
    return tf.saved_model.load(str(model_dir))


@dataclasses.dataclass(frozen=True)
class OneDefault:
    """What `World` is, for the list of one_default.py: the same name, another default."""

    features: FeatureSet
    graph: TransformGraph
    model: Any


@pytest.fixture(scope="session")
def other_default(world: World, tmp_path_factory: pytest.TempPathFactory) -> OneDefault:
    """An export that learned from the same rows as `world`."""
    folder = tmp_path_factory.mktemp("other_default")
    reference = str(Path(__file__).with_name("one_default.py"))
    run_transform(world.rows.serialized.tolist(), reference, folder)
    features = load_features(reference)
    graph = TransformGraph(str(folder / "graph"), world.columns)
    save_model(untrained(features), features, world.columns, graph, target=str(folder / "model"))
    return OneDefault(features, graph, tf.saved_model.load(str(folder / "model")))


@pytest.fixture(scope="session")
def swapped_model(
    world: World, other_default: OneDefault, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """An export whose `serving_columns` returns the probability of the other class."""

    class Swapped(ServingModel):
        def _serve_columns(self, **columns: tf.Tensor) -> dict[str, tf.Tensor]:
            outputs = super()._serve_columns(**columns)
            return {**outputs, "probability": 1.0 - outputs["probability"]}

    features, graph = other_default.features, other_default.graph
    module = Swapped(untrained(features), features, world.columns, graph)
    target = str(tmp_path_factory.mktemp("swapped") / "model")
    tf.saved_model.save(module, target, signatures=module.signatures())
    return tf.saved_model.load(target)


_FRESH = """
import json, sys

BLOCKED = ("model", "zeroskew", "tensorflow_transform", "tfx", "tfx_bsl")


class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ImportError(name + " is blocked")


sys.meta_path.insert(0, Blocker())
import tensorflow as tf

refused = []
for name in BLOCKED:
    try:
        __import__(name)
    except ImportError:
        refused.append(name)
loaded = tf.saved_model.load(sys.argv[1])
with open(sys.argv[2], "rb") as stream:
    examples = [bytes.fromhex(line) for line in stream.read().decode().split()]
outputs = loaded.signatures["serving_default"](examples=tf.constant(examples))
answer = {name: values.numpy().tolist() for name, values in outputs.items()}
imported = sorted(set(BLOCKED) & {name.split(".")[0] for name in sys.modules})
print(json.dumps({"outputs": answer, "refused": refused, "imported": imported}))
"""


@pytest.fixture(scope="session")
def fresh_process(
    world: World, model_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[subprocess.Popen[str]]:
    """A process with TensorFlow only that serves the rows of `world` from the SavedModel.

    It is started early and read late, so that its slow start is the other core's.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "serve.py").write_text(_FRESH)
    (folder / "rows.hex").write_text("\n".join(one.hex() for one in world.rows.serialized))
    process = subprocess.Popen(
        [sys.executable, "-I", "serve.py", str(model_dir), "rows.hex"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.fixture(scope="session", autouse=True)
def _start_early(request: pytest.FixtureRequest) -> None:
    if any("fresh_process" in item.fixturenames for item in request.session.items):
        request.getfixturevalue("fresh_process")
