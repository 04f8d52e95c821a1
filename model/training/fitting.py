"""Training one network."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from model.feature_engineering.labels import Head
from model.settings import TrainerSettings
from model.training.input_pipeline import (
    Plan,
    batches_in_order,
    shuffled_batches,
    steps_per_execution,
)
from model.training.progress_callback import ProgressCallback
from model.training.rows import Layout
from model.training.schedule import Schedule
from model.training.shuffle import Repeated, Split
from zeroskew.errors import StepError


@dataclasses.dataclass(frozen=True)
class Work:
    """What is the same for all networks of a model, and which one it is.

    Attributes:
        layout: of a row.
        schedule: how long it is trained.
        log_dir: gets TensorBoard's files; None for none.
        seed: of the order of the rows.
        number: of the network, the first one is 0.
        of: how many there are.
        trial: what is tried, if the network is no part of the model.
    """

    layout: Layout
    schedule: Schedule
    log_dir: Path | None
    seed: int
    number: int = 0
    of: int = 1
    trial: str = ""


@dataclasses.dataclass(frozen=True)
class Fit:
    """A trained network.

    Attributes:
        network: with the weights of its best epoch.
        loss: the train loss of each epoch.
        val_loss: the validation loss after each.
        rows: that taught it.
        passes: over these in an epoch.
    """

    network: keras.Model
    loss: list[float]
    val_loss: list[float]
    rows: int
    passes: int


@dataclasses.dataclass(frozen=True)
class Trial:
    """A penalty that was tried.

    Attributes:
        setting: its name.
        value: the penalty.
        before: loss of the validation rows without it.
        after: the same with it.
        taken: whether it is less by more than chance, that is by a standard error.
    """

    setting: str
    value: float
    before: float
    after: float
    taken: bool


@dataclasses.dataclass(frozen=True)
class Record:
    """How the training went; of several networks, the first one's losses are kept.

    Attributes:
        epochs: passes over the rows.
        loss: the train loss from one validation to the next.
        val_loss: the validation losses.
        best: the mean of the networks' least validation losses.
        networks: how many were trained.
        rows: that taught the first one.
        rows_per_second: train rows of all epochs, by the time of training, trials and evaluating.
        trials: of penalties, see `Trial`.
    """

    epochs: int
    loss: list[float]
    val_loss: list[float]
    best: float
    networks: int
    rows: int
    rows_per_second: int
    trials: Sequence[Trial] = ()

    @classmethod
    def of(cls, fits: Sequence[Fit], seconds: float, trials: Sequence[Trial]) -> "Record":
        """Returns the record of networks that took so long, with their trials."""
        first, seen = fits[0], sum(len(one.loss) * one.passes * one.rows for one in fits)
        best = float(np.mean([np.nanmin(one.val_loss) for one in fits]))
        return cls(
            epochs=len(first.loss) * first.passes,
            loss=first.loss,
            val_loss=first.val_loss,
            best=best,
            networks=len(fits),
            rows=first.rows,
            rows_per_second=round(seen / seconds),
            trials=tuple(trials),
        )


def fit(
    network: keras.Model,
    head: Head,
    settings: TrainerSettings,
    work: Work,
    taught: Split,
    kept: Split,
    strategy: Any,
) -> Fit:
    """Trains a network until the loss of the rows that do not teach it no longer falls.

    Args:
        network: untrained.
        head: of the label.
        settings: how to train.
        work: how long, and which network it is.
        taught: the rows that teach it.
        kept: those that do not.
        strategy: the `tf.distribute.Strategy` that made the network.

    Raises:
        StepError: the training diverged.
    """
    schedule, replicas = work.schedule, strategy.num_replicas_in_sync
    size = schedule.batch_size * replicas
    shown = Repeated(taught, schedule.passes)
    steps = steps_per_execution(shown.rows, size, kept.rows, replicas)
    plan = Plan.for_steps(shown.rows, size, steps, replicas)
    with strategy.scope():
        decay = keras.optimizers.schedules.CosineDecay(
            settings.learning_rate, schedule.epochs * plan.batches
        )
        network.compile(
            optimizer=keras.optimizers.AdamW(decay, weight_decay=settings.weight_decay),
            loss=head.loss,
            jit_compile=False,
            steps_per_execution=steps,
        )
    history = network.fit(
        shuffled_batches(shown, work.layout, plan, work.seed),
        validation_data=batches_in_order(
            kept, work.layout, Plan.for_steps(kept.rows, 4 * size, steps, replicas)
        ),
        epochs=schedule.epochs,
        verbose=0,
        callbacks=_callbacks(work, shown.rows, plan.batches),
    ).history
    if not np.isfinite(history["val_loss"]).any():
        raise StepError(
            "training must end with a loss that is a number",
            received=f"a validation loss of {history['val_loss'][0]} from the first epoch on",
            action="lower trainer.learning_rate, or scale what is far out (scaling='log')",
        )
    return Fit(network, history["loss"], history["val_loss"], taught.rows, schedule.passes)


def _callbacks(work: Work, rows: int, batches: int) -> list[Any]:
    epochs = work.schedule.epochs
    callbacks = [
        keras.callbacks.EarlyStopping(
            monitor="val_loss", patience=work.schedule.patience, restore_best_weights=True
        ),
        ProgressCallback(rows, batches, epochs, work.number, work.of, work.trial),
    ]
    if work.log_dir:
        log_dir = work.log_dir if work.of == 1 else work.log_dir / f"network-{work.number}"
        board = keras.callbacks.TensorBoard(str(log_dir), write_graph=False, profile_batch=0)
        callbacks.append(board)
    return callbacks
