"""Labels that are no yes or no, from CSV to a served model."""

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import versions, zeroskew
from zeroskew_command import ROOT, Run

pytestmark = pytest.mark.e2e

CLASSES = """
from model import FeatureSet, Integer, Numeric, OneOf

FEATURES = FeatureSet(
    OneOf("payment_type", top_k=2),
    [Numeric("fare", scaling="log"), Numeric("tips", scaling="log"),
     Integer("trip_start_hour", low=0, high=23)],
)
"""

# Trips of no miles have no fare per mile.
AMOUNT = """
from model import Amount, FeatureSet, Integer, Numeric

FEATURES = FeatureSet(
    Amount("fare_per_mile", lambda row: row["fare"] / row["trip_miles"],
           uses=("fare", "trip_miles"), known_before=("trip_miles",), scaling="log", interval=0.8,
           weight="trip_start_month"),
    [Numeric("trip_miles", scaling="log"), Numeric("trip_seconds", scaling="log"),
     Integer("trip_start_hour", low=0, high=23)],
)
"""


def run(folder: Path, features: str) -> Run:
    (folder / "features.py").write_text(features)
    (folder / "settings.yaml").write_text(
        "name: labels\n"
        "features: features.py\n"
        f"schema_file: {ROOT}/data_ingestion/schema/taxi.pbtxt\n"
        f"output: {folder}/out\n"
        "slices: [company]\n"
    )
    settings = ("--config", folder / "settings.yaml", "--set", "trainer.epochs=12")
    return zeroskew("run", *settings, "--set", "max_missing_labels=0.4", "--json")


def answers(folder: Path) -> list[dict[str, Any]]:
    (model,) = versions(folder / "out")
    done = zeroskew("predict", "--model", model, "--limit", "50", "--json")
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_one_of_several_classes(tmp_path: Path) -> None:
    done = run(tmp_path, CLASSES)
    assert done.exit_code == 0, done.stderr
    metrics = done.summary["metrics"]
    assert metrics["rows"] == 3_000
    assert metrics["accuracy"] > 0.97
    assert metrics["log_loss"] < 0.13
    assert 0.25 < metrics["balanced_accuracy"] < 0.6
    slices = {name: one["rows"] for name, one in done.summary["slices"].items()}
    assert 500 < slices["company=missing"] < 2_000
    assert sum(slices.values()) == 3_000, "each row is in one slice"
    assert done.summary["baselines"][0]["rule"] == "majority class"
    for answer in answers(tmp_path):
        assert sum(answer["probabilities"]) == pytest.approx(1.0, abs=1e-5)
        best = max(answer["probabilities"])
        assert answer["probability"] == pytest.approx(best, abs=1e-6)
        assert answer["label"] == answer["classes"][answer["probabilities"].index(best)]
        assert answer["top_labels"][0] == answer["label"]
        assert answer["label"] in ("Cash", "Credit Card")


def test_a_number_that_some_rows_lack_with_weights_and_bounds(tmp_path: Path) -> None:
    done = run(tmp_path, AMOUNT)
    assert done.exit_code in (0, 3), done.stderr
    assert "rows have no label" in done.stderr
    metrics = done.summary["metrics"]
    assert metrics["rows"] > 3 * 2_000, "rows count by the month"
    assert 0 < metrics["mae"] < metrics["rmse"]
    rules = [one["rule"] for one in done.summary["baselines"]]
    assert rules == [
        "mean, or median",
        *(f"{name} alone" for name in ("trip_miles", "trip_seconds", "trip_start_hour")),
    ]
    if done.exit_code == 0:
        for answer in answers(tmp_path):
            assert answer["low"] <= answer["high"]
            assert answer["value"] > 0
