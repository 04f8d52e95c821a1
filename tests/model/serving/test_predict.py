from pathlib import Path

import pytest
import tensorflow as tf

from model.serving.predict import predict_rows
from zeroskew.errors import DataError


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel that answers with what it was given: twice the fare, month, name of company."""
    module = tf.Module()

    @tf.function
    def serve(fare: tf.Tensor, month: tf.Tensor, company: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"logit": 2.0 * fare, "label": month, "name": company}

    types = {"fare": tf.float32, "month": tf.int64, "company": tf.string}
    specs = {name: tf.TensorSpec([None], dtype, name) for name, dtype in types.items()}
    target = tmp_path_factory.mktemp("small") / "model"
    signature = serve.get_concrete_function(**specs)
    tf.saved_model.save(module, str(target), signatures={"serving_columns": signature})
    return target


def test_each_row_gets_its_own_outputs(small_model):
    rows = [
        {"fare": 1.5, "month": 3, "company": "Blue"},
        {"fare": 4, "month": 12, "company": "\u00fc"},
    ]
    assert predict_rows(small_model, rows) == [
        {"logit": 3.0, "label": 3, "name": "Blue"},
        {"logit": 8.0, "label": 12, "name": "\u00fc"},
    ]


def test_a_value_left_out_or_none_goes_in_as_its_types_marker(small_model):
    left_out, none = predict_rows(small_model, [{}, {"fare": None, "month": None, "company": None}])
    for one in (left_out, none):
        assert one["logit"] != one["logit"]
        assert (one["label"], one["name"]) == (-(2**63), "")


def test_a_column_that_the_model_does_not_read_is_ignored(small_model):
    row = {"fare": 1.0, "month": 1, "company": "a"}
    assert predict_rows(small_model, [{**row, "tips": 5.0}]) == predict_rows(small_model, [row])


def test_no_rows_get_no_predictions(small_model):
    assert predict_rows(small_model, []) == []


@pytest.mark.parametrize(
    ("rows", "column", "dtype", "received"),
    [
        ([{"fare": 1.0}, {"fare": "cheap"}], "fare", "float32", "'cheap'"),
        ([{"month": 1.5}], "month", "int64", "1.5"),
        ([{"month": 1}, {"month": "May"}], "month", "int64", "'May'"),
        ([{"fare": [1.0, 2.0]}], "fare", "float32", "[1.0, 2.0]"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(small_model, rows, column, dtype, received):
    with pytest.raises(DataError) as caught:
        predict_rows(small_model, rows)
    assert str(caught.value) == (
        f"the column {column!r} takes one {dtype} value in each row\n"
        f"  received: {received}\n"
        "  do:       correct the rows"
    )


def test_a_number_in_a_text_column_is_read_as_its_text(small_model):
    (one,) = predict_rows(small_model, [{"company": 5}])
    assert one["name"] == "5"


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        predict_rows(tmp_path / "no model", [{}])
    assert str(caught.value) == (
        "the model must be a SavedModel that a run has pushed\n"
        f"  received: {tmp_path / 'no model'}\n"
        "  do:       give the folder that 'zeroskew run' printed as the model"
    )


def test_text_of_any_bytes_goes_in_as_it_is(small_model):
    assert predict_rows(small_model, [{"company": "ü".encode()}])[0]["name"] == "ü"


@pytest.fixture(scope="module")
def list_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel that answers with how many tags there are, and with the sum of a vector."""
    module = tf.Module()

    @tf.function
    def serve(tags: tf.Tensor, vector: tf.Tensor) -> dict[str, tf.Tensor]:
        present = tf.cast(tags != "", tf.int64)
        return {"tags": tf.reduce_sum(present, axis=1), "sum": tf.reduce_sum(vector, axis=1)}

    specs = {
        "tags": tf.TensorSpec([None, None], tf.string, "tags"),
        "vector": tf.TensorSpec([None, 2], tf.float32, "vector"),
    }
    target = tmp_path_factory.mktemp("lists") / "model"
    signature = serve.get_concrete_function(**specs)
    tf.saved_model.save(module, str(target), signatures={"serving_columns": signature})
    return target


def test_lists_are_filled_up_and_vectors_go_in_whole(list_model):
    rows = [{"tags": ["a", "b"], "vector": [1, 2.5]}, {"tags": [], "vector": None}, {}]
    first, *others = predict_rows(list_model, rows)
    assert first == {"tags": 2, "sum": 3.5}
    for one in others:
        assert one["tags"] == 0
        assert one["sum"] != one["sum"]


def test_no_rows_of_lists_get_no_predictions(list_model):
    assert predict_rows(list_model, []) == []


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"tags": "a"}, "the column 'tags' takes a list in each row"),
        ({"vector": [1.0]}, "the column 'vector' takes a list of 2 numbers in each row"),
        ({"vector": [1.0, "x"]}, "the column 'vector' takes one float32 value in each row"),
    ],
)
def test_what_is_no_list_is_refused(list_model, row, rule):
    with pytest.raises(DataError) as caught:
        predict_rows(list_model, [row])
    assert caught.value.rule == rule
