"""The rows that a model answers worst."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from model import YesNo
from model.evaluation.answers import RowAnswers, row_keys
from model.evaluation.worst_rows import worst_rows
from model.feature_engineering.labels import Answers

LABELS = [1, 0, 1, 0, 1]
SCORES = [0.9, 0.8, 0.1, 0.1, 0.2]


def example(number: int) -> bytes:
    features = {
        "größe": tf.train.Feature(float_list=tf.train.FloatList(value=[number / 2])),
        "name": tf.train.Feature(bytes_list=tf.train.BytesList(value=[f"n{number}".encode()])),
        "tags": tf.train.Feature(int64_list=tf.train.Int64List(value=[number, 7])),
        "none": tf.train.Feature(),
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


# Once, for a tf.Example may be written in several ways.
EXAMPLES = [example(number) for number in range(5)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five rows in two files."""
    for part, rows in enumerate([range(3), range(3, 5)]):
        with tf.io.TFRecordWriter(str(tmp_path / f"part-{part}.gz"), "GZIP") as writer:
            for number in rows:
                writer.write(EXAMPLES[number])
    return tmp_path


def answers(weights: list[float]) -> RowAnswers:
    keys = row_keys(np.array(EXAMPLES, object))
    mine = Answers(np.array(LABELS), np.array(weights), np.array(SCORES))
    return RowAnswers(keys, {"candidate": mine})


def test_the_worst_come_first_as_they_stand_in_the_data(folder: Path) -> None:
    found = worst_rows(answers([1] * 5), "candidate", YesNo("tip"), str(folder), 3)
    assert [one.columns["name"] for one in found] == ["n2", "n1", "n4"]
    assert found[0].columns == {"größe": 1.0, "name": "n2", "none": [], "tags": [2, 7]}
    assert (found[0].label, found[0].score) == (1.0, 0.1)
    assert [one.loss for one in found] == pytest.approx([-np.log(0.1), -np.log(0.2), -np.log(0.2)])


def test_rows_that_do_not_count_are_left_out(folder: Path) -> None:
    found = worst_rows(answers([1, 1, 0, 1, 1]), "candidate", YesNo("tip"), str(folder), 9)
    assert [one.columns["name"] for one in found] == ["n1", "n4", "n0", "n3"]


def test_rows_that_are_not_those_that_were_answered_are_left_out(folder: Path) -> None:
    other = answers([1] * 5)
    other.keys[2] += 1
    found = worst_rows(other, "candidate", YesNo("tip"), str(folder), 2)
    assert [one.columns["name"] for one in found] == ["n1"]
