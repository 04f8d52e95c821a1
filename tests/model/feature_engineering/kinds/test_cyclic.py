import numpy as np
import pytest

from model import Cyclic
from zeroskew.errors import FeatureError


@pytest.mark.parametrize(("column", "period"), [("hour", 24.0), ("heading", 360.0)])
def test_a_number_lies_at_its_angle_on_the_unit_circle(world, column, period):
    values = world.values(column)
    present = ~np.isnan(values)
    angle = 2 * np.pi * values[present] / period
    sine, cosine = (world.transformed[f"{column}_xf_{part}"] for part in ("sin", "cos"))
    np.testing.assert_allclose(sine[present], np.sin(angle), atol=1e-5)
    np.testing.assert_allclose(cosine[present], np.cos(angle), atol=1e-5)


def test_a_missing_number_lies_at_the_centre(world):
    assert world.table["hour"][7] is None
    assert world.transformed["hour_xf_sin"][7] == 0.0
    assert world.transformed["hour_xf_cos"][7] == 0.0


def test_an_infinite_number_lies_at_the_centre(world):
    outputs = world.apply(heading=[float("inf"), float("-inf")])
    assert outputs["heading_xf_sin"].tolist() == [0.0, 0.0]
    assert outputs["heading_xf_cos"].tolist() == [0.0, 0.0]


def test_23_h_lies_as_near_to_0_h_as_1_h_does(world):
    outputs = world.apply(hour=[23, 0, 1])
    points = np.stack([outputs["hour_xf_sin"], outputs["hour_xf_cos"]], axis=1)
    before, after = np.linalg.norm(np.diff(points, axis=0), axis=1)
    assert before == pytest.approx(after, abs=1e-6)
    assert before == pytest.approx(2 * np.sin(np.pi / 24), abs=1e-6)


def test_numbers_come_round_again_below_zero_and_above_the_period(world):
    outputs = world.apply(heading=[-90.0, 270.0, 630.0])
    np.testing.assert_allclose(outputs["heading_xf_sin"], [-1.0] * 3, atol=1e-6)
    np.testing.assert_allclose(outputs["heading_xf_cos"], [0.0] * 3, atol=1e-6)


def test_the_deep_side_gets_the_point_and_the_wide_side_nothing(encode):
    encoding = encode(Cyclic("hour"))
    assert encoding.wide == ()
    assert [tensor.name for tensor in encoding.deep] == ["hour_xf_sin", "hour_xf_cos"]


def test_a_period_of_0_is_refused():
    with pytest.raises(FeatureError) as caught:
        Cyclic("hour", period=0)
    assert str(caught.value) == (
        "cyclic feature 'hour': period must be greater than 0\n"
        "  received: 0\n"
        "  do:       correct this line of the feature list"
    )
