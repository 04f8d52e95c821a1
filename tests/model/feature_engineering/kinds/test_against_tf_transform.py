"""Our kinds beside tf.Transform's own mappers, on the same rows, in one run of it."""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata import dataset_metadata

from model import PCA, Bucketized, Categorical, Hashed, Numeric
from model.feature_engineering.together import transform_together

ROWS = 300
FEATURES = [
    Numeric("x"),
    Numeric("x", name="minmax", scaling="minmax"),
    Bucketized("x", name="learned", buckets=5),
    Bucketized("x", name="given", edges=(-0.5, 0.0, 1.5)),
    Categorical("word", max_tokens=4),
    Hashed("word", name="hash", hash_buckets=7),
    PCA("shape", uses=("x", "y", "z"), components=2, whiten=False),
]


def rows() -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    x, noise = random.normal(size=(2, ROWS)).astype(np.float32)
    shares = [0.4, 0.3, 0.1, 0.1, 0.05, 0.05]
    words = random.choice(["a", "b", "grün", "d", "e", "f"], ROWS, p=shares)
    return {"x": x, "y": 2 * x + noise, "z": noise - x, "word": words}


def both(row: dict[str, Any]) -> dict[str, Any]:
    ours = transform_together(FEATURES, row, {}, ())[0]
    x, word = row["x"], row["word"]
    shape = tf.stack([row["x"], row["y"], row["z"]], axis=1)
    mean = tft.mean(shape, reduce_instance_dims=False)
    theirs = {
        "x": tft.scale_to_z_score(x),
        "minmax": tft.scale_to_0_1(x),
        "learned": tft.bucketize(x, 5, epsilon=0.001),
        "given": tft.apply_buckets(x, [[-0.5, 0.0, 1.5]]),
        "word": tft.compute_and_apply_vocabulary(word, top_k=4, num_oov_buckets=1),
        "hash": tft.hash_strings(word, 7),
        # The mean is of the same pass, so that it cannot be taken off before the axes are learned;
        # of what a constant is taken off, the axes are the same.
        "shape": tf.matmul(shape - mean, tft.pca(shape, 2, tf.float32)),
    }
    return {**ours, **{f"their_{name}": one for name, one in theirs.items()}}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    values = rows()
    spec = {
        name: tf.io.FixedLenFeature([], tf.string if name == "word" else tf.float32)
        for name in values
    }
    metadata = dataset_metadata.DatasetMetadata.from_feature_spec(spec)
    instances = [{name: one[row] for name, one in values.items()} for row in range(ROWS)]
    folder = Path(tmp_path_factory.mktemp("tft"))
    with beam.Pipeline() as pipeline, tft_beam.Context(temp_dir=str(folder / "temp")):
        data = pipeline | beam.Create(instances)
        graph = (data, metadata) | tft_beam.AnalyzeDataset(both)
        _ = graph | tft_beam.WriteTransformFn(str(folder / "graph"))
    layer = tft.TFTransformOutput(str(folder / "graph")).transform_features_layer()
    outputs = layer({name: tf.constant(one) for name, one in values.items()})
    return {name: one.numpy() for name, one in outputs.items()}


@pytest.mark.parametrize("name", ["given", "word", "hash"])
def test_ids_are_those_of_tf_transform(found: dict[str, np.ndarray], name: str) -> None:
    assert found[f"{name}_xf"].tolist() == found[f"their_{name}"].tolist()
    assert len(set(found[f"{name}_xf"].tolist())) >= 4


def test_learned_buckets_are_those_of_tf_transform_but_for_the_row_at_an_edge(
    found: dict[str, np.ndarray],
) -> None:
    # Quantiles are approximate, in tf.Transform as here.
    apart = np.abs(found["learned_xf"] - found["their_learned"])
    assert apart.sum() <= 4
    assert apart.max() <= 1


@pytest.mark.parametrize("name", ["x", "minmax"])
def test_numbers_are_those_of_tf_transform(found: dict[str, np.ndarray], name: str) -> None:
    np.testing.assert_allclose(found[f"{name}_xf"], found[f"their_{name}"], atol=1e-5)


def test_principal_components_are_those_of_tf_transform_up_to_their_sign(
    found: dict[str, np.ndarray],
) -> None:
    ours, theirs = found["shape_xf"], found["their_shape"]
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-4)
