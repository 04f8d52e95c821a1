"""Training: what the Trainer component runs."""

import dataclasses
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from model.feature_engineering.columns import Column, columns_of
from model.feature_engineering.feature_set import FeatureSet, load_features
from model.feature_engineering.labels import Head
from model.feature_engineering.transform_graph import TransformGraph
from model.feature_engineering.typical_row import read_typical_row
from model.feature_engineering.vocabularies import read_vocabulary
from model.serving.export import save_model
from model.serving.fingerprint import fingerprint_of, stamp
from model.serving.known_values import write_known_values
from model.serving.raw_columns import write_columns
from model.serving.requests import write_requests
from model.serving.vector_versions import write_vector_versions
from model.serving.vectors.space import space_of, write_space
from model.settings import TrainerSettings
from model.training.dealing import deal, folds
from model.training.embedding_network import embedding_network
from model.training.fitting import Record, Work, fit
from model.training.network import average, wire
from model.training.rows import Layout, Part, find_files
from model.training.schedule import Schedule
from model.training.trials import Trials
from zeroskew.errors import SettingsError
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
    schema = read_schema(Path(fn_args.schema_path))
    columns = columns_of(schema)
    trained = train(
        features,
        settings,
        columns=columns,
        classes=read_vocabulary(fn_args.transform_output, features.label.name),
        seed=config["seed"],
        train_files=fn_args.train_files,
        log_dir=fn_args.model_run_dir,
    )
    graph = TransformGraph(fn_args.transform_output, columns)
    save_model(
        trained.network,
        trained.head,
        features,
        columns,
        graph,
        trained.embedder,
        target=fn_args.serving_model_dir,
    )
    fingerprint = fingerprint_of(features, schema, fn_args.transform_output)
    stamp(fn_args.serving_model_dir, fingerprint)
    if trained.embedder is not None:
        space = space_of(features, columns, trained.embedder, fingerprint.whole)
        write_space(fn_args.serving_model_dir, space)
    write_columns(fn_args.serving_model_dir, schema, features.sources)
    write_known_values(fn_args.serving_model_dir, features)
    write_vector_versions(fn_args.serving_model_dir, features.vector_versions)
    taken = [columns[name] for name in features.sources]
    write_requests(fn_args.serving_model_dir, taken, read_typical_row(fn_args.transform_output))
    content = json.dumps(dataclasses.asdict(trained.record))
    Path(fn_args.model_run_dir, TRAINING_RECORD).write_text(content, encoding="utf-8")


@dataclasses.dataclass(frozen=True)
class Trained:
    """What training makes.

    Attributes:
        network: maps the transformed features to numbers.
        head: makes of these what a client gets.
        record: how it went.
        embedder: maps the transformed features to vectors; None if no embedding is declared.
    """

    network: keras.Model
    head: Head
    record: Record
    embedder: keras.Model | None


def train(
    features: FeatureSet,
    settings: TrainerSettings,
    *,
    columns: Mapping[str, Column],
    classes: Sequence[str],
    seed: int,
    train_files: list[str],
    log_dir: str,
) -> Trained:
    """Trains until the validation loss no longer falls, and keeps the best epoch's weights.

    The validation rows are dealt from the train split by the hash of the row. The eval split is not
    read: a model that was picked by the rows that judge it looks better than it is. Where few rows
    train, several networks do, each with another part of the rows for validation, and the model is
    the mean of them.

    Where there are more weights than rows, penalties on them are tried first.

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
    layout, files = Layout.of(features), find_files(train_files)
    parts = (Part(settings.validation, 1), Part(0, settings.validation))
    splits = deal(files, layout, parts, settings.memory_mib << 20, seed)
    labels = map(layout.labels, splits[0].in_order())
    head = features.label.head(labels, classes, columns)
    if settings.dropout is None:
        settings = settings.model_copy(update={"dropout": head.dropout})
    schedule = Schedule.of(settings, splits[0].rows)
    started_at = time.perf_counter()
    taught, kept = splits
    pairs = [(taught, kept)] if schedule.members == 1 else folds(splits, schedule.members, layout)
    strategy = choose_strategy(min(split.rows for pair in pairs for split in pair))
    trials = Trials(features, head, layout, schedule, seed, *pairs[0])
    settings, tried = trials.choose(settings)
    keras.utils.set_random_seed(seed)
    fits, wired = [], []
    for number, (taught, kept) in enumerate(pairs):
        work = Work(layout, schedule, Path(log_dir), seed + number, number, len(pairs))
        with strategy.scope():
            wired.append(wire(features, settings, head.units, number, taught.rows))
        fits.append(fit(wired[-1].network, head, settings, work, taught, kept, strategy))
    name_alike(Path(log_dir))
    with strategy.scope():
        whole = average([one.network for one in fits])
        declared = features.embedding
        embedder = embedding_network(declared, wired) if declared else None
    record = Record.of(fits, time.perf_counter() - started_at, tried)
    return Trained(whole, head, record, embedder)


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
