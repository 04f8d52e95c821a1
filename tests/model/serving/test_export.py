import json

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import json_format

from model.feature_engineering.network_inputs import join

OUTPUTS = {"probability": tf.float32, "label": tf.int64, "logit": tf.float32}
INPUTS = {
    "fare": tf.float32,
    "age": tf.int64,
    "miles": tf.float32,
    "constant": tf.float32,
    "nothing": tf.float32,
    "latitude": tf.float32,
    "company": tf.string,
    "tract": tf.int64,
    "nothing_text": tf.string,
    "month": tf.int64,
    "hour": tf.int64,
    "heading": tf.float32,
    "review": tf.string,
    "tags": tf.string,
    "viewed": tf.int64,
    "paid": tf.float32,
    "vector": tf.float32,
    "moment": tf.string,
    "day": tf.string,
    "epoch": tf.int64,
    "flag": tf.string,
}
SHAPES = {"tags": [1, 1], "viewed": [1, 1], "paid": [1, 1], "vector": [1, 3]}


def numbers(outputs) -> dict[str, list]:
    return {name: values.numpy().tolist() for name, values in outputs.items()}


def test_the_saved_model_has_four_signatures(model):
    assert set(model.signatures) == {
        "serving_default",
        "serving_columns",
        "serving_json",
        "transform_features",
    }


def test_serving_columns_takes_one_vector_for_each_raw_column_but_the_labels_own(model):
    specs = model.signatures["serving_columns"].structured_input_signature[1]
    assert {name: spec.dtype for name, spec in specs.items()} == INPUTS
    shapes = {name: tuple(spec.shape) for name, spec in specs.items()}
    assert {shapes.pop(name) for name in ("tags", "viewed", "paid")} == {(None, None)}
    assert shapes.pop("vector") == (None, 3)
    assert set(shapes.values()) == {(None,)}
    assert "tips" not in specs


@pytest.mark.parametrize("signature", ["serving_default", "serving_json", "transform_features"])
def test_the_other_signatures_take_serialized_examples(model, signature):
    specs = model.signatures[signature].structured_input_signature[1]
    assert {name: (spec.dtype, tuple(spec.shape)) for name, spec in specs.items()} == {
        "examples": (tf.string, (None,))
    }


@pytest.mark.parametrize("signature", ["serving_default", "serving_columns", "serving_json"])
def test_serving_returns_probability_label_and_logit_as_vectors(model, signature):
    outputs = model.signatures[signature].structured_outputs
    assert {name: spec.dtype for name, spec in outputs.items()} == OUTPUTS
    assert {tuple(spec.shape) for spec in outputs.values()} == {(None,)}


def test_each_row_gets_one_number_of_each_output(world, model):
    for outputs in (
        model.signatures["serving_default"](examples=tf.constant(world.rows.serialized)),
        model.signatures["serving_columns"](**world.inputs(world.rows)),
    ):
        assert {name: tuple(values.shape) for name, values in outputs.items()} == {
            "probability": (30,),
            "label": (30,),
            "logit": (30,),
        }


def test_all_three_ways_to_a_prediction_agree(world, model):
    names = [output.name for output in world.features.outputs]
    from_features = numbers(
        model.predict_transformed({name: tf.constant(world.transformed[name]) for name in names})
    )
    from_examples = numbers(
        model.signatures["serving_default"](examples=tf.constant(world.rows.serialized))
    )
    from_columns = numbers(model.signatures["serving_columns"](**world.inputs(world.rows)))
    for name in OUTPUTS:
        np.testing.assert_allclose(from_examples[name], from_features[name], atol=1e-6)
        np.testing.assert_allclose(from_columns[name], from_features[name], atol=1e-6)
    assert len(set(from_features["logit"])) > 20


def test_examples_may_come_as_json_of_any_client(world, model):
    examples = [tf.train.Example.FromString(one) for one in world.rows.serialized]
    texts = [json.dumps(json_format.MessageToDict(one), allow_nan=False) for one in examples]
    from_json = numbers(model.signatures["serving_json"](examples=tf.constant(texts)))
    from_examples = numbers(
        model.signatures["serving_default"](examples=tf.constant(world.rows.serialized))
    )
    for name in OUTPUTS:
        np.testing.assert_allclose(from_json[name], from_examples[name], atol=1e-6)


