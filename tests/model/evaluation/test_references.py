"""Which blessed model a new one is held against."""

from pathlib import Path

import pytest

from model import Amount, OneOf, YesNo
from model.evaluation.references import choose, choose_served, contract_of, in_words
from model.feature_engineering.labels import Label
from model.serving.blessed import BLESSING, SAVED_MODEL, Blessed
from model.settings import GateSettings
from zeroskew.files import write_atomically


def test_the_best_is_a_model_with_the_same_label() -> None:
    blessed = [Blessed(0.7, "a"), Blessed(0.9, "a"), Blessed(0.95, "b"), Blessed(0.99, "a")]
    rules = {"remembered": 3, "lower_is_better": False}
    assert choose(blessed, "a", reference="best", **rules) == 1
    assert choose(blessed, "a", reference="best", remembered=4, lower_is_better=False) == 3
    assert choose(blessed, "a", reference="best", remembered=3, lower_is_better=True) == 0
    assert choose(blessed, "a", reference="last", **rules) == 0
    assert choose(blessed, "a", reference="none", **rules) is None
    assert choose(blessed, "c", reference="best", **rules) == 0
    assert choose([Blessed(None, "a")], "a", reference="best", **rules) == 0
    assert choose([], "a", reference="best", **rules) is None
    assert choose([Blessed(0.9, "a"), Blessed(0.9, "a")], "a", reference="best", **rules) == 0


@pytest.mark.parametrize(
    ("label", "rules", "expected"),
    [
        (YesNo("yes"), {}, 13),
        (YesNo("yes"), {"remembered": 2}, 14),
        (YesNo("yes"), {"remembered": 5}, 11),
        (YesNo("yes"), {"reference": "last"}, 15),
        (YesNo("yes"), {"reference": "none"}, None),
        (Amount("much"), {}, 15),
    ],
)
def test_among_served_models_it_is_the_same_one(
    tmp_path: Path, label: Label, rules: dict[str, object], expected: int | None
) -> None:
    asked = contract_of(YesNo("yes"))
    scores = {11: (0.95, asked), 12: (0.7, asked), 13: (0.9, asked), 14: (0.8, asked)}
    for version in range(11, 16):
        write_atomically(tmp_path / str(version) / SAVED_MODEL, "")
    for version, known in scores.items():
        write_atomically(tmp_path / str(version) / BLESSING, Blessed(*known).to_json().decode())
    settings = GateSettings.model_validate({"remembered": 3, **rules})
    assert choose_served(str(tmp_path), settings, label) == expected


def test_where_none_was_served_there_is_none(tmp_path: Path) -> None:
    assert choose_served(str(tmp_path), GateSettings(), YesNo("yes")) is None


def test_labels_that_ask_the_same_have_the_same_contract() -> None:
    def label(limit: float) -> YesNo:
        return YesNo("yes", lambda row: row["fare"] > limit, uses=("fare",))

    one = YesNo("yes", lambda row: row["fare"] > 5, uses=("fare",))
    same = YesNo("yes", lambda row: row["fare"] > 5, uses=("fare",))
    other = YesNo("yes", lambda row: row["fare"] > 6, uses=("fare",))
    assert contract_of(one) == contract_of(same)
    labels = [
        one,
        other,
        label(5.0),
        YesNo("yes"),
        YesNo("no"),
        OneOf("yes"),
        YesNo("yes", weight="w"),
    ]
    assert len({contract_of(one) for one in labels}) == len(labels)
    assert len(contract_of(one)) == 16


def test_what_it_is_called() -> None:
    assert in_words(GateSettings()) == "the best of the last 10 blessed models"
    assert in_words(GateSettings(remembered=1)) == "the last blessed model"
    assert in_words(GateSettings(reference="last")) == "the last blessed model"
