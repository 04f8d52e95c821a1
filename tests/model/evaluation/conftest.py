"""What an Evaluator reads: odd rows among others, a model, another as the baseline, a schema."""

import shutil
from typing import Any

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tfx.components.util import examples_utils
from tfx.proto import example_gen_pb2
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.types.artifact_utils import encode_split_names
from thirty_rows import schema

from model.evaluation.metrics import BASELINE, CANDIDATE
from model.serving.export import save_model
from model.settings import TrainerSettings
from model.training.network import build_network


def odd_examples() -> list[bytes]:
    """Rows whose columns hold several values, the same one twice, or none."""
    texts = [
        'features { feature { key: "company" value { bytes_list { value: ["Blue", "Red"] } } } }',
        'features { feature { key: "company" value { bytes_list { value: ["Red", "Red"] } } }'
        ' feature { key: "month" value { int64_list { value: [3, 4] } } } }',
        'features { feature { key: "company" value { bytes_list {} } } }',
        "features {}",
    ]
    return [text_format.Parse(text, tf.train.Example()).SerializeToString() for text in texts]


@pytest.fixture(scope="session")
def artifacts(
    small_world: Any, small_network: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Any]]:
    world = small_world
    folder = tmp_path_factory.mktemp("evaluated")
    split = folder / "examples" / "Split-eval"
    shutil.copytree(world.examples_dir, split)
    with tf.io.TFRecordWriter(str(split / "odd.gz"), "GZIP") as writer:
        for example in odd_examples():
            writer.write(example)
    other = build_network(world.features, TrainerSettings(hidden_units=(3,)), 1)
    head = world.features.label.head([], (), world.columns)
    for name, network in ((CANDIDATE, small_network), (BASELINE, other)):
        (folder / name).mkdir()
        target = str(folder / name / "Format-Serving")
        save_model(network, head, world.features, world.columns, world.graph, target=target)
    (folder / "schema").mkdir()
    (folder / "schema" / "schema.pbtxt").write_text(text_format.MessageToString(schema()))
    examples = standard_artifacts.Examples()
    examples.split_names = encode_split_names(["eval"])
    examples_utils.set_payload_format(examples, example_gen_pb2.FORMAT_TF_EXAMPLE)
    examples_utils.set_file_format(examples, "tfrecords_gzip")
    found = {
        specs.EXAMPLES_KEY: (examples, "examples"),
        specs.MODEL_KEY: (standard_artifacts.Model(), CANDIDATE),
        specs.BASELINE_MODEL_KEY: (standard_artifacts.Model(), BASELINE),
        specs.SCHEMA_KEY: (standard_artifacts.Schema(), "schema"),
    }
    for artifact, name in found.values():
        artifact.uri = str(folder / name)
    return {key: [artifact] for key, (artifact, _) in found.items()}
