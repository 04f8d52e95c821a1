"""What is learned, from rows in any order, in memory or on disk."""

import dataclasses
import json
import os
import re
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pyarrow as pa
import tensorflow as tf
from training_case import FEATURES, SETTINGS, draw_rows, run_training, write_rows

from model import Amount, FeatureSet
from model.feature_engineering.labels import Label
from model.training import dealing
from model.training.fitting import Record
from model.training.trainer import train
from zeroskew.errors import DataError, StepError
from zeroskew.progress import Progress, listening

# Of the 6,000 rows of the case; the others end the training.
LEARNED_FROM = 5_431


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, list[Progress]]:
    """A training, and what it told meanwhile."""
    told: list[Progress] = []
    with listening(told.append):
        record = run_training(tmp_path_factory.mktemp("mixed"))
    return record, told


@pytest.fixture(scope="module")
def mixed(watched: tuple[Record, list[Progress]]) -> Record:
    return watched[0]


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_sorted_rows_train_like_mixed_ones(
    tmp_path: Path, mixed: Record, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "disk":
        holder = dealing.Holder
        monkeypatch.setattr(dealing, "Holder", lambda _, random: holder(100, random))
    record = run_training(tmp_path, sort=True)
    assert record.val_loss == pytest.approx(mixed.val_loss, abs=0.01)
    assert max(record.val_loss) < 0.58


def test_the_same_rows_and_seed_give_the_same_losses(tmp_path: Path, mixed: Record) -> None:
    record = run_training(tmp_path)
    assert record.loss == pytest.approx(mixed.loss, abs=1e-6)


def test_the_record_says_how_it_went(mixed: Record) -> None:
    assert (mixed.rows, mixed.epochs) == (LEARNED_FROM, 3)
    assert len(mixed.loss) == len(mixed.val_loss) == 3
    assert mixed.rows_per_second > 0
    assert json.loads(json.dumps(dataclasses.asdict(mixed)))["epochs"] == 3


def test_tensorboard_s_files_hold_the_losses_of_the_record(tmp_path: Path) -> None:
    record = run_training(tmp_path, epochs=2)
    for name, losses in (("train", record.loss), ("validation", record.val_loss)):
        file = tmp_path / "log" / name / "events.out.tfevents.0.v2"
        found = {
            event.step: float(tf.make_ndarray(value.tensor))
            for event in tf.compat.v1.train.summary_iterator(str(file))
            for value in event.summary.value
            if value.tag == "epoch_loss"
        }
        assert found == pytest.approx(dict(enumerate(losses)), rel=1e-6)


def test_it_tells_how_far_it_is(watched: tuple[Record, list[Progress]]) -> None:
    record, told = watched
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert (told[-1].done, told[-1].total, told[-1].unit) == (
        3 * LEARNED_FROM,
        3 * LEARNED_FROM,
        "rows",
    )
    losses = f"loss {record.loss[2]:.4f}, validation loss {record.val_loss[1]:.4f}"
    assert told[-1].note == f"epoch 3, {losses}"
    assert re.fullmatch(r"epoch 1, loss 0\.\d{4}", told[0].note)


def test_training_stops_when_the_validation_loss_no_longer_falls(tmp_path: Path) -> None:
    record = run_training(tmp_path, epochs=12, patience=2, learning_rate=0.2)
    best = int(np.argmin(record.val_loss))
    assert record.epochs == best + 3 < 12


@pytest.mark.parametrize(
    ("label", "said", "dropout"),
    [
        (FEATURES.label, None, 0.2),
        (Amount("y"), None, 0.0),
        (Amount("y"), 0.5, 0.5),
    ],
)
def test_dropout_is_what_suits_the_label_unless_said(
    tmp_path: Path, label: Label, said: float | None, dropout: float
) -> None:
    table = pa.Table.from_batches([draw_rows(200, False)])
    kind = pa.float32() if isinstance(label, Amount) else pa.int64()
    (batch,) = table.set_column(2, "y", table["y"].cast(kind)).to_batches()
    trained = train(
        FeatureSet(label, FEATURES.features),
        SETTINGS.model_copy(update={"dropout": said, "epochs": 1}),
        columns={},
        classes=(),
        seed=1,
        train_files=write_rows(tmp_path / "train", batch),
        log_dir=str(tmp_path / "log"),
    )
    assert trained.network.get_layer("dropout_0").rate == dropout


def test_several_networks_each_keep_other_rows_and_the_model_is_their_mean(
    tmp_path: Path,
) -> None:
    told: list[Progress] = []
    with listening(told.append):
        record = run_training(tmp_path, rows=600, epochs=2, members=3)
    assert (record.networks, record.rows, record.epochs) == (3, 400, 2)
    assert told[-1].done == told[-1].total == 3 * 2 * 400
    assert told[-1].note.startswith("network 3, epoch 2, loss ")
    assert record.best == pytest.approx(record.val_loss[1], abs=0.1)
    logs = sorted(file.name for file in (tmp_path / "log").iterdir())
    assert logs == ["network-0", "network-1", "network-2"]


def test_a_training_that_diverges_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(StepError) as raised:
        run_training(tmp_path, learning_rate=1e38)
    assert raised.value.rule == "training must end with a loss that is a number"
    assert raised.value.received == "a validation loss of nan from the first epoch on"


def test_a_split_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a split to train or evaluate with has rows"):
        train(
            FEATURES,
            SETTINGS,
            columns={},
            classes=(),
            seed=1,
            train_files=[f"{tmp_path}/*"],
            log_dir=str(tmp_path),
        )
