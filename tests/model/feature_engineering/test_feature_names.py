"""Names within a feature list: of features, of the label, and of the tensors they become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import PCA, Cyclic, FeatureSet, Integer, Numeric, PiecewiseLinear, YesNo
from zeroskew.errors import FeatureError


def label(name: str) -> YesNo:
    return YesNo(name, lambda row: row["tips"] > 0, uses=("tips",))


def refusal(name: str, *features) -> str:
    """The message with which features are refused beside a label of that name."""
    with pytest.raises(FeatureError) as caught:
        FeatureSet(label(name), list(features))
    return str(caught.value)


def test_two_features_of_one_name_are_refused():
    assert refusal("big_tip", Numeric("fare"), Numeric("fare", scaling="log")) == (
        "each feature, and the label, has a name of its own\n"
        "  received: 'fare' 2 times\n"
        '  do:       give one of them another: name="fare_2"'
    )


def test_a_feature_named_like_the_label_is_refused():
    assert refusal("big_tip", Numeric("fare", name="big_tip")) == (
        "each feature, and the label, has a name of its own\n"
        "  received: 'big_tip' 2 times\n"
        '  do:       give one of them another: name="big_tip_2"'
    )


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("fare_xf", "the feature 'fare' writes"),
        ("hour of day_xf_cos", "the feature 'hour of day' writes"),
        ("row_key", "identifies a row"),
    ],
)
def test_a_label_named_like_a_transformed_tensor_is_refused(name, whose):
    assert refusal(name, Numeric("fare"), Cyclic("hour of day")) == (
        "the label's name is that of no other transformed tensor\n"
        f"  received: {name!r}, which {whose}\n"
        "  do:       give the label another name"
    )


def test_a_label_may_be_named_like_its_column():
    assert FeatureSet(label("tips"), [Numeric("fare")]).label.name == "tips"


@given(st.dictionaries(st.text(min_size=1), st.integers(0, 4), min_size=1))
def test_no_two_features_share_a_tensor_whatever_they_are_called(kinds):
    make = (
        lambda name: Numeric("fare", name=name, missing_indicator=True),
        lambda name: Cyclic("hour", name=name),
        lambda name: Integer("hour", name=name, low=0, high=23),
        lambda name: PiecewiseLinear("fare", name=name),
        lambda name: PCA(name, uses=("fare", "hour")),
    )
    features = FeatureSet(label("a label"), [make[kind](name) for name, kind in kinds.items()])
    outputs = [output.name for output in features.outputs]
    assert len(set(outputs)) == len(outputs) >= len(kinds)
