import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

from model.evaluation.materialised import materialised_features
from model.evaluation.parity import TOLERANCE, compare_model, to_numpy
from model.evaluation.parity_rows import made_up_rows
from model.feature_engineering.raw_rows import RawRows, as_tensors
from model.serving.saved_model import SavedModel
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
    return materialised_features(str(world.transformed_dir), world.features, world.rows)


def describe(world, names: list[str], row: int) -> str:
    """The raw row as a message shows it."""
    texts = []
    for name in names:
        value = world.rows.columns[name][row]
        shown = value.decode() if isinstance(value, bytes) else value.tolist()
        texts.append(f"{name}={shown!r}")
    return ", ".join(texts)


def test_real_rows_agree_on_every_path(world, saved_model):
    features = materialised(world)
    comparisons = compare_model(
        saved_model, world.features, world.rows, features, "materialised features"
    )
    assert [one.path for one in comparisons] == [
        "materialised features = transform_features",
        "materialised features = serving_default",
        "materialised features = serving_columns",
    ]
    assert all(one.largest <= TOLERANCE for one in comparisons)


def test_made_up_rows_agree_on_every_path(world, saved_model):
    rows = made_up_rows([world.columns[name] for name in world.features.sources])
    expected = to_numpy(world.graph(as_tensors(rows.columns)))
    comparisons = compare_model(saved_model, world.features, rows, expected, "the transform graph")
    assert [one.path for one in comparisons] == [
        "the transform graph = transform_features",
        "the transform graph = serving_default",
        "the transform graph = serving_columns",
    ]
    assert all(one.largest <= TOLERANCE for one in comparisons)


def test_a_vocabulary_changed_inside_the_saved_model_is_caught(world, model_dir, tmp_path):
    broken = tmp_path / "model"
    shutil.copytree(model_dir, broken)
    vocabularies = broken / "assets" / "vocabularies"
    lines = vocabularies.read_text()
    assert lines.startswith("\tcompany\ncompany\tBlue\ncompany\tRed\n\t")
    vocabularies.write_text(
        lines.replace("Blue", "Bl_").replace("Red", "Blue").replace("Bl_", "Red")
    )
    features = materialised(world)
    with pytest.raises(ParityError) as caught:
        compare_model(
            SavedModel(str(broken)),
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
        swapped_model.loaded.predict_transformed(
            {"fare_at_zero_xf": tf.constant(expected["fare_at_zero_xf"])}
        )
    )["probability"]
    served = swapped_model.call("serving_columns", rows.columns)["probability"]
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


@pytest.mark.parametrize("rows_of", ["real", "made up"])
def test_a_vector_from_raw_columns_is_that_of_the_materialised_features(
    small_world, embedding_model_dir, rows_of
):
    rows, expected = small_world.rows, materialised(small_world)
    if rows_of == "made up":
        rows = made_up_rows([small_world.columns[name] for name in small_world.features.sources])
        expected = to_numpy(small_world.graph(as_tensors(rows.columns)))
    model = SavedModel(str(embedding_model_dir))
    comparisons = compare_model(model, small_world.features, rows, expected, rows_of)
    assert comparisons[-1].path == f"{rows_of} = embed"
    assert comparisons[-1].largest <= TOLERANCE


def test_a_vector_made_of_another_row_is_caught(small_world, embedding_model_dir):
    class Shifted(SavedModel):
        def call(self, signature, inputs):
            outputs = super().call(signature, inputs)
            return {
                name: np.roll(values, 1, axis=0) if signature == "embed" else values
                for name, values in outputs.items()
            }

    model = Shifted(str(embedding_model_dir))
    with pytest.raises(ParityError, match=r"(?s)'embedding' is .* from embed, in row \d+ of 30"):
        compare_model(
            model, small_world.features, small_world.rows, materialised(small_world), "training"
        )
