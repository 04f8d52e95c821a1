"""Training: what the Trainer component runs."""

import dataclasses
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from model.feature_engineering.columns import Column, columns_of
from model.feature_engineering.feature_set import FeatureSet, load_features
from model.feature_engineering.labels import Head
from model.feature_engineering.transform_graph import TransformGraph
from model.feature_engineering.vocabularies import read_vocabulary
from model.serving.export import save_model
from model.serving.raw_columns import write_columns
from model.settings import TrainerSettings
from model.training.input_pipeline import (
    Plan,
    batches_in_order,
    shuffled_batches,
    steps_per_execution,
)
from model.training.network import build_network
from model.training.progress_callback import ProgressCallback
from model.training.rows import Layout, Part, find_files, read_parts
from model.training.shuffle import Holder
from zeroskew.errors import SettingsError, StepError
from zeroskew.schema import read_schema

TRAINING_RECORD = "training.json"

_ROWS_TO_SEE = 5_000_000
_LEAST_EPOCHS = 2
_MOST_EPOCHS = 30


@dataclasses.dataclass(frozen=True)
class Record:
    """How the training went.

    Attributes:
        epochs: how many it took.
        loss: the train loss of each.
        val_loss: the validation loss after each.
        rows: that the network learned from.
        rows_per_second: train rows of all epochs, by the time of training and evaluating.
    """

    epochs: int
    loss: list[float]
    val_loss: list[float]
    rows: int
    rows_per_second: int


def run_fn(fn_args: Any) -> None:
    """Trains the network and exports it with its feature engineering.

    Args:
        fn_args: TFX's `FnArgs`; its `custom_config` holds `features`, `seed` and `trainer`.
    """
    config = fn_args.custom_config
    features = load_features(config["features"])
    settings = TrainerSettings(**config["trainer"])
    schema = read_schema(Path(fn_args.schema_path))
    columns = columns_of(schema)
    network, head, record = train(
        features,
        settings,
        columns=columns,
        classes=read_vocabulary(fn_args.transform_output, features.label.name),
        seed=config["seed"],
        train_files=fn_args.train_files,
        log_dir=fn_args.model_run_dir,
    )
    graph = TransformGraph(fn_args.transform_output, columns)
    save_model(network, head, features, columns, graph, target=fn_args.serving_model_dir)
    write_columns(fn_args.serving_model_dir, schema, features.sources)
    content = json.dumps(dataclasses.asdict(record))
    Path(fn_args.model_run_dir, TRAINING_RECORD).write_text(content, encoding="utf-8")


def train(
    features: FeatureSet,
    settings: TrainerSettings,
    *,
    columns: Mapping[str, Column],
    classes: Sequence[str],
    seed: int,
    train_files: list[str],
    log_dir: str,
) -> tuple[keras.Model, Head, Record]:
    """Trains until the validation loss no longer falls, and keeps the best epoch's weights.

    The validation rows are dealt from the train split by the hash of the row. The eval split is not
    read: a model that was picked by the rows that judge it looks better than it is.

    Rows are weighted only if the label says by what, and classes never, so that the probabilities
    stay calibrated.

    Args:
        features: the feature list.
        settings: how to train.
        columns: the schema's columns by name.
        classes: of the label, that Transform learned; empty if there are none.
        seed: the same seed gives the same network on the same machine.
        train_files: patterns of the transformed train split.
        log_dir: gets TensorBoard's files.

    Raises:
        DataError: a part has no row with a label, or nothing can be learned from the labels.
        StepError: the training diverged.
    """
    keras.utils.set_random_seed(seed)
    layout = Layout.of(features)
    parts = (Part(settings.validation, 1), Part(0, settings.validation))
    holders = [Holder(settings.memory_mib << 20, np.random.default_rng(seed)) for _ in parts]
    for some in read_parts(find_files(train_files), layout, parts):
        for holder, rows in zip(holders, some, strict=True):
            holder.add(rows)
    train_split, validation_split = (holder.split() for holder in holders)
    labels = map(layout.labels, train_split.in_order())
    head = features.label.head(labels, classes, columns)
    strategy = choose_strategy(min(train_split.rows, validation_split.rows))
    replicas = strategy.num_replicas_in_sync
    batch_size = settings.batch_size * replicas
    steps = steps_per_execution(train_split.rows, batch_size, validation_split.rows, replicas)
    plan = Plan.for_steps(train_split.rows, batch_size, steps, replicas)
    validation_plan = Plan.for_steps(validation_split.rows, 4 * batch_size, steps, replicas)
    epochs = settings.epochs or epochs_for(train_split.rows)
    with strategy.scope():
        network = build_network(features, settings, head.units)
        network.compile(
            optimizer=keras.optimizers.AdamW(
                keras.optimizers.schedules.CosineDecay(
                    settings.learning_rate, epochs * plan.batches
                ),
                weight_decay=settings.weight_decay,
            ),
            loss=head.loss,
            jit_compile=False,
            steps_per_execution=steps,
        )
    started_at = time.perf_counter()
    history = network.fit(
        shuffled_batches(train_split, layout, plan, seed),
        validation_data=batches_in_order(validation_split, layout, validation_plan),
        epochs=epochs,
        verbose=0,
        callbacks=[
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=settings.patience, restore_best_weights=True
            ),
            keras.callbacks.TensorBoard(log_dir, write_graph=False, profile_batch=0),
            ProgressCallback(train_split.rows, plan.batches, epochs),
        ],
    ).history
    if not np.isfinite(history["val_loss"]).any():
        raise StepError(
            "training must end with a loss that is a number",
            received=f"a validation loss of {history['val_loss'][0]} from the first epoch on",
            action="lower trainer.learning_rate, or scale what is far out (scaling='log')",
        )
    seen = len(history["loss"]) * train_split.rows
    name_alike(Path(log_dir))
    return (
        network,
        head,
        Record(
            epochs=len(history["loss"]),
            loss=history["loss"],
            val_loss=history["val_loss"],
            rows=train_split.rows,
            rows_per_second=round(seen / (time.perf_counter() - started_at)),
        ),
    )


def epochs_for(rows: int) -> int:
    """Returns how many epochs show the network `_ROWS_TO_SEE` rows, within bounds."""
    return min(max(-(-_ROWS_TO_SEE // rows), _LEAST_EPOCHS), _MOST_EPOCHS)


def name_alike(log_dir: Path) -> None:
    """Names TensorBoard's files by their order, instead of by time and process.

    A step that is tried again then replaces what its first try may have left in a bucket;
    TensorBoard would show the curves of both.
    """
    for folder in {file.parent for file in log_dir.rglob("events.out.tfevents.*")}:
        for number, file in enumerate(sorted(folder.glob("events.out.tfevents.*"))):
            file.rename(folder / f"events.out.tfevents.{number}.v2")


def choose_strategy(rows: int) -> tf.distribute.Strategy:
    """Picks the `tf.distribute` strategy that fits the hardware.

    Several GPUs of this machine share each batch, unless a split has too few rows to share.

    Args:
        rows: of the smallest split.

    Raises:
        SettingsError: TF_CONFIG names several workers. Keras 3 cannot train across machines on
            TensorFlow (keras-team/keras#20585), and each would train a model of its own.
    """
    workers = json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster", {}).get("worker", [])
    if len(workers) > 1:
        raise SettingsError(
            "the Trainer trains on one machine, on all its GPUs",
            received=f"TF_CONFIG with {len(workers)} workers",
            action="run it as one worker, on a machine with more GPUs",
        )
    gpus = tf.config.list_logical_devices("GPU")
    if len(gpus) > 1 and rows >= 2 * len(gpus):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()
