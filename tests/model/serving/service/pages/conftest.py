"""Models that answer as the labels of this project do, with names that try to be markup."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from in_process import listening
from known import write_known

from model import Categorical, Integer, MultiCategory
from model.feature_engineering.columns import Column
from model.serving.fingerprint import Fingerprint, stamp
from model.serving.input_names import rename_inputs
from model.serving.requests import write_requests

EVIL = '<i onclick="x">'
COLUMNS = [
    Column("x", "FLOAT"),
    Column("n", "INT"),
    Column(EVIL, "BYTES"),
    Column("words", "BYTES", None),
]
ROW = {"x": 2.0, "n": 3, EVIL: "Blue", "words": ["a b", "c"]}
FEATURES = [
    Integer("n", name="number", low=1, high=9),
    Categorical(EVIL, vocabulary=("Blue",)),
    MultiCategory("words"),
]
Answer = Callable[..., dict[str, Any]]


def _yes_or_no(x, n, evil, words):
    del n, evil, words
    return {"probability": tf.sigmoid(x), "label": tf.cast(x >= 0.0, tf.int64), "logit": x}


def _classes(x, n, evil, words):
    del n, words
    shares = tf.stack([0.25 + 0.0 * x, 0.5 + 0.0 * x, 0.25 + 0.0 * x], axis=1)
    names = tf.stack([tf.fill(tf.shape(x), "low"), evil, tf.fill(tf.shape(x), "high")], axis=1)
    return {
        "label": evil,
        "probability": shares[:, 1],
        "probabilities": shares,
        "classes": names,
    }


def _number(x, n, evil, words):
    del evil
    return {
        "value": 2.0 * x,
        "whole": n,
        "count": tf.reduce_sum(tf.cast(words != "", tf.int64), axis=1),
    }


def _save(folder: Path, answer: Answer) -> Path:
    names = ["x", "n", "evil", "words"]
    specs = {
        name: tf.TensorSpec([None] if one.length == 1 else [None, None], one.dtype, name)
        for name, one in zip(names, COLUMNS, strict=True)
    }
    module = tf.Module()
    signature = tf.function(answer).get_concrete_function(**specs)
    tf.saved_model.save(module, str(folder), signatures={"serving_columns": signature})
    renamed = {**dict(zip(names, names, strict=True)), "evil": EVIL}
    rename_inputs(str(folder), "serving_columns", renamed)
    write_requests(str(folder), COLUMNS, ROW)
    write_known(folder, FEATURES, {"words": ["a b"]})
    stamp(str(folder), Fingerprint("a", "b", "c", "d"))
    return folder


def _address(answer: Answer, token: str | None = None) -> Any:
    @pytest.fixture(scope="session")
    def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
        folder = _save(tmp_path_factory.mktemp("answers") / "7", answer)
        with listening(folder, token=token) as found:
            yield found

    return address


yes_or_no = _address(_yes_or_no)
classes = _address(_classes)
number = _address(_number)
closed = _address(_number, token="open sesame")
