"""One way to learn from sequences, once in a process of its own; or the rows to learn from.

Usage::

    python -m benchmarks.sequences_probe data FOLDER ROWS
    python -m benchmarks.sequences_probe attention|gru|mean|keras FOLDER EPOCHS

The last line of stdout is JSON.
"""

import functools
import json
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from google.protobuf import text_format
from sklearn.metrics import roc_auc_score
from tensorflow_metadata.proto.v0 import schema_pb2

from model.feature_engineering.feature_set import load_features
from model.feature_engineering.network_inputs import IDS, NUMBERS
from model.feature_engineering.preprocessing import preprocessing_fn
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
from model.training.rows import Layout, find_files, read_rows
from model.training.trainer import train
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.encoding.tf_record import frame_records, gzip_writer
from zeroskew.statistics.compute import StatisticsCounter

LAST, AREAS, WIDTH, EMBEDDING, BATCH = 30, 77, 32, 16, 512
_LONGEST = 45
_EVAL_SHARE = 0.1
_FILES = 4
_SEED = 1
_FEATURES = """
from model import FeatureSet, Sequence, YesNo

FEATURES = FeatureSet(
    YesNo("answer", positive=1),
    [
        Sequence(
            "areas", numbers=("fares",), last={last}, pooling="{pooling}", width={width},
            embedding={embedding}, max_tokens=100,
        ),
    ],
)
"""
_SCHEMA = """
feature { name: "areas" type: INT value_count { min: 0 } }
feature { name: "fares" type: FLOAT value_count { min: 0 } }
feature { name: "answer" type: INT value_count { min: 1 max: 1 } }
"""


