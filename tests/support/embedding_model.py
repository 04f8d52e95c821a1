"""A SavedModel that gives vectors."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from thirty_rows import schema
from world import World

from model import Embedding, YesNo
from model.serving.export import save_model
from model.serving.fingerprint import fingerprint_of, stamp
from model.serving.raw_columns import write_columns
from model.serving.vectors.space import space_of, write_space
from model.settings import TrainerSettings
from model.training.embedding_network import embedding_network
from model.training.network import wire


def write_embedding_model(
    world: World, target: Path, seed: int = 5, of: Sequence[str] = ("company", "fare")
) -> None:
    """Writes a SavedModel whose vectors are made of company and fare.

    Args:
        world: `small_world`.
        target: the folder.
        seed: of the weights; with another, the vectors lie in another space.
        of: which features they are made of instead.
    """
    embedding = Embedding(of)
    features = dataclasses.replace(world.features, embedding=embedding)
    made = wire(features, TrainerSettings(hidden_units=(4,)), 1)
    generator = np.random.default_rng(seed)
    network = made.network
    network.set_weights([generator.normal(0, 0.3, one.shape) for one in network.get_weights()])
    embedder = embedding_network(embedding, [made])
    head = YesNo("big_tip").head([], (), {})
    save_model(network, head, features, world.columns, world.graph, embedder, target=str(target))
    fingerprint = fingerprint_of(features, schema(), str(world.graph_dir))
    stamp(str(target), fingerprint)
    write_space(str(target), space_of(features, world.columns, embedder, fingerprint.whole))
    write_columns(str(target), schema(), features.sources)
