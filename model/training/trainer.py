"""Training: what the Trainer component runs."""

import json
import os
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from model.feature_engineering.columns import columns_of
from model.feature_engineering.feature_set import FeatureSet, load_features
from model.feature_engineering.transform_graph import TransformGraph
from model.serving.export import save_model
from model.settings import TrainerSettings
from model.training.input_pipeline import count_rows, read_batches
from model.training.network import build_network
from zeroskew.schema import read_schema

TRAINING_RECORD = "training.json"


def run_fn(fn_args: Any) -> None:
    """Trains the network and exports it with its feature engineering.

    Args:
        fn_args: TFX's `FnArgs`; its `custom_config` holds `features`, `seed` and `trainer`.
    """
    config = fn_args.custom_config
    features = load_features(config["features"])
    settings = TrainerSettings(**config["trainer"])
    network, history = train(
        features,
        settings,
        seed=config["seed"],
        train_files=fn_args.train_files,
        eval_files=fn_args.eval_files,
        log_dir=fn_args.model_run_dir,
    )
    columns = columns_of(read_schema(Path(fn_args.schema_path)))
    graph = TransformGraph(fn_args.transform_output, columns)
    save_model(network, features, columns, graph, target=fn_args.serving_model_dir)
    record = {
        "epochs": len(history["loss"]),
        "loss": history["loss"],
        "val_loss": history["val_loss"],
    }
    Path(fn_args.model_run_dir, TRAINING_RECORD).write_text(json.dumps(record), encoding="utf-8")


def train(
    features: FeatureSet,
    settings: TrainerSettings,
    *,
    seed: int,
    train_files: list[str],
    eval_files: list[str],
    log_dir: str,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Trains until the eval loss no longer falls, and keeps the best epoch's weights.

    Neither rows nor classes are weighted, so that the probabilities stay calibrated.

    Returns:
        The network, and the losses of each epoch by name.
    """
    keras.utils.set_random_seed(seed)
    rows = count_rows(train_files)
    cache = rows <= settings.cache_rows
    strategy = choose_strategy()
    batch_size = settings.batch_size * strategy.num_replicas_in_sync
    train_batches = read_batches(train_files, features, batch_size, shuffle_seed=seed, cache=cache)
    eval_batches = read_batches(eval_files, features, 4 * batch_size, cache=cache)
    steps = settings.epochs * -(-rows // batch_size)
    with strategy.scope():
        network = build_network(features, settings)
        network.compile(
            optimizer=keras.optimizers.AdamW(
                keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps),
                weight_decay=settings.weight_decay,
            ),
            loss=keras.losses.BinaryCrossentropy(from_logits=True),
            jit_compile=False,
        )
    history = network.fit(
        train_batches,
        validation_data=eval_batches,
        epochs=settings.epochs,
        verbose=0,
        callbacks=[
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=settings.patience, restore_best_weights=True
            ),
            keras.callbacks.TensorBoard(log_dir, write_graph=False, profile_batch=0),
        ],
    )
    name_alike(Path(log_dir))
    return network, history.history


def name_alike(log_dir: Path) -> None:
    """Names TensorBoard's files by their order, instead of by time and process.

    A step that is tried again then replaces what its first try may have left in a bucket;
    TensorBoard would show the curves of both.
    """
    for folder in {file.parent for file in log_dir.rglob("events.out.tfevents.*")}:
        for number, file in enumerate(sorted(folder.glob("events.out.tfevents.*"))):
            file.rename(folder / f"events.out.tfevents.{number}.v2")


def choose_strategy() -> tf.distribute.Strategy:
    """Picks the `tf.distribute` strategy that fits the hardware.

    Several workers (named by TF_CONFIG) or several GPUs train in step; one device needs none.
    """
    if "TF_CONFIG" in os.environ and "worker" in os.environ["TF_CONFIG"]:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()
