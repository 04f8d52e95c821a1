import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

from model.evaluation.parity import (
    TOLERANCE,
    UNSEEN_WORD,
    choose_rows,
    compare_model,
    made_up_rows,
    materialised_features,
    to_numpy,
)
from model.feature_engineering.columns import MISSING_INT, Column, to_canonical
from model.feature_engineering.raw_rows import RawRows, missing_mask
from model.training.input_pipeline import read_transformed
from zeroskew.errors import ParityError

RULE = (
    "training and serving must compute the same numbers from the same row\n"
    "  allowed:  a difference of at most 1e-05, relative to max(1, |value|)\n"
)
ACTION = (
    "\n  do:       look for code outside the feature list that changes this value, or for a "
    "vocabulary or default that differs between training and export"
)


def materialised(world) -> dict[str, np.ndarray]:
    """What the run of Transform wrote to its files."""
    return materialised_features(
        str(world.transformed_dir),
        world.features,
        world.rows,
        lambda folder: read_transformed([f"{folder}/*"], world.features),
    )


def describe(world, names: list[str], row: int) -> str:
    """The raw row as a message shows it."""
    texts = []
    for name in names:
        value = world.rows.columns[name][row]
        shown = value.decode() if isinstance(value, bytes) else value.item()
        texts.append(f"{name}={shown!r}")
    return ", ".join(texts)


def test_every_raw_row_is_found_among_the_materialised_ones(world):
    for name, values in materialised(world).items():
        np.testing.assert_allclose(values, world.transformed[name], atol=TOLERANCE, err_msg=name)


def test_a_raw_row_that_was_never_transformed_stops_the_check(world):
    strange = world.rows.take([0, 1])
    strange.columns["fare"][1] = 1234.5
    with pytest.raises(ParityError) as caught:
        materialised_features(
            str(world.transformed_dir),
            world.features,
            strange,
            lambda folder: read_transformed([f"{folder}/*"], world.features),
        )
    assert caught.value.rule == "each raw row must be among the rows that Transform materialised"
    assert str(caught.value.received).startswith("none that fits row 1: ")
    assert "fare=1234.5" in str(caught.value.received)


def test_real_rows_agree_on_every_path(world, model):
    features = materialised(world)
    comparisons = compare_model(
        model, world.features, world.rows, features, "materialised features"
    )
    assert [one.path for one in comparisons] == [
        "materialised features = transform_features",
        "materialised features = serving_default",
        "materialised features = serving_columns",
    ]
    assert all(one.largest <= TOLERANCE for one in comparisons)


def test_made_up_rows_agree_on_every_path(world, model):
    rows = made_up_rows([world.columns[name] for name in world.features.sources])
    expected = to_numpy(world.graph({name: tf.constant(v) for name, v in rows.columns.items()}))
    comparisons = compare_model(model, world.features, rows, expected, "the transform graph")
    assert [one.path for one in comparisons] == [
        "the transform graph = transform_features",
        "the transform graph = serving_default",
        "the transform graph = serving_columns",
    ]
    assert all(one.largest <= TOLERANCE for one in comparisons)


def test_a_vocabulary_changed_inside_the_saved_model_is_caught(world, model_dir, tmp_path):
    broken = tmp_path / "model"
    shutil.copytree(model_dir, broken)
    vocabulary = broken / "assets" / "company_vocabulary"
    assert vocabulary.read_text() == "Blue\nRed\n"
    vocabulary.write_text("Red\nBlue\n")
    features = materialised(world)
    with pytest.raises(ParityError) as caught:
        compare_model(
            tf.saved_model.load(str(broken)),
            world.features,
            world.rows,
            features,
            "materialised features",
        )
    assert str(caught.value) == (
        f"{RULE}  received: 'company_xf' is 0 from materialised features and 1 from "
        "transform_features, in row 0 of 30: "
        f"{describe(world, list(world.rows.columns), 0)}{ACTION}"
    )
    assert "company='Blue'" in str(caught.value)


def test_an_export_with_another_default_is_caught_in_the_row_where_the_value_is_missing(
    world, other_default
):
    # Both lists have a feature fare_at_zero; in the export it fills with 30 instead of 0.
    rows = RawRows(world.rows.serialized, {"fare": world.rows.columns["fare"]})
    expected = {"fare_at_zero_xf": world.transformed["fare_at_zero_xf"]}
    with pytest.raises(ParityError) as caught:
        compare_model(
            other_default.model, other_default.features, rows, expected, "materialised features"
        )
    message = str(caught.value)
    values = re.search(r"'fare_at_zero_xf' is (\S+) from materialised features and (\S+) ", message)
    fare = world.values("fare")
    expected_values = [(one - np.nanmean(fare)) / np.nanstd(fare) for one in (0.0, 30.0)]
    assert [float(one) for one in values.groups()] == pytest.approx(expected_values, abs=1e-5)
    assert message == (
        f"{RULE}  received: {values.group().strip()} from transform_features, in row 3 of 30: "
        f"fare=nan{ACTION}"
    )


