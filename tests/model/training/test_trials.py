"""Penalties are taken where rows that do not teach say that they help."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from training_case import SETTINGS, run_training, write_rows

from model import Amount, FeatureSet, Integer, Numeric
from model.feature_engineering.feature_set import ROW_KEY
from model.feature_engineering.labels import WEIGHT
from model.training import trials
from model.training.fitting import Record
from model.training.trainer import train
from zeroskew.progress import Progress, listening

SOME = SETTINGS.model_copy(update={"epochs": 5, "validation": 0.3})
ROWS, IDS = 2_000, 400


def learn(folder: Path, features: FeatureSet, columns: dict[str, np.ndarray], **said) -> Record:
    """Trains on the columns, beside which each row has a key and counts 1."""
    rows = len(next(iter(columns.values())))
    keys = np.random.default_rng(7).integers(0, 2**62, rows)
    every = {**columns, WEIGHT: np.ones(rows, np.float32), ROW_KEY: keys}
    arrays = [pa.array(one) for one in every.values()]
    trained = train(
        features,
        SOME.model_copy(update=said),
        columns={},
        classes=(),
        seed=1,
        train_files=write_rows(folder / "t", pa.RecordBatch.from_arrays(arrays, [*every])),
        log_dir=str(folder / "log"),
    )
    return trained.record


def ids_case(folder: Path, told: float, **said: object) -> Record:
    """A label that an id of five rows tells by so much, and a number tells by half."""
    random = np.random.default_rng(3)
    ids = random.integers(0, IDS, ROWS)
    x = random.normal(size=ROWS).astype(np.float32)
    effects = told * random.normal(size=IDS)
    y = 0.5 * x + effects[ids] + 0.3 * random.normal(size=ROWS)
    features = FeatureSet(
        Amount("y"), [Numeric("x"), Integer("c", low=0, high=IDS - 1, embedding=8)]
    )
    return learn(folder, features, {"x_xf": x, "c_xf": ids, "y": y.astype(np.float32)}, **said)


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, list[Progress], Path]:
    """A training with ids that tell nothing, what it told, and its folder of curves."""
    folder, told = tmp_path_factory.mktemp("noise"), list[Progress]()
    with listening(told.append):
        record = ids_case(folder, told=0.0)
    return record, told, folder / "log"


def test_ids_that_tell_nothing_bear_a_penalty(noise: Any) -> None:
    (trial, *others) = noise[0].trials
    assert (trial.setting, trial.value, trial.taken) == ("l2_ids", 100.0, True)
    assert trial.after < 0.9 * trial.before
    assert others == []


def test_ids_that_tell_nearly_all_do_not(tmp_path: Path) -> None:
    (trial,) = ids_case(tmp_path, told=2.0).trials
    assert (trial.setting, trial.taken) == ("l2_ids", False)
    assert trial.after > trial.before


def test_what_the_settings_say_is_not_tried(tmp_path: Path) -> None:
    assert ids_case(tmp_path, told=0.0, l2_ids=3.0).trials == ()


def test_a_network_with_fewer_weights_than_rows_has_no_trials(tmp_path: Path) -> None:
    assert run_training(tmp_path).trials == ()


def test_columns_that_tell_nothing_bear_a_penalty(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    values = random.normal(size=(2_000, 80)).astype(np.float32)
    y = values[:, 0] * values[:, 1] + values[:, 2] + 0.2 * random.normal(size=2_000)
    names = [f"n{place}" for place in range(80)]
    columns = {f"{name}_xf": one for name, one in zip(names, values.T, strict=True)}
    features = FeatureSet(Amount("y"), [Numeric(name) for name in names])
    columns["y"] = y.astype(np.float32)
    (trial,) = learn(tmp_path, features, columns, epochs=10, hidden_units=(32,)).trials
    assert (trial.setting, trial.value, trial.taken) == ("l1_inputs", 8.0, True)


def test_a_trial_says_what_it_tries_and_leaves_no_curves(noise: Any) -> None:
    units = list(dict.fromkeys(one.unit for one in noise[1]))
    assert units == ["rows to try no penalty", "rows to try l2_ids 100", "rows"]
    assert sorted(one.name for one in noise[2].iterdir()) == ["train", "validation"]


def test_the_record_of_trials_is_plain(noise: Any) -> None:
    record = json.loads(json.dumps(dataclasses.asdict(noise[0])))
    assert [*record["trials"][0]] == ["setting", "value", "before", "after", "taken"]


@pytest.mark.parametrize(("gain", "taken"), [(0.0, False), (0.01, False), (0.2, True)])
def test_a_penalty_is_taken_only_if_it_gains_more_than_chance(gain: float, taken: bool) -> None:
    losses = np.random.default_rng(1).exponential(size=400)
    noise = np.random.default_rng(2).normal(size=400)
    assert trials._is_less(losses - gain + noise - noise.mean(), losses) is taken


def test_many_rows_are_tried_by_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_MOST_ROWS", 20_000)
    rows = np.arange(50_000, dtype=np.int32)[:, np.newaxis]
    some = trials._some(trials.InMemory([rows]), np.random.default_rng(1))
    (found,) = [np.concatenate([*some.in_order()])[:, 0]]
    assert (some.rows, len(set(found.tolist()))) == (20_000, 20_000)
    assert 24_000 < found.mean() < 26_000
