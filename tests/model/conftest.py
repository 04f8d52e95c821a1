"""One run of tf.Transform and one SavedModel, shared by all tests of the model room."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
import tensorflow as tf
from embedding_model import write_embedding_model
from made_once import made_once
from world import FEW_FEATURES, OneDefault, World, run_transform, world_of

from model import FeatureSet, YesNo
from model.feature_engineering.feature_set import load_features
from model.feature_engineering.network_inputs import join
from model.feature_engineering.transform_graph import TransformGraph
from model.serving.export import ServingModel, save_model
from model.serving.saved_model import SavedModel
from model.settings import TrainerSettings
from model.training.network import build_network

EVERY_KIND = Path(__file__).with_name("every_kind.py")
SMALL_NETWORK = TrainerSettings(hidden_units=(4,))
HEAD = YesNo("big_tip").head([], (), {})


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A run of Transform over `table` with every kind of feature."""
    return world_of(EVERY_KIND, tmp_path_factory)


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same with few features: its SavedModel is loaded ten times as fast."""
    return world_of(FEW_FEATURES, tmp_path_factory)


@pytest.fixture(scope="session")
def network(world: World) -> keras.Model:
    """A network that nobody trained; it says yes to half of the rows."""
    return undecided(world)


@pytest.fixture(scope="session")
def small_network(small_world: World) -> keras.Model:
    """The same, of `small_world`."""
    return undecided(small_world)


def undecided(world: World) -> keras.Model:
    """Builds a network that says yes to half of the rows."""
    network = untrained(world.features)
    logits = network(join(world.features.outputs, world.transformed))
    weights, bias = network.get_layer("wide").get_weights()
    network.get_layer("wide").set_weights([weights, bias - np.median(logits)])
    return network


def untrained(features: FeatureSet) -> keras.Model:
    """Builds a network with weights that leave no input without effect."""
    keras.utils.set_random_seed(5)
    network = build_network(features, SMALL_NETWORK, 1)
    generator = np.random.default_rng(5)
    network.set_weights([generator.normal(0, 0.3, one.shape) for one in network.get_weights()])
    return network


@pytest.fixture(scope="session")
def model_dir(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SavedModel of `network`."""
    return exported(request, tmp_path_factory, "")


@pytest.fixture(scope="session")
def small_model_dir(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The SavedModel of `small_network`."""
    return exported(request, tmp_path_factory, "small_")


def exported(request: pytest.FixtureRequest, factory: pytest.TempPathFactory, size: str) -> Path:
    """Exports a network, unless another worker has: then none is built here."""

    def make(folder: Path) -> None:
        world, network = (request.getfixturevalue(f"{size}{name}") for name in ("world", "network"))
        target = str(folder / "model")
        save_model(network, HEAD, world.features, world.columns, world.graph, target=target)

    return made_once(factory, f"{size}export", make) / "model"


@pytest.fixture(scope="session")
def embedding_model_dir(small_world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 7 of a SavedModel with the features of `small_world`, which gives vectors, too."""
    target = tmp_path_factory.mktemp("embedding") / "7"
    write_embedding_model(small_world, target)
    return target


@pytest.fixture(scope="session")
def model(model_dir: Path) -> Any:
    """The SavedModel, loaded by Python."""
    return tf.saved_model.load(str(model_dir))


@pytest.fixture(scope="session")
def saved_model(model_dir: Path) -> SavedModel:
    """The SavedModel as its clients see it."""
    return SavedModel(str(model_dir))


@pytest.fixture(scope="session")
def other_default(world: World, tmp_path_factory: pytest.TempPathFactory) -> OneDefault:
    """An export that learned from the same rows as `world`."""
    folder = tmp_path_factory.mktemp("other_default")
    reference = str(Path(__file__).with_name("one_default.py"))
    run_transform(world.rows.serialized.tolist(), reference, folder)
    features = load_features(reference)
    graph = TransformGraph(str(folder / "graph"), world.columns)
    model = str(folder / "model")
    save_model(untrained(features), HEAD, features, world.columns, graph, target=model)
    return OneDefault(features, graph, SavedModel(model))


@pytest.fixture(scope="session")
def swapped_model(
    world: World, other_default: OneDefault, tmp_path_factory: pytest.TempPathFactory
) -> SavedModel:
    """An export whose `serving_columns` returns the probability of the other class."""

    class Swapped(ServingModel):
        def _serve_columns(self, **columns: tf.Tensor) -> dict[str, tf.Tensor]:
            outputs = super()._serve_columns(**columns)
            return {**outputs, "probability": 1.0 - outputs["probability"]}

    features, graph = other_default.features, other_default.graph
    module = Swapped(untrained(features), HEAD, features, world.columns, graph)
    target = str(tmp_path_factory.mktemp("swapped") / "model")
    tf.saved_model.save(module, target, signatures=module.signatures())
    return SavedModel(target)


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
    """A process with TensorFlow only that serves the rows of `world` from the SavedModel."""
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
