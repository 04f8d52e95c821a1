import numpy as np
import pytest
import tensorflow as tf

from model import Categorical, Crossed, Cyclic, FeatureSet, Integer, Numeric, YesNo
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import load_features
from zeroskew.errors import FeatureError

LABEL = YesNo(
    "big_tip",
    lambda row: row["tips"] > 0.2 * row["fare"],
    uses=("tips", "fare"),
    known_before=("fare",),
)
COLUMNS = {
    "fare": Column("fare", "FLOAT"),
    "tips": Column("tips", "FLOAT"),
    "month": Column("month", "INT"),
    "company": Column("company", "BYTES"),
}
FEATURE_FILE = """
from model import FeatureSet, YesNo, Numeric

FEATURES = FeatureSet(
    label=YesNo("late", lambda row: row["delay"] > 5, uses=("delay",)),
    features=[Numeric("distance")],
)
"""


def test_columns_and_outputs_are_derived_in_the_order_of_the_list():
    features = FeatureSet(
        LABEL,
        [
            Cyclic("month", period=12),
            Numeric("fare", missing_indicator=True),
            Integer("month", name="month_id", low=1, high=12),
            Numeric("ratio", value=lambda row: row["fare"] / row["month"], uses=("fare", "month")),
        ],
    )
    assert features.sources == ["month", "fare"]
    assert features.columns_needed == ["month", "fare", "tips"]
    assert [(output.name, output.size) for output in features.outputs] == [
        ("month_xf_sin", None),
        ("month_xf_cos", None),
        ("fare_xf", None),
        ("fare_xf_missing", None),
        ("month_id_xf", 14),
        ("ratio_xf", None),
    ]


def test_the_transform_graph_returns_each_output_the_label_and_the_row_key(world):
    assert set(world.transformed) == {
        *(output.name for output in world.features.outputs),
        "big_tip",
        "row_key",
        "row_weight",
    }
    for output in world.features.outputs:
        assert world.transformed[output.name].dtype == output.dtype
        assert world.transformed[output.name].shape == (30, *output.row_shape)


def test_no_transformed_number_is_nan_or_infinite(world):
    for name, values in world.transformed.items():
        assert np.isfinite(values).all(), name


def test_equal_rows_share_their_row_key_and_different_rows_do_not(world):
    keys = world.transformed["row_key"].tolist()
    # Row 29 repeats row 0 but for its tip, which no feature reads.
    assert keys[29] == keys[0]
    assert len(set(keys)) == 29


def test_a_cross_may_stand_before_the_features_it_crosses():
    features = FeatureSet(
        LABEL,
        [
            Crossed("cell", of=("month", "day"), hash_buckets=50),
            Integer("month", low=1, high=12),
            Integer("day", low=1, high=7),
        ],
    )
    row = {name: tf.constant([1], tf.int64) for name in ("month", "day")}
    row |= {name: tf.constant([1.0]) for name in ("tips", "fare")}
    outputs = features.transform(row)
    assert list(outputs) == [
        "cell_xf",
        "month_xf",
        "day_xf",
        "row_key",
        "big_tip",
        "row_weight",
    ]
    expected = tf.strings.to_hash_bucket_fast(["0_0"], 50)
    assert outputs["cell_xf"].numpy().tolist() == expected.numpy().tolist()


def test_the_list_becomes_plain_values():
    features = FeatureSet(LABEL, [Cyclic("month", period=12)])
    assert features.to_dict() == {
        "label": {
            "kind": "yes or no",
            "name": "big_tip",
            "compute": "<compute>",
            "column": "",
            "uses": ("tips", "fare"),
            "known_before": ("fare",),
            "weight": None,
            "positive": 1,
            "negative": None,
        },
        "features": [
            {"kind": "cyclic", "column": "month", "name": "month", "default": None, "period": 12}
        ],
    }


def refusal(*features) -> str:
    """The message with which a feature list is refused, but for the line it points to."""
    with pytest.raises(FeatureError) as caught:
        FeatureSet(LABEL, list(features)).check(COLUMNS)
    return without_place(caught.value)


def without_place(error: FeatureError) -> str:
    return str(error).replace(f", in {error.place}", "")


def test_an_empty_list_is_refused():
    assert refusal() == "a feature list needs at least one feature\n  received: none"


def test_an_unknown_column_is_refused_with_the_nearest_one():
    assert refusal(Numeric("fair")) == (
        "feature 'fair' reads a column that the schema does not have\n"
        "  allowed:  fare, tips, month, company\n"
        "  received: 'fair'\n"
        "  do:       did you mean 'fare'?"
    )


def test_an_unknown_column_unlike_any_other_is_refused_without_a_guess():
    assert refusal(Numeric("zzz")) == (
        "feature 'zzz' reads a column that the schema does not have\n"
        "  allowed:  fare, tips, month, company\n"
        "  received: 'zzz'"
    )