def test_a_whole_number_of_json_is_a_float_where_the_column_is_one(world, model):
    text = '{"features": {"feature": {"fare": {"floatList": {"value": [8]}}}}}'
    here = numbers(model.signatures["serving_json"](examples=tf.constant([text])))
    there = numbers(model.signatures["serving_default"](examples=world.examples(fare=[8.0])))
    np.testing.assert_allclose(here["logit"], there["logit"], atol=1e-6)


def test_the_network_that_was_saved_is_the_one_that_serves(world, network, model):
    logit = np.array(network(join(world.features.outputs, world.transformed)))[:, 0]
    served = model.signatures["serving_columns"](**world.inputs(world.rows))
    np.testing.assert_allclose(served["logit"].numpy(), logit, atol=1e-5)


def test_the_probability_is_the_sigmoid_of_the_logit_and_the_label_its_rounding(world, model):
    outputs = numbers(model.signatures["serving_columns"](**world.inputs(world.rows)))
    logit = np.array(outputs["logit"])
    np.testing.assert_allclose(outputs["probability"], 1 / (1 + np.exp(-logit)), atol=1e-6)
    assert outputs["label"] == [int(one >= 0.5) for one in outputs["probability"]]
    assert set(outputs["label"]) == {0, 1}


def test_the_labels_own_column_changes_no_prediction(world, model):
    serve = model.signatures["serving_default"]
    without, tip, no_tip = (
        numbers(serve(examples=world.examples(fare=[10.0], **tips)))
        for tips in ({}, {"tips": [100.0]}, {"tips": [0.0]})
    )
    assert without == tip == no_tip


@pytest.mark.parametrize(
    ("name", "shape"), [("vector", (1, 3, 1)), ("tags", (1, 1, 1)), ("fare", (1, 1))]
)
def test_a_value_of_another_shape_is_refused_however_many_numbers_it_has(
    saved_model, world, name, shape
):
    inputs = {key: one.numpy()[:1] for key, one in world.inputs(world.rows).items()}
    ask = saved_model.caller("serving_columns")
    assert len(ask(inputs)["label"]) == 1
    wrong = {**inputs, name: np.resize(inputs[name], shape)}
    with pytest.raises(tf.errors.InvalidArgumentError, match="is not compatible with expected"):
        ask(wrong)


def test_examples_may_lack_any_column(world, model):
    serve = model.signatures["serving_default"]
    some = numbers(serve(examples=world.examples(company=["Blue"], month=[12])))
    columns = {
        name: tf.fill(SHAPES.get(name, [1]), tf.constant(world.columns[name].missing, dtype))
        for name, dtype in INPUTS.items()
    }
    columns |= {"company": tf.constant(["Blue"]), "month": tf.constant([12], tf.int64)}
    same = numbers(model.signatures["serving_columns"](**columns))
    np.testing.assert_allclose(some["logit"], same["logit"], atol=1e-6)
    empty = numbers(serve(examples=tf.constant([b""])))
    assert np.isfinite(empty["logit"]).all()
    assert empty["logit"] != some["logit"]


def test_no_rows_get_no_predictions(model):
    outputs = model.signatures["serving_default"](examples=tf.constant([], tf.string))
    assert numbers(outputs) == {"probability": [], "label": [], "logit": []}


def test_transform_features_returns_what_transform_computed_with_the_label(world, model):
    examples = world.examples(**world.table)
    outputs = model.signatures["transform_features"](examples=examples)
    assert set(outputs) == {*world.transformed, "measured_label"}
    assert outputs["measured_label"].numpy().tolist() == outputs["big_tip"].numpy().tolist()
    for name, values in world.transformed.items():
        np.testing.assert_allclose(outputs[name].numpy(), values, atol=1e-6, err_msg=name)
    assert sum(outputs["big_tip"].numpy()) == 2
