import pytest
from pydantic import ValidationError

from model.settings import GateSettings, Thresholds, TrainerSettings


def test_defaults_are_those_of_the_built_in_use_case():
    assert TrainerSettings().model_dump() == {
        "epochs": None,
        "batch_size": 512,
        "learning_rate": 3e-3,
        "weight_decay": 1e-4,
        "hidden_units": (128, 64),
        "dropout": 0.2,
        "patience": 3,
        "memory_mib": 512,
    }
    assert GateSettings().model_dump() == {
        "margins": {"accuracy": 0.001, "auc": 0.005},
        "thresholds": {"auc": None, "accuracy": None, "log_loss": None, "ece": None},
        "slices": {},
        "tolerance": {"auc": 0.005, "accuracy": 0.005, "ece": 0.01},
    }


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
    assert again.slices == {"payment_type=Cash": Thresholds(ece=0.1)}


def test_settings_cannot_be_changed_after_they_were_checked():
    settings = TrainerSettings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.epochs = 0
