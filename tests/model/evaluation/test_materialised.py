import numpy as np
import pytest

from model.evaluation.materialised import materialised_features
from model.evaluation.parity import TOLERANCE
from model.feature_engineering import raw_rows
from zeroskew.errors import ParityError


def test_every_raw_row_is_found_among_the_materialised_ones(world):
    for name, values in materialised_features(
        str(world.transformed_dir), world.features, world.rows
    ).items():
        np.testing.assert_allclose(values, world.transformed[name], atol=TOLERANCE, err_msg=name)


def test_a_raw_row_that_was_never_transformed_stops_the_check(world):
    strange = world.rows.take([0, 1])
    strange.columns["fare"][1] = 1234.5
    with pytest.raises(ParityError) as caught:
        materialised_features(
            str(world.transformed_dir),
            world.features,
            strange,
        )
    assert caught.value.rule == "each raw row must be among the rows that Transform materialised"
    assert str(caught.value.received).startswith("none that fits row 1: ")
    assert "fare=1234.5" in str(caught.value.received)


def test_rows_are_found_wherever_they_lie_and_come_in_the_order_asked_for(world, monkeypatch):
    monkeypatch.setattr(raw_rows, "BATCH_ROWS", 4)
    places = [29, 3, 0, 3]
    found = materialised_features(
        str(world.transformed_dir), world.features, world.rows.take(places)
    )
    assert list(found) == sorted(output.name for output in world.features.outputs)
    for name, values in found.items():
        np.testing.assert_allclose(
            values, world.transformed[name][places], atol=TOLERANCE, err_msg=name
        )
