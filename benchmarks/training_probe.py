"""One way to train, once in a process of its own; or the transformed rows to train on.

Usage::

    python -m benchmarks.training_probe data FOLDER ROWS
    python -m benchmarks.training_probe ours|keras|template FOLDER EPOCHS

The last line of stdout is JSON.
"""

import contextlib
import functools
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.evaluation_data import FEATURES, SCHEMA, feature_list
from benchmarks.statistics import write_examples
from model.feature_engineering.feature_set import ROW_KEY
from model.feature_engineering.network_inputs import join
from model.feature_engineering.preprocessing import preprocessing_fn
from model.feature_engineering.raw_rows import read_batches
from model.feature_engineering.transform.analysis import learn_graph
from model.feature_engineering.transform.materialisation import (
    Graph,
    Shard,
    Statistics,
    materialise,
)
from model.feature_engineering.transform.raw_batches import RawBatches
from model.feature_engineering.transform.unread_dates import UnreadDates
from model.settings import TrainerSettings
from model.training.network import build_network
from model.training.rows import Layout, Part, find_files, read_rows
from model.training.trainer import train
from zeroskew.schema import read_schema
from zeroskew.statistics.compute import StatisticsCounter

LIST, _ = feature_list()
_SEED = 1
_BATCH = 512
_SHUFFLED = 100_000


def write_transformed(folder: Path, rows: int) -> dict[str, int]:
    """Writes transformed examples of drawn trips; returns the rows to learn from."""
    write_examples(folder, rows, varied=True)
    function = functools.partial(preprocessing_fn, custom_config={"features": FEATURES})
    schema = read_schema(SCHEMA)
    raw = RawBatches(schema, function)
    sources = sorted(map(str, (folder / "Split-train").iterdir()))
    learn_graph(sources, raw, schema, function, str(folder / "graph"))
    shards = [
        Shard(file, str(folder / "transformed" / "train" / Path(file).name), False)
        for file in sources
    ]
    statistics = Statistics(StatisticsCounter(), StatisticsCounter())
    materialise(Graph(str(folder / "graph")), raw, shards, statistics, UnreadDates(()))
    return {"rows": deal(folder)}


def deal(folder: Path) -> int:
    """Deals the train rows as the Trainer does, for those that cannot; returns the rows to learn.

    So all learn from the same rows, and measure their loss on the same others.
    """
    spec = {ROW_KEY: tf.io.FixedLenFeature([], tf.int64)}
    batches = read_batches(
        str(folder / "transformed" / "train"),
        lambda serialized: (serialized, tf.io.parse_example(serialized, spec)[ROW_KEY]),
    )
    share = TrainerSettings().validation
    parts = {"learned": Part(share, 1), "validation": Part(0, share)}
    counts = dict.fromkeys(parts, 0)
    with contextlib.ExitStack() as stack:
        files = {}
        for name in parts:
            (folder / "transformed" / name).mkdir()
            file = str(folder / "transformed" / name / "rows.gz")
            files[name] = stack.enter_context(tf.io.TFRecordWriter(file, "GZIP"))
        for serialized, keys in batches:
            for name, part in parts.items():
                chosen = serialized[part.holds(keys)]
                counts[name] += len(chosen)
                for record in chosen:
                    files[name].write(record)
    return counts["learned"]


def patterns(folder: Path, split: str) -> list[str]:
    """Returns the pattern of the transformed examples of a split."""
    return [f"{folder / 'transformed' / split}/*"]


def ours(folder: Path, epochs: int) -> tuple[float, float]:
    """Trains as the Trainer does, reading included; returns seconds and validation loss."""
    start = time.perf_counter()
    trained = train(
        LIST,
        TrainerSettings(epochs=epochs, patience=epochs, batch_size=_BATCH),
        columns={},
        classes=(),
        seed=_SEED,
        train_files=patterns(folder, "train"),
        log_dir=str(folder / "log"),
    )
    return time.perf_counter() - start, trained.record.val_loss[-1]


def bare_keras(folder: Path, epochs: int) -> tuple[float, float]:
    """Trains on NumPy arrays, the reading of which does not count."""
    layout = Layout.of(LIST)
    arrays = {}
    for split in ("learned", "validation"):
        files = find_files(patterns(folder, split))
        tensors, label = layout.unpack(tf.constant(np.concatenate([*read_rows(files, layout)])))
        arrays[split] = {name: one.numpy() for name, one in tensors.items()}, label.numpy()
    network = _network(epochs, len(arrays["learned"][1]))
    return _timed(
        network,
        *arrays["learned"],
        batch_size=_BATCH,
        validation_data=arrays["validation"],
        validation_batch_size=4 * _BATCH,
        epochs=epochs,
    )


def template(folder: Path, epochs: int) -> tuple[float, float]:
    """Trains from a tf.data pipeline that parses serialized rows in every epoch."""
    spec = {output.name: tf.io.FixedLenFeature([1], output.dtype) for output in LIST.outputs}
    spec[LIST.label.name] = tf.io.FixedLenFeature([1], tf.int64)

    def parse(serialized: Any) -> tuple[dict[str, Any], Any]:
        tensors = tf.io.parse_example(serialized, spec)
        label = tensors.pop(LIST.label.name)
        return join(LIST.outputs, tensors), label

    def batches(split: str, size: int) -> Any:
        files = find_files(patterns(folder, split))
        rows = tf.data.TFRecordDataset(files, "GZIP", num_parallel_reads=tf.data.AUTOTUNE).cache()
        if split == "learned":
            rows = rows.shuffle(_SHUFFLED, seed=_SEED)
        parsed = rows.batch(size).map(parse, num_parallel_calls=tf.data.AUTOTUNE)
        return parsed.prefetch(tf.data.AUTOTUNE)

    files = find_files(patterns(folder, "learned"))
    rows = sum(1 for _ in tf.data.TFRecordDataset(files, "GZIP").batch(_BATCH)) * _BATCH
    network = _network(epochs, rows)
    evaluated = batches("validation", 4 * _BATCH)
    return _timed(network, batches("learned", _BATCH), validation_data=evaluated, epochs=epochs)


def _network(epochs: int, rows: int) -> keras.Model:
    settings = TrainerSettings()
    keras.utils.set_random_seed(_SEED)
    network = build_network(LIST, settings, 1)
    steps = epochs * -(-rows // _BATCH)
    network.compile(
        optimizer=keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps),
            weight_decay=settings.weight_decay,
        ),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return network


def _timed(network: keras.Model, *data: Any, **options: Any) -> tuple[float, float]:
    start = time.perf_counter()
    history = network.fit(*data, verbose=0, **options).history
    return time.perf_counter() - start, history["val_loss"][-1]


def main() -> None:
    """Does what the arguments say."""
    way, name, number = sys.argv[1:]
    if way == "data":
        print(json.dumps(write_transformed(Path(name), int(number))))
        return
    ways = {"ours": ours, "keras": bare_keras, "template": template}
    seconds, loss = ways[way](Path(name), int(number))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "validation_loss": loss, "peak_mib": peak}))


if __name__ == "__main__":
    main()
