"""The resolver's choice among the blessed models that ML Metadata knows."""

from typing import Any

import pytest
from tfx.types.standard_artifacts import Model, ModelBlessing

from model.serving.blessed import Blessed
from pipeline.blessed_models import ReferenceModelStrategy


def known(*scores: float | None, contract: str = "c") -> dict[str, list[Any]]:
    """Models with the numbers 1, 2, ...; without a score one is not blessed."""
    models, blessings = [], []
    for number, score in enumerate(scores, start=1):
        model, blessing = Model(), ModelBlessing()
        model.id = number
        blessing.set_int_custom_property("current_model_id", number)
        blessing.set_int_custom_property("blessed", int(score is not None))
        Blessed(score or 0.99, contract).write_to(blessing)
        models.append(model)
        blessings.append(blessing)
    return {"model": models, "model_blessing": blessings}


@pytest.mark.parametrize(("reference", "expected"), [("best", [2]), ("last", [4]), ("none", [])])
def test_the_model_comes_with_its_blessing(reference: str, expected: list[int]) -> None:
    strategy = ReferenceModelStrategy("c", reference, 10, lower_is_better=False)
    found = strategy.resolve_artifacts(None, known(0.7, 0.9, 0.8, 0.85, None))
    assert found is not None
    assert [one.id for one in found["model"]] == expected
    blessed = [one.get_int_custom_property("current_model_id") for one in found["model_blessing"]]
    assert blessed == expected


def test_one_that_was_blessed_before_scores_were_kept_is_the_last_one() -> None:
    blessed = known(0.7, 0.9)
    blessing = ModelBlessing()
    blessing.set_int_custom_property("current_model_id", 2)
    blessing.set_int_custom_property("blessed", 1)
    blessed["model_blessing"][1] = blessing
    strategy = ReferenceModelStrategy("c", "best", 10, lower_is_better=False)
    (model,) = strategy.resolve_artifacts(None, blessed)["model"]
    assert model.id == 1
    blessed["model_blessing"][0] = known(0.7, contract="other")["model_blessing"][0]
    (model,) = strategy.resolve_artifacts(None, blessed)["model"]
    assert model.id == 2


def test_of_none_there_is_none() -> None:
    strategy = ReferenceModelStrategy("c", "best", 10, lower_is_better=False)
    assert strategy.resolve_artifacts(None, {"model": [], "model_blessing": []}) == {
        "model": [],
        "model_blessing": [],
    }
