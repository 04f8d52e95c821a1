"""Signatures whose inputs have any names, for sessions and for Python."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.feature_engineering.graph_names import graph_name
from model.serving.input_names import rename_inputs
from model.serving.saved_model import SavedModel

NAMES = st.text(st.characters(exclude_characters="\0", codec="utf-8"))
PLACES = "places"


def save(folder: str, names: Sequence[str]) -> None:
    """Saves a model that answers, for each name, with what it got, times ten to the place."""

    def serve(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        ordered = [inputs[graph_name(name)] for name in names]
        return {PLACES: tf.add_n([one * 10.0**place for place, one in enumerate(ordered)])}

    specs = {
        graph_name(name): tf.TensorSpec([None], tf.float32, graph_name(name)) for name in names
    }
    signature = tf.function(serve, autograph=False).get_concrete_function(**specs)
    tf.saved_model.save(tf.Module(), folder, signatures={"serving_columns": signature})
    rename_inputs(folder, "serving_columns", {graph_name(name): name for name in names})


def ask(signature: Any, inputs: Mapping[str, np.ndarray]) -> list[float] | None:
    """Returns the answer of a loaded signature; None if Python or TensorFlow refuse the names."""
    try:
        outputs = signature(**{name: tf.constant(one) for name, one in inputs.items()})
    except (TypeError, ValueError, IndexError):
        return None
    return outputs[PLACES].numpy().tolist()


@settings(max_examples=8)
@given(st.lists(NAMES, unique=True, min_size=1, max_size=6))
@example(["x.y", "x_y", "Fare", "fare", "self", "a/b"])
@example(["größe", "_x", "100%", "1st", "class", "annual income"])
@example(["a", "a_1", "name", "args", "kwargs", "None"])
@example([":", ";"])
def test_a_client_sends_the_users_own_names(names):
    answer = float(sum(10**place * (place + 1) for place in range(len(names))))
    values = {name: np.array([place + 1.0], np.float32) for place, name in enumerate(names)}
    with tempfile.TemporaryDirectory() as folder:
        save(folder, names)
        saved = SavedModel(folder)
        assert saved.inputs("serving_columns") == dict.fromkeys(
            names, tf.TensorSpec([None], tf.float32)
        )
        assert saved.call("serving_columns", values)[PLACES].tolist() == [answer]

        signature = saved.loaded.signatures["serving_columns"]
        assert ask(signature, {graph_name(name): one for name, one in values.items()}) == [answer]
        assert ask(signature, values) in ([answer], None)


def test_python_takes_most_names_as_keywords(tmp_path: Path) -> None:
    names = ["x.y", "größe", "Fare", "100%", "annual income", "a/b"]
    save(str(tmp_path), names)
    signature = tf.saved_model.load(str(tmp_path)).signatures["serving_columns"]
    values = {name: np.array([place + 1.0], np.float32) for place, name in enumerate(names)}
    assert ask(signature, values) == [654321.0]
    assert ask(signature, {**values, "größer": values["größe"]}) is None


def test_the_fingerprint_is_that_of_the_renamed_model(tmp_path: Path) -> None:
    folder = str(tmp_path)
    save(folder, ["one %"])
    before = tf.saved_model.experimental.read_fingerprint(folder)
    rename_inputs(folder, "serving_columns", {"one %": "two %"})
    after = tf.saved_model.experimental.read_fingerprint(folder)
    assert after.signature_def_hash != before.signature_def_hash
    assert after.graph_def_program_hash == before.graph_def_program_hash
