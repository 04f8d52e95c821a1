"""The service held against the model in process, over real sockets."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf
from in_process import listening
from served import ROW, save_version

from model.evaluation.service_address import Address
from model.evaluation.service_clients import array_of, examples_of
from model.evaluation.service_parity import check_version, rows_to_ask
from model.feature_engineering.columns import Column
from model.serving.predict import predict_with
from model.serving.requests import read_example
from model.serving.saved_model import SavedModel
from model.serving.service.settings import ServeSettings
from zeroskew.errors import ParityError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_version(tmp_path_factory.mktemp("small") / "3")


@pytest.fixture(scope="module")
def model(folder):
    return SavedModel(str(folder))


@pytest.fixture(scope="module")
def address(folder):
    settings = ServeSettings(request_rows=4)
    with listening(folder, settings, token="t") as found:
        yield address_of(found, "t")


def address_of(found: str, token: str | None = None) -> Address:
    return Address(found, None, "small", token, version=3)


def test_each_path_says_what_the_model_says(model, address):
    rows = [*rows_to_ask(model, ROW), {"company": b"\xff", "other": 1}, {"tags": []}]
    compared = check_version(model, address, rows, at_once=4)
    assert [one.path for one in compared] == [
        f"REST, {one} = in process" for one in ("by rows", "by columns", "one by one")
    ]
    assert all(one.largest < 1e-6 for one in compared)


def test_a_model_that_was_trained_is_served_as_it_is(small_world, small_model_dir):
    del small_world
    model = SavedModel(str(small_model_dir))
    with listening(small_model_dir, number=3) as found:
        rows = rows_to_ask(model, read_example(small_model_dir))
        compared = check_version(model, address_of(found), rows, at_once=100)
    assert [one.largest < 1e-6 for one in compared] == [True] * 3


def test_the_first_row_that_differs_is_shown_with_both_values(tmp_path, address):
    other = SavedModel(str(save_version(tmp_path / "4", added=0.001)))
    same = {"fare": 1e9}
    with pytest.raises(ParityError) as caught:
        check_version(other, address, [*[same] * 5, ROW, same], at_once=4)
    assert caught.value.received == (
        f"'double' is 3.000999927520752 in process and 3.0 over REST, by rows, in row 5 of 7: {ROW}"
    )


def test_a_row_that_the_service_refuses_is_told_in_its_words(model, address):
    assert predict_with(model, [{"company": 5}])[0]["name"] == "5"
    with pytest.raises(ParityError) as caught:
        check_version(model, address, [{}, {"company": 5}], at_once=4)
    assert caught.value.rule == "the service must answer each row that the model answers"
    assert "over REST, 400: " in caught.value.received
    assert "instances[1].company does not fit its column" in caught.value.received


def test_who_sends_no_token_learns_why(model, address):
    with pytest.raises(ParityError) as caught:
        check_version(model, dataclasses.replace(address, token=None), [ROW], at_once=4)
    assert "over REST, 401: " in caught.value.received


def test_rows_to_ask_are_the_example_and_what_real_data_rarely_shows(model):
    example, nothing, *others = rows_to_ask(model, ROW)
    assert example == ROW
    assert nothing == dict.fromkeys(ROW)
    assert len(others) == 3
    assert others[0]["company"] == "a word that no vocabulary holds"
    assert len(rows_to_ask(model, None)) == 4


def test_answers_become_arrays_whatever_protocol_they_came_by():
    assert array_of([{"b64": "w7w="}, "a"]).tolist() == ["ü", "a"]
    assert array_of([[b"\xff", b"a"]]).tolist() == [["\ufffd", "a"]]
    numbers = array_of([[1.5, None]])
    assert numbers.dtype == np.float64
    assert numbers[0, 0] == 1.5
    assert math.isnan(numbers[0, 1])


def test_what_is_missing_is_not_in_the_example():
    columns = [Column("a", "FLOAT"), Column("b", "BYTES", None)]
    nothing, empty, whole = examples_of(columns, [{}, {"a": None, "b": []}, {"a": 1.0, "b": ["c"]}])
    assert nothing == empty
    assert {*tf.train.Example.FromString(nothing).features.feature} == set()
    assert {*tf.train.Example.FromString(whole).features.feature} == {"a", "b"}
