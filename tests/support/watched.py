"""A request log of a taxi model that never answered, its training, and labels that came later."""

import dataclasses
import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pushed_model import PARTS, RECORD, write_pushed
from small_store import Store

from data_ingestion.schema.inference import compute_statistics

FIRST = datetime.datetime(2026, 11, 29, 8, tzinfo=datetime.timezone.utc)
SCHEMA = """
feature { name: "fare" type: FLOAT }
feature { name: "payment_type" type: BYTES }
"""
PROMISED = dataclasses.replace(
    RECORD,
    metrics={"auc": 0.9, "accuracy": 0.8, "rows": 3000.0},
    rows={"train": 9000, "eval": 3000},
)


def fares(count: int, seed: int = 1) -> np.ndarray:
    """Returns fares as those of the training are."""
    return np.random.default_rng(seed).uniform(5, 50, count).astype(np.float32)


def write_model(output: Path) -> Path:
    """Writes an output folder with one pushed model; returns the model's."""
    model = write_pushed(output / "serving" / "7", PROMISED)
    (model / "assets.extra" / "columns.pbtxt").write_text(SCHEMA)
    folder = output / "statistics"
    (folder / "Split-train").mkdir(parents=True)
    trained = {"fare": fares(2000), "payment_type": [b"Cash", b"Card"] * 1000}
    statistics = compute_statistics([pa.RecordBatch.from_pydict(trained)])
    (folder / "Split-train" / "FeatureStats.pb").write_bytes(statistics.SerializeToString())
    store = Store(output)
    examples, newer = store.artifact("Examples", "1"), store.artifact("Examples", "2")
    graph, trained_model = store.artifact("Graph", "graph"), store.artifact("Model", "model")
    of_run, of_another, of_transform = (
        store.artifact("ExampleStatistics", uri) for uri in (str(folder), "other", "transform")
    )
    pushed = store.artifact("PushedModel", "pushed", pushed_version="7")
    store.execution("taxi.StatisticsGen", {"examples": examples}, {"statistics": of_run})
    store.execution(
        "taxi.Transform",
        {"examples": examples},
        {"transform_graph": graph, "pre_transform_stats": of_transform},
    )
    store.execution("taxi.Trainer", {"transform_graph": graph}, {"model": trained_model})
    store.execution("taxi.Pusher", {"model": trained_model}, {"pushed_model": pushed})
    store.execution("taxi.StatisticsGen 2", {"examples": newer}, {"statistics": of_another})
    return model


def write_log(folder: Path, name: str = "1.parquet", **changed: Sequence[Any]) -> Path:
    """Writes a file of a log: each minute a row, of which every second is a yes."""
    count = len(next(iter(changed.values()), range(600)))
    yes = np.arange(count) % 2 == 0
    columns: dict[str, Any] = {
        "fare": fares(count, seed=2),
        "payment_type": ["Cash", "Card"] * (count // 2) + ["Cash"] * (count % 2),
        "trip_id": np.arange(count),
        "answer_probability": np.where(yes, 0.8, 0.1).astype(np.float32),
        "answer_label": yes.astype(np.int64),
        "model_version": np.full(count, 7),
        "model_fingerprint": [PARTS.whole] * count,
        "asked_at": [FIRST + datetime.timedelta(minutes=minute) for minute in range(count)],
    }
    columns |= changed
    folder.mkdir(exist_ok=True)
    table = pa.table({key: one for key, one in columns.items() if one is not None})
    pq.write_table(table, folder / name)
    return folder


def write_labels(file: Path, right: float, count: int = 600, first: int = 0) -> Path:
    """Writes the tips by which a share of the rows of `write_log` was answered rightly."""
    wrong = np.random.default_rng(3).uniform(size=count) >= right
    lines = [f"{first + row},{1000 if (row % 2 == 0) != wrong[row] else 0}" for row in range(count)]
    file.write_text("\n".join(["trip_id,tips", *lines]))
    return file
