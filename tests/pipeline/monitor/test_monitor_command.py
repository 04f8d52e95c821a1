"""`zeroskew monitor`: what it finds, what it refuses, and how it ends."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pushed_model import PARTS
from typer.testing import CliRunner
from watched import fares, write_labels, write_log, write_model

from model.serving.service.request_log.hiding import hashed
from pipeline.cli import app
from pipeline.monitor.trained_on import read_training_statistics
from zeroskew.errors import DataError, SettingsError, ZeroskewError


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("out"))


def done(log: Path, model: Path, *options: object) -> tuple[int, dict[str, Any], str]:
    """Returns exit code, JSON and output of the command."""
    words = ["monitor", str(log), "--model", str(model), *map(str, options), "--json"]
    found = CliRunner().invoke(app, words, catch_exceptions=False)
    return found.exit_code, json.loads(found.stdout.splitlines()[-1]), found.stdout


def refused(log: Path, model: Path, *options: object) -> ZeroskewError:
    words = ["monitor", str(log), "--model", str(model), *map(str, options)]
    with pytest.raises(ZeroskewError) as caught:
        CliRunner().invoke(app, words, catch_exceptions=False)
    return caught.value


def test_what_is_as_the_training_gives_no_alarm(model, tmp_path):
    code, found, text = done(write_log(tmp_path / "log"), model)
    assert (code, found["passed"], found["alarms"]) == (0, True, [])
    assert (found["fingerprint"], found["rows"], found["others"]) == (PARTS.whole, 600, {})
    assert [one["name"] for one in found["columns"]] == ["fare", "payment_type"]
    assert found["labelled"] is None
    assert "nothing is surely beyond its limit" in text


def test_what_is_not_gives_alarms_and_exit_code_3(model, tmp_path):
    missing = [None if row % 3 == 0 else one for row, one in enumerate(fares(600).tolist())]
    log = write_log(tmp_path / "log", fare=missing, payment_type=["Cash", "Coin"] * 300)
    code, found, text = done(log, model)
    assert (code, found["passed"]) == (3, False)
    assert found["alarms"] == [
        "fare: missing in 33.33% of the rows, 0.00% in training",
        "payment_type: 50.00% of the values were not in training",
        "payment_type: infinity norm 0.5000 from training",
    ]
    assert "✗ payment_type" in text
    options = ["--max-missing", 0.4, "--max-unseen", 0.6, "--max-distance", 0.6]
    assert done(log, model, *options)[0] == 0


def test_a_page_that_cannot_be_written_hides_no_alarm(model, tmp_path):
    log = write_log(tmp_path / "log", payment_type=["Coin"] * 600)
    words = ["monitor", str(log), "--model", str(model), "--page", str(tmp_path), "--json"]
    found = CliRunner().invoke(app, words, catch_exceptions=False)
    assert found.exit_code == 3
    assert json.loads(found.stdout.splitlines()[-1])["passed"] is False
    assert "warning: the file must be one that can be written" in found.output


def test_only_the_rows_of_a_while_are_looked_at(model, tmp_path):
    log = write_log(tmp_path / "log", fare=[10.0] * 300 + [9999.0] * 300)
    code, found, _ = done(log, model, "--until", "2026-11-29T13:00", "--max-distance", 1)
    assert (code, found["rows"]) == (0, 300)
    code, found, _ = done(log, model, "--since", "2026-11-29T14:00+01:00", "--max-distance", 1)
    assert (code, found["rows"]) == (3, 300)
    assert found["alarms"] == ["fare: 100.00% of the numbers are beyond those of training"]
    assert "between --since and --until" in str(refused(log, model, "--since", "2026-12-24Z"))
    assert isinstance(refused(log, model, "--since", "yesterday"), SettingsError)


def test_rows_of_other_models_are_left_out_and_named(model, tmp_path):
    log = write_log(tmp_path / "log")
    write_log(log, "2.parquet", model_fingerprint=["another"] * 9 + [None], fare=[1e6] * 10)
    code, found, text = done(log, model)
    assert (code, found["rows"]) == (0, 600)
    assert found["others"] == {"another": 9, "none": 1}
    assert "left out: 9 rows of the model another" in text
    (log / "1.parquet").unlink()
    error = refused(log, model)
    assert isinstance(error, DataError)
    assert PARTS.whole in str(error)
    assert "another in 9 rows, none in 1 rows" in str(error)


@pytest.mark.parametrize(("right", "code"), [(0.9, 0), (0.8, 0), (0.7, 3)])
def test_a_model_that_is_surely_worse_than_promised_is_an_alarm(model, tmp_path, right, code):
    labels = write_labels(tmp_path / "labels.csv", right)
    options = "--labels", labels, "--key", "trip_id"
    exit_code, found, _ = done(write_log(tmp_path / "log"), model, *options)
    accuracy = next(one for one in found["metrics"] if one["name"] == "accuracy")
    assert found["labelled"] == 600
    assert accuracy["live"]["value"] == pytest.approx(right, abs=0.05)
    assert accuracy["promised"] == 0.8
    assert accuracy["alarm"] == (code == 3)
    assert exit_code == code or right == 0.8


def test_labels_of_a_few_rows_are_joined_by_their_key_alone(model, tmp_path):
    labels = write_labels(tmp_path / "labels.csv", 0.0, count=20, first=590)
    options = "--labels", labels, "--set", f"serve.log={{path: {tmp_path}, key: trip_id}}"
    code, found, _ = done(write_log(tmp_path / "log"), model, *options)
    assert found["labelled"] == 10
    accuracy = next(one for one in found["metrics"] if one["name"] == "accuracy")
    assert (accuracy["live"]["value"], accuracy["alarm"], code) == (0.0, False, 0)


def test_a_hashed_key_is_known_again_by_who_has_the_secret(model, tmp_path, monkeypatch):
    monkeypatch.setenv("A_SALT", "pepper")
    keys = [hashed(row, b"pepper") for row in range(600)]
    log = write_log(tmp_path / "log", hashed_trip_id=keys, trip_id=None)
    labels = write_labels(tmp_path / "labels.csv", 0.9)
    hiding = "{path: x, key: trip_id, hash_columns: [trip_id], salt_variable: A_SALT}"
    options = "--labels", labels, "--key", "trip_id"
    assert "no secret" in str(refused(log, model, *options))
    assert done(log, model, *options, "--set", f"serve.log={hiding}")[1]["labelled"] == 600


def test_answers_of_another_version_are_not_measured(model, tmp_path):
    log = write_log(tmp_path / "log", model_version=np.repeat([7, 8], 300))
    labels = write_labels(tmp_path / "labels.csv", 1.0)
    _, found, _ = done(log, model, "--labels", labels, "--key", "trip_id")
    assert (found["rows"], found["labelled"]) == (600, 300)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("trip,tips\n1,2\n", "joined by a key that both have"),
        ("trip_id,tips\n1,2\n1,3\n", "trip_id 1 twice"),
        ("trip_id,tips\n9999,2\n", "0 of 600 rows with a key"),
        ("trip_id,tips\n1,many\n", "every label must be one that can be read"),
        ("trip_id,other\n1,2\n", "no tips in"),
    ],
)
def test_labels_that_fit_nothing_are_refused(model, tmp_path, text, words):
    (tmp_path / "labels.csv").write_text(text)
    options = "--labels", tmp_path / "labels.csv", "--key", "trip_id"
    error = refused(write_log(tmp_path / "log"), model, *options)
    assert isinstance(error, DataError)
    assert words in str(error)


def test_without_a_key_nothing_is_joined(model, tmp_path):
    labels = write_labels(tmp_path / "labels.csv", 1.0)
    error = refused(write_log(tmp_path / "log"), model, "--labels", labels)
    assert "--key, or the setting serve.log.key" in str(error)


def test_a_log_that_is_none_is_refused_with_exit_code_4(model, tmp_path):
    assert refused(tmp_path / "nowhere", model).exit_code == 4
    (tmp_path / "log").mkdir()
    assert "no Parquet file" in str(refused(tmp_path / "log", model))
    (tmp_path / "log" / "1.parquet").write_bytes(b"half a file")
    assert "must be a whole Parquet file" in str(refused(tmp_path / "log", model))


def test_the_training_is_found_by_what_the_model_was_made_of(model, tmp_path):
    found = read_training_statistics(model)
    assert found.datasets[0].num_examples == 2000
    file = model.parent.parent / "statistics" / "Split-train" / "FeatureStats.pb"
    elsewhere = tmp_path / "serving" / "7"
    assert read_training_statistics(elsewhere, file) == found
    with pytest.raises(DataError, match="name the file with --statistics"):
        read_training_statistics(elsewhere)
    with pytest.raises(DataError, match="No such file"):
        read_training_statistics(elsewhere, tmp_path / "no.pb")
