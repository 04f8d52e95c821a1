"""What a model owes to each column, asked of a real SavedModel."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from model import YesNo
from model.evaluation.answers import RowAnswers
from model.evaluation.importance import Importances, importances
from model.feature_engineering.labels import Answers
from model.feature_engineering.vector_versions import VectorVersion
from model.serving.saved_model import SavedModel

ROWS = 300


class ReadsOneColumn(tf.Module):
    """Answers with the sigmoid of `x`, whatever `y` is."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name) for name in "xy"])
    def serve(self, x: tf.Tensor, y: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probability": tf.sigmoid(x) + 0.0 * y}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Importances:
    folder, model = (tmp_path_factory.mktemp(name) for name in ("rows", "model"))
    numbers = np.random.default_rng(1).normal(size=(ROWS, 2)).astype(np.float32)
    write(folder, numbers)
    module = ReadsOneColumn()
    tf.saved_model.save(module, str(model), signatures={"serving_columns": module.serve})
    labels = (numbers[:, 0] > 0).astype(np.int64)
    answers = Answers(labels, np.ones(ROWS), 1 / (1 + np.exp(-numbers[:, 0])))
    rows = RowAnswers(np.arange(ROWS), {"candidate": answers})
    measured = importances(
        SavedModel(str(model)), YesNo("up"), ["y", "x"], rows, "candidate", str(folder)
    )
    assert measured is not None
    return measured


def write(folder: Path, numbers: np.ndarray) -> None:
    """Writes rows of `x` and `y`."""
    with tf.io.TFRecordWriter(str(folder / "part.gz"), "GZIP") as writer:
        for values in numbers.tolist():
            features = {
                name: tf.train.Feature(float_list=tf.train.FloatList(value=[value]))
                for name, value in zip("xy", values, strict=True)
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())


def test_a_column_that_decides_is_worth_all_that_the_model_knows(found: Importances) -> None:
    first = found.columns[0]
    assert (found.metric.name, found.rows, first.column) == ("auc", ROWS, "x")
    # All pairs are ordered right; at random, half of them are.
    assert first.loss.value == pytest.approx(0.5, abs=0.08)
    assert first.loss.low > 0.3


def test_a_column_that_is_not_read_is_worth_nothing(found: Importances) -> None:
    (other,) = found.columns[1:]
    assert (other.column, other.loss.low, other.loss.value, other.loss.high) == ("y", 0, 0, 0)


class ReadsVersionedVectors(tf.Module):
    """Answers with the sigmoid of a vector's first number; it takes vectors of version 2 alone."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 2], tf.float32, "v"),
            tf.TensorSpec([None], tf.int64, "by"),
        ]
    )
    def serve(self, v: tf.Tensor, by: tf.Tensor) -> dict[str, tf.Tensor]:
        missing = tf.math.is_nan(v[:, 0])
        check = tf.debugging.Assert(tf.reduce_all(missing | tf.equal(by, 2)), ["version"])
        with tf.control_dependencies([check]):
            return {"probability": tf.where(missing, 0.5, tf.sigmoid(v[:, 0]))}


def test_a_vector_changes_places_with_the_column_that_says_its_version(tmp_path: Path) -> None:
    numbers = np.random.default_rng(1).normal(size=(ROWS, 2)).astype(np.float32)
    (tmp_path / "rows").mkdir()
    with tf.io.TFRecordWriter(str(tmp_path / "rows/part.gz"), "GZIP") as writer:
        for row, values in enumerate(numbers.tolist()):
            example = tf.train.Example()
            if row % 3:
                example.features.feature["v"].float_list.value.extend(values)
                example.features.feature["by"].int64_list.value.append(2)
            writer.write(example.SerializeToString())
    module = ReadsVersionedVectors()
    folder = str(tmp_path / "model")
    tf.saved_model.save(module, folder, signatures={"serving_columns": module.serve})
    scores = np.where(np.arange(ROWS) % 3, 1 / (1 + np.exp(-numbers[:, 0])), 0.5)
    answers = Answers((numbers[:, 0] > 0).astype(np.int64), np.ones(ROWS), scores)
    rows = RowAnswers(np.arange(ROWS), {"candidate": answers})
    measured = importances(
        SavedModel(folder),
        YesNo("up"),
        ["v", "by"],
        rows,
        "candidate",
        str(tmp_path / "rows"),
        [VectorVersion("v", "by", "2")],
    )
    assert measured is not None
    assert [one.column for one in measured.columns] == ["v"]
    assert measured.columns[0].loss.low > 0.1
