import pytest
from pydantic import ValidationError

from model import Amount, YesNo
from model.feature_engineering.labels import METRICS
from model.settings import Bounds, GateSettings, TrainerSettings
from zeroskew.errors import SettingsError


def test_defaults_are_those_of_the_built_in_use_case():
    assert TrainerSettings().model_dump() == {
        "epochs": None,
        "batch_size": None,
        "learning_rate": 3e-3,
        "weight_decay": 1e-4,
        "hidden_units": (128, 64),
        "l2_ids": None,
        "l1_inputs": None,
        "dropout": None,
        "validation": 0.1,
        "patience": None,
        "members": None,
        "memory_mib": 512,
    }
    gate = GateSettings()
    assert gate.margins == gate.thresholds == gate.tolerance == Bounds()
    assert (gate.slices, Bounds().given()) == ({}, {})
    assert (gate.reference, gate.remembered, gate.least_rows) == ("best", 10, 100)


def test_a_bound_may_be_given_for_each_metric():
    assert sorted(Bounds.model_fields) == sorted(METRICS)


@pytest.mark.parametrize(
    ("section", "values", "place", "text"),
    [
        (TrainerSettings, {"epoch": 3}, ("epoch",), "Extra inputs are not permitted"),
        (TrainerSettings, {"epochs": 0}, ("epochs",), "greater than or equal to 1"),
        (TrainerSettings, {"learning_rate": 0}, ("learning_rate",), "greater than 0"),
        (TrainerSettings, {"dropout": 1.0}, ("dropout",), "less than 1"),
        (TrainerSettings, {"hidden_units": [8, 0]}, ("hidden_units", 1), "equal to 1"),
        (GateSettings, {"thresholds": {"auc": 95}}, ("thresholds", "auc"), "equal to 1"),
        (GateSettings, {"thresholds": {"f1": 0.5}}, ("thresholds", "f1"), "not permitted"),
        (GateSettings, {"slices": {"a=b": {"acc": 1}}}, ("slices", "a=b", "acc"), "not permitted"),
        (GateSettings, {"tolerance": {"ece": -0.1}}, ("tolerance", "ece"), "equal to 0"),
        (GateSettings, {"reference": "first"}, ("reference",), "'best', 'last' or 'none'"),
        (GateSettings, {"remembered": 0}, ("remembered",), "equal to 1"),
        (GateSettings, {"margins": {"rmse": -1}}, ("margins", "rmse"), "equal to 0"),
    ],
)
def test_a_wrong_setting_is_refused_where_it_stands(section, values, place, text):
    with pytest.raises(ValidationError) as caught:
        section.model_validate(values)
    (error,) = caught.value.errors()
    assert error["loc"] == place
    assert text in error["msg"]


def test_settings_survive_the_way_through_json():
    settings = GateSettings.model_validate(
        {"thresholds": {"auc": 0.95}, "slices": {"payment_type=Cash": {"ece": 0.1}}}
    )
    again = GateSettings.model_validate_json(settings.model_dump_json())
    assert again == settings
    assert again.slices == {"payment_type=Cash": Bounds(ece=0.1)}


def test_a_metric_of_another_label_is_refused():
    GateSettings(thresholds=Bounds(auc=0.9)).check(YesNo("clicked"))
    with pytest.raises(SettingsError) as raised:
        GateSettings(slices={"a=b": Bounds(auc=0.9)}).check(Amount("price"))
    assert str(raised.value) == (
        "gate names metrics of the label, which is a number\n"
        "  allowed:  rmse, mae\n"
        "  received: auc\n"
        "  do:       correct the settings"
    )


def test_a_margin_over_rules_that_are_not_measured_so_is_refused():
    GateSettings(margins=Bounds(accuracy=0.1)).check(YesNo("clicked"))
    with pytest.raises(SettingsError) as raised:
        GateSettings(margins=Bounds(ece=0.1)).check(YesNo("clicked"))
    assert str(raised.value) == (
        "gate.margins names metrics that trivial rules have, too\n"
        "  allowed:  auc, accuracy\n"
        "  received: ece\n"
        "  do:       correct the settings"
    )


def test_settings_cannot_be_changed_after_they_were_checked():
    settings = TrainerSettings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.epochs = 0
