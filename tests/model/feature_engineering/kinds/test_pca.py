import numpy as np
import pytest
import sklearn.decomposition
import tensorflow as tf
import tensorflow_transform as tft

from model import PCA
from model.feature_engineering.analyzers import Wanted, learn
from model.feature_engineering.columns import Column
from zeroskew.errors import FeatureError

USES = ("fare", "miles", "age")


def filled(world) -> np.ndarray:
    numbers = np.stack([world.values(name) for name in USES], axis=1)
    return np.where(np.isnan(numbers), np.nanmean(numbers, axis=0), numbers)


def reference(numbers: np.ndarray, components: int, whiten: bool) -> np.ndarray:
    """What scikit-learn finds, each axis turned so that its largest part is greater than 0."""
    model = sklearn.decomposition.PCA(components, whiten=whiten)
    found = model.fit_transform(numbers)
    largest = np.argmax(np.abs(model.components_), axis=1)
    return found * np.sign(model.components_[np.arange(components), largest])


@pytest.mark.parametrize(
    ("output", "components", "whiten"),
    [("sizes_xf", 2, True), ("sizes_as_they_are_xf", 3, False)],
)
def test_components_are_those_of_scikit_learn_with_the_mean_where_missing(
    world, output, components, whiten
):
    expected = reference(filled(world), components, whiten)
    np.testing.assert_allclose(world.transformed[output], expected, atol=2e-4)


def test_a_row_without_any_value_lies_at_the_mean(world):
    assert world.apply(fare=[None])["sizes_xf"].tolist() == [[0.0, 0.0]]


def test_a_number_that_is_missing_in_one_row_is_the_mean_there(world):
    means = np.nanmean(world.values("miles")), np.nanmean(world.values("age"))
    rows = world.apply(fare=[20.0, 20.0], miles=[float(means[0]), None], age=[30, 30])["sizes_xf"]
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-6)


def test_numbers_far_out_are_clipped(world):
    outputs = world.apply(fare=[3e38, -3e38], miles=[0.0, 0.0], age=[30, 30])["sizes_xf"]
    assert np.all(np.abs(outputs) <= 10.0)
    assert np.abs(outputs).max() == 10.0


def test_columns_that_do_not_vary_have_components_of_0(world):
    assert world.transformed["flat_xf"].tolist() == [0.0] * 30
    assert world.apply(constant=[1e30])["flat_xf"].tolist() == [0.0]


def test_columns_that_say_the_same_have_one_component(monkeypatch):
    monkeypatch.setattr(tft, "sum", lambda values, reduce_instance_dims: tf.reduce_sum(values, 0))
    one = np.arange(50.0) + 1e6
    values = tf.constant(np.stack([one, 2 * one, -one], axis=1))
    feature = PCA("shape", uses=("a", "b", "c"), components=3)
    (moments,) = learn([Wanted(feature.statistics["moments"], ["shape"], values)])
    (found,) = feature.transform(values, {"moments": moments})
    expected = (one - one.mean()) / one.std(ddof=1)
    np.testing.assert_allclose(np.abs(found[:, 0]), np.abs(expected), atol=1e-3)
    assert found[:, 1:].numpy().tolist() == [[0.0, 0.0]] * 50


def test_both_sides_of_the_network_get_the_components(encode):
    encoding = encode(PCA("shape", uses=USES, components=2))
    for side in (encoding.wide, encoding.deep):
        assert [tuple(one.shape) for one in side] == [(None, 2)]


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"uses": ("a",)}, "uses must name two columns or more, each once"),
        ({"uses": ("a", "a")}, "uses must name two columns or more, each once"),
        ({"uses": ("a", "b"), "components": 3}, "components must be between 1 and the number"),
        ({"uses": ("a", "b"), "components": 0}, "components must be between 1 and the number"),
    ],
)
def test_a_wrong_argument_is_refused(arguments, rule):
    with pytest.raises(FeatureError, match=rule):
        PCA("shape", **arguments)


def test_a_column_of_text_is_refused():
    columns = {"a": Column("a", "FLOAT"), "b": Column("b", "BYTES")}
    with pytest.raises(FeatureError, match="the pca feature 'shape' cannot read this type"):
        PCA("shape", uses=("a", "b")).check(columns)