def test_an_unknown_column_of_the_label_is_refused():
    label = YesNo("big_tip", lambda row: row["tip"] > 1, uses=("tip",))
    with pytest.raises(FeatureError) as caught:
        FeatureSet(label, [Numeric("fare")]).check(COLUMNS)
    assert without_place(caught.value) == (
        "label 'big_tip' reads a column that the schema does not have\n"
        "  allowed:  fare, tips, month, company\n"
        "  received: 'tip'\n"
        "  do:       did you mean 'tips'?"
    )


def test_a_number_that_is_not_whole_is_refused_as_an_id():
    assert refusal(Categorical("fare")) == (
        "the categorical feature 'fare' cannot read this type of column\n"
        "  allowed:  a column of type INT or BYTES\n"
        "  received: 'fare', which is FLOAT\n"
        "  do:       use Numeric or Bucketized for numbers that are not whole"
    )


def test_text_for_a_kind_that_reads_numbers_is_refused():
    assert refusal(Numeric("company")) == (
        "the numeric feature 'company' cannot read this type of column\n"
        "  allowed:  a column of type FLOAT or INT\n"
        "  received: 'company', which is BYTES\n"
        "  do:       use Categorical, Hashed, Text or MultiCategory for text"
    )


@pytest.mark.parametrize(
    "feature",
    [
        Numeric("tips"),
        Categorical("tips"),
        Numeric("share", value=lambda row: row["tips"] / row["fare"], uses=("tips", "fare")),
    ],
    ids=["numeric", "categorical", "expression"],
)
def test_a_feature_of_the_labels_secret_column_is_refused(feature):
    assert refusal(feature) == (
        "no feature may read a column that the label 'big_tip' is computed from\n"
        "  allowed:  columns whose value is known before the label is\n"
        f"  received: feature {feature.name!r} reads 'tips'\n"
        "  do:       remove the feature or, if the value is known when serving, say so in the "
        'label: known_before=("tips",)'
    )


def test_a_column_of_the_label_that_is_known_before_may_be_a_feature():
    features = FeatureSet(LABEL, [Numeric("fare")])
    features.check(COLUMNS)
    assert features.sources == ["fare"]
    assert features.label.secret == ("tips",)


def test_a_cross_of_an_unknown_feature_is_refused_with_the_nearest_one():
    month, company = Integer("month", low=1, high=12), Categorical("company")
    assert refusal(month, company, Crossed("cell", of=("month", "compny"))) == (
        "feature 'cell' crosses features that have ids\n"
        "  allowed:  company, month\n"
        "  received: 'compny'\n"
        "  do:       did you mean 'company'?"
    )


def test_a_cross_of_a_numeric_feature_is_refused():
    month = Integer("month", low=1, high=12)
    assert refusal(month, Numeric("fare"), Crossed("cell", of=("month", "fare"))) == (
        "feature 'cell' crosses features that have ids\n  allowed:  month\n  received: 'fare'"
    )


def test_a_cross_of_a_cross_is_refused():
    parts = [Integer("month", low=1, high=12), Categorical("company")]
    inner = Crossed("inner", of=("month", "company"))
    assert refusal(*parts, inner, Crossed("outer", of=("inner", "month"))) == (
        "feature 'outer' crosses features that have ids\n"
        "  allowed:  company, month\n"
        "  received: 'inner'"
    )


def test_features_are_loaded_from_a_module():
    features = load_features("model.features")
    assert features.label.name == "big_tip"
    assert features.features[0] == Numeric("fare", scaling="log")


def test_features_are_loaded_from_a_file_whose_path_has_spaces(tmp_path):
    file = tmp_path / "my features.py"
    file.write_text(FEATURE_FILE)
    assert load_features(str(file)).sources == ["distance"]


NOT_FOUND = (
    "the features file must exist\n"
    "  allowed:  an importable module (model.features) or the path of a .py file\n"
    "  received: {}\n"
    "  do:       check the setting 'features'"
)


@pytest.mark.parametrize("reference", ["model.feature", "no_such_package.features"])
def test_a_module_that_does_not_exist_is_refused(reference):
    with pytest.raises(FeatureError) as caught:
        load_features(reference)
    assert str(caught.value) == NOT_FOUND.format(reference)


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    reference = str(tmp_path / "features.py")
    with pytest.raises(FeatureError) as caught:
        load_features(reference)
    assert str(caught.value) == NOT_FOUND.format(reference)


@pytest.mark.parametrize(
    ("text", "kind"), [("", "NoneType"), ("FEATURES = []", "list")], ids=["none", "a list"]
)
def test_a_file_without_a_feature_set_is_refused(tmp_path, text, kind):
    file = tmp_path / "features.py"
    file.write_text(text)
    with pytest.raises(FeatureError) as caught:
        load_features(str(file))
    assert str(caught.value) == (
        "a features file defines FEATURES, a FeatureSet\n"
        f"  received: {file} with FEATURES of type {kind}\n"
        "  do:       see model/features.py for an example"
    )