def write_data(folder: Path, rows: int) -> dict[str, int]:
    """Draws rows whose answer is in the order of their events; writes Parquet and tf.Examples."""
    random = np.random.default_rng(_SEED)
    lengths = random.integers(0, _LONGEST + 1, rows)
    ends = np.cumsum(lengths)
    areas = random.integers(1, AREAS + 1, ends[-1])
    fares = random.gamma(2.0, 8.0, ends[-1])
    last = np.where(lengths > 1, ends - 1, 0)
    rises = (areas[last] > areas[last - 1]) & (lengths > 1)
    odds = np.where(rises, 1.5, -1.5) + 0.1 * (fares[last] - 16.0)
    answer = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
    columns = {
        "areas": pa.ListArray.from_arrays(offsets, pa.array(areas)),
        "fares": pa.ListArray.from_arrays(offsets, pa.array(fares)),
        "answer": pa.array(answer),
    }
    table = pa.table(columns)
    kept = round(rows * _EVAL_SHARE)
    for split, some in (("eval", table.slice(0, kept)), ("train", table.slice(kept))):
        pq.write_table(some, folder / f"{split}.parquet")
        (folder / split).mkdir()
        for number, batch in enumerate(some.to_batches(-(-len(some) // _FILES))):
            examples = encode_examples(batch)
            framed = frame_records(examples, examples.to_pylist())
            with gzip_writer(str(folder / split / f"part-{number}.gz")) as stream:
                stream.writelines(framed.to_pylist())
    return {"rows": rows}


def ours(pooling: str, folder: Path, epochs: int) -> dict[str, float]:
    """Does what Transform and Trainer do."""
    file = folder / f"{pooling}.py"
    options = {"last": LAST, "width": WIDTH, "embedding": EMBEDDING, "pooling": pooling}
    file.write_text(_FEATURES.format(**options))
    schema = text_format.Parse(_SCHEMA, schema_pb2.Schema())
    start = time.perf_counter()
    function = functools.partial(preprocessing_fn, custom_config={"features": str(file)})
    raw = RawBatches(schema, function)
    target = folder / pooling
    shards = [
        Shard(str(file), str(target / split / file.name), split == "train")
        for split in ("train", "eval")
        for file in sorted((folder / split).iterdir())
    ]
    sources = [shard.source for shard in shards if shard.analysed]
    learn_graph(sources, raw, schema, function, str(target / "graph"))
    statistics = Statistics(StatisticsCounter(schema), StatisticsCounter())
    materialise(Graph(str(target / "graph")), raw, shards, statistics, UnreadDates(()))
    prepared = time.perf_counter()
    features = load_features(str(file))
    made = train(
        features,
        TrainerSettings(epochs=epochs, patience=epochs, batch_size=BATCH),
        columns={},
        classes=(),
        seed=_SEED,
        train_files=[f"{target}/train/*"],
        log_dir=str(target / "log"),
    )
    trained = time.perf_counter()
    layout = Layout.of(features)
    rows = np.concatenate([*read_rows(find_files([f"{target}/eval/*"]), layout)])
    inputs, labels = layout.unpack(rows)
    auc = _auc(made.network, {name: inputs[name] for name in (NUMBERS, IDS)}, np.array(labels))
    return {"prepare": prepared - start, "train": trained - prepared, "auc": auc}


def usual(folder: Path, epochs: int) -> dict[str, float]:
    """Does what one writes for one table."""
    start = time.perf_counter()
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "eval")}
    words = tables["train"]["areas"].explode().dropna().value_counts().index
    places = {area: place for place, area in enumerate(words, start=2)}
    fares = np.concatenate(tables["train"]["fares"].to_numpy())
    mean, deviation = fares.mean(), fares.std()
    arrays = {}
    for name, table in tables.items():
        ids = np.zeros((len(table), LAST), np.int64)
        numbers = np.zeros((len(table), LAST), np.float32)
        for row, (areas, paid) in enumerate(zip(table["areas"], table["fares"], strict=True)):
            if len(areas):
                ids[row, -len(areas[-LAST:]) :] = [places.get(one, 1) for one in areas[-LAST:]]
                numbers[row, -len(areas[-LAST:]) :] = (paid[-LAST:] - mean) / deviation
        arrays[name] = {"ids": ids, "numbers": numbers}, table["answer"].to_numpy()
    prepared = time.perf_counter()
    network = _network(len(places) + 2)
    settings = TrainerSettings()
    inputs, labels = arrays["train"]
    network.compile(
        optimizer=keras.optimizers.AdamW(settings.learning_rate, settings.weight_decay),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    network.fit(
        inputs,
        labels,
        batch_size=BATCH,
        epochs=epochs,
        validation_split=settings.validation,
        validation_batch_size=4 * BATCH,
        verbose=0,
    )
    trained = time.perf_counter()
    auc = _auc(network, *arrays["eval"])
    return {"prepare": prepared - start, "train": trained - prepared, "auc": auc}


def _network(ids: int) -> keras.Model:
    keras.utils.set_random_seed(_SEED)
    inputs = {
        "ids": keras.Input((LAST,), name="ids", dtype="int64"),
        "numbers": keras.Input((LAST,), name="numbers"),
    }
    vectors = keras.layers.Embedding(ids, EMBEDDING)(inputs["ids"])
    numbers = keras.layers.Reshape((LAST, 1))(inputs["numbers"])
    # An event that fills up is all zeros but for its embedding, which is masked by its id.
    mask = keras.ops.not_equal(inputs["ids"], 0)
    events = keras.layers.Concatenate()([vectors, numbers])
    hidden = keras.layers.GRU(WIDTH)(events, mask=mask)
    for width in TrainerSettings().hidden_units:
        hidden = keras.layers.Dense(width, activation="relu")(hidden)
        hidden = keras.layers.Dropout(0.2)(hidden)
    return keras.Model(inputs, keras.layers.Dense(1)(hidden))


def _auc(network: keras.Model, inputs: Any, labels: np.ndarray) -> float:
    scores = network.predict(inputs, batch_size=4 * BATCH, verbose=0)[:, 0]
    return float(roc_auc_score(labels.ravel(), scores))


def main() -> None:
    """Does what the arguments say."""
    way, name, number = sys.argv[1:]
    folder, count = Path(name), int(number)
    if way == "data":
        print(json.dumps(write_data(folder, count)))
    elif way == "keras":
        print(json.dumps(usual(folder, count)))
    else:
        print(json.dumps(ours(way, folder, count)))


if __name__ == "__main__":
    main()