def test_the_same_export_passes_against_its_own_default(world, other_default):
    rows = RawRows(world.rows.serialized, {"fare": world.rows.columns["fare"]})
    expected = to_numpy(other_default.graph({"fare": tf.constant(rows.columns["fare"])}))
    comparisons = compare_model(
        other_default.model, other_default.features, rows, expected, "the transform graph"
    )
    assert [one.largest <= TOLERANCE for one in comparisons] == [True] * 3


def test_an_output_swapped_for_the_other_classs_is_caught(world, other_default, swapped_model):
    rows = RawRows(world.rows.serialized, {"fare": world.rows.columns["fare"]})
    expected = to_numpy(other_default.graph({"fare": tf.constant(rows.columns["fare"])}))
    probability = to_numpy(
        swapped_model.predict_transformed(
            {"fare_at_zero_xf": tf.constant(expected["fare_at_zero_xf"])}
        )
    )["probability"]
    served = swapped_model.signatures["serving_columns"](fare=tf.constant(rows.columns["fare"]))[
        "probability"
    ].numpy()
    assert abs(probability[0] - served[0]) > 1e-3
    with pytest.raises(ParityError) as caught:
        compare_model(
            swapped_model, other_default.features, rows, expected, "materialised features"
        )
    assert str(caught.value) == (
        f"{RULE}  received: 'probability' is {probability[0]!s} from materialised features and "
        f"{served[0]!s} from serving_columns, in row 0 of 30: fare=5.25{ACTION}"
    )


def test_a_value_that_is_not_a_number_on_one_path_only_is_caught(world, other_default):
    rows = RawRows(world.rows.serialized[:2], {"fare": world.rows.columns["fare"][:2]})
    expected = to_numpy(other_default.graph({"fare": tf.constant(rows.columns["fare"])}))
    expected["fare_at_zero_xf"] = np.array(
        [expected["fare_at_zero_xf"][0], np.nan], dtype=np.float32
    )
    with pytest.raises(ParityError, match=r"'fare_at_zero_xf' is nan from .* in row 1 of 2"):
        compare_model(other_default.model, other_default.features, rows, expected, "training")


COLUMNS = {
    "fare": Column("fare", "FLOAT"),
    "month": Column("month", "INT"),
    "company": Column("company", "BYTES"),
}


def hundred_rows() -> RawRows:
    fare = np.full(100, 10.0, dtype=np.float32)
    fare[[41, 52, 63]] = np.nan, -7.0, 900.0
    month = np.arange(100, dtype=np.int64) % 2 + 5
    month[[34, 35, 36]] = MISSING_INT, 1, 12
    company = np.array([b"Blue", b"Red"] * 50, dtype=object)
    company[[77, 78]] = b"", b"Rare"
    return RawRows(
        np.array([b""] * 100, dtype=object), {"fare": fare, "month": month, "company": company}
    )


def test_missing_rarest_smallest_and_largest_values_are_always_chosen():
    chosen = choose_rows(hundred_rows(), COLUMNS, 12)
    assert {41, 52, 63, 34, 35, 36, 77, 78} <= set(chosen)
    assert len(chosen) == 12
    assert chosen == sorted(set(chosen))


def test_the_rest_of_the_chosen_rows_is_spread_over_the_table():
    chosen = choose_rows(hundred_rows(), COLUMNS, 50)
    assert len(chosen) == 50
    assert chosen[0] == 0
    assert max(np.diff(chosen)) <= 20


def test_all_rows_are_chosen_when_there_are_fewer_than_asked_for():
    assert choose_rows(hundred_rows(), COLUMNS, 500) == list(range(100))


def test_made_up_rows_are_missing_unseen_and_extreme():
    columns = list(COLUMNS.values())
    rows = made_up_rows(columns)
    assert len(rows) == 4
    assert np.isnan(rows.columns["fare"][0])
    np.testing.assert_array_equal(
        rows.columns["fare"][1:], np.array([-1e30, 0.0, 1e30], dtype=np.float32)
    )
    assert rows.columns["month"].tolist() == [MISSING_INT, -(2**62), 0, 2**62]
    assert rows.columns["company"].tolist() == [
        b"",
        UNSEEN_WORD.encode(),
        "\u2603 \u00fc".encode(),
        b" ",
    ]
    for column in columns:
        assert missing_mask(rows.columns[column.name], column).tolist() == [
            True,
            False,
            False,
            False,
        ]


def test_made_up_rows_say_the_same_serialized_as_in_columns():
    columns = list(COLUMNS.values())
    rows = made_up_rows(columns)
    spec = {column.name: tf.io.VarLenFeature(column.dtype) for column in columns}
    parsed = to_canonical(tf.io.parse_example(rows.serialized, spec), columns)
    for name, values in rows.columns.items():
        np.testing.assert_array_equal(parsed[name].numpy(), values, err_msg=name)
    assert tf.train.Example.FromString(rows.serialized[0]).features.feature["fare"] == (
        tf.train.Feature()
    )
