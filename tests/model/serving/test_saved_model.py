import numpy as np
import pytest
import tensorflow as tf

from model.feature_engineering.raw_rows import filled_up
from model.serving.saved_model import SavedModel


def test_it_answers_as_the_model_loaded_by_python_does(world, model, saved_model):
    outputs = saved_model.call(
        "serving_columns",
        {name: filled_up(world.rows.columns[name]) for name in world.features.sources},
    )
    for name, values in model.signatures["serving_columns"](**world.inputs(world.rows)).items():
        np.testing.assert_allclose(outputs[name], values, atol=1e-6)
    assert list(outputs) == ["label", "logit", "probability"]


def test_it_knows_the_inputs_of_each_signature(saved_model):
    assert saved_model.inputs("serving_default") == {"examples": tf.TensorSpec([None], tf.string)}
    assert saved_model.inputs("serving_columns")["month"] == tf.TensorSpec([None], tf.int64)
    assert saved_model.inputs("serving_columns")["tags"] == tf.TensorSpec([None, None], tf.string)
    assert saved_model.inputs("serving_columns")["vector"] == tf.TensorSpec([None, 3], tf.float32)
    with pytest.raises(KeyError, match="no_such"):
        saved_model.inputs("no_such")


def test_a_folder_without_a_saved_model_is_refused(tmp_path):
    with pytest.raises(OSError, match="SavedModel file does not exist"):
        SavedModel(str(tmp_path))
