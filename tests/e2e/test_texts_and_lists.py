"""Texts, lists and vectors, from files to a served model."""

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import versions, zeroskew
from zeroskew_command import ROOT

from model.serving.vectors.index import VectorIndex

pytestmark = pytest.mark.e2e

LISTS = """
from model import Embedding, FeatureSet, MultiCategory, Sequence, Vector, YesNo

FEATURES = FeatureSet(
    YesNo("answer", positive=1),
    [
        MultiCategory("tags", max_tokens=5, max_length=4),
        MultiCategory("seen", output="int", max_length=4),
        Sequence("seen", name="last", numbers=("paid",), last=3, pooling="gru", width=4),
        Vector("direction", dimension=3, provider="made up", model="normal", version="1"),
    ],
    embedding=Embedding("direction"),
)
"""
SETTINGS = """
name: lists
features: features.py
schema_file: schema.pbtxt
data: {path: rows.parquet}
output: out
embeddings: {key: row, columns: [answer]}
"""


def predict(model: Path, rows: Path) -> list[dict]:
    done = zeroskew("predict", "--model", model, "--rows", rows, "--json")
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def find_neighbours(folder: Path, version: int, vectors: np.ndarray) -> None:
    """The index of vectors that others made finds what a comparison with each finds."""
    index = VectorIndex(folder)
    assert index.record.space.providers == [
        {"provider": "made up", "model": "normal", "version": "1"}
    ]
    assert (index.rows, index.record.table.model_version) == (3000, version)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    unit[9::10] = 0.0
    (found,) = index.neighbours(index.vector_of(4)[np.newaxis], 5)
    assert [one.key for one in found] == np.argsort(-(unit @ unit[4]))[:5].tolist()


def test_the_use_case_of_texts_and_classes(tmp_path: Path) -> None:
    for name in ("sentiment", "sources"):
        shutil.copytree(ROOT / "examples" / name, tmp_path / name)
    spec = importlib.util.spec_from_file_location("fetch", tmp_path / "sentiment" / "fetch.py")
    assert spec is not None
    assert spec.loader is not None
    fetch = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fetch)
    assert fetch.fetch(tmp_path / "sentiment") == 23_703

    checked = zeroskew("check", "--config", tmp_path / "sentiment" / "settings.yaml")
    assert checked.exit_code == 0, checked.stderr
    config = ("--config", tmp_path / "sources" / "settings.yaml")
    output = ("--output", tmp_path / "out", "--set", "trainer.epochs=6", "--json")
    done = zeroskew("run", *config, *output)
    assert done.exit_code == 0, done.stderr
    assert done.summary["blessed"]
    # Nearly every second one is from a movie review; logistic regression reaches 0.86.
    assert done.summary["metrics"]["accuracy"] > 0.86
    assert done.summary["metrics"]["rows"] == 4_685

    asked = tmp_path / "asked.json"
    texts = ["@you LOL :) thx!!", "the battery of this camera lasts for days .", "", None]
    asked.write_text(json.dumps([{"sentence": text} for text in texts]))
    (model,) = versions(tmp_path / "out")
    answers = predict(model, asked)
    assert [one["label"] for one in answers[:2]] == ["tweet", "product review"]
    assert answers[2] == answers[3]
    assert sorted(answers[0]["classes"]) == ["editorial", "movie review", "product review", "tweet"]


def test_lists_and_vectors_of_parquet(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    tags = [random.choice(list("abcdef"), random.integers(0, 4)).tolist() for _ in range(3000)]
    seen = [random.integers(0, 5, random.integers(0, 4)).tolist() for _ in range(3000)]
    paid = [[8.5 + one for one in row] for row in seen]
    paid[7] = [*paid[7], 8.5]
    vectors = random.normal(size=(3000, 3)).tolist()
    answer = [int("a" in tag or vector[0] > 1) for tag, vector in zip(tags, vectors, strict=True)]
    table = {
        "tags": tags,
        "seen": seen,
        "paid": paid,
        "direction": [None if row % 10 == 9 else one for row, one in enumerate(vectors)],
        "answer": answer,
        "row": list(range(3000)),
    }
    types = {"tags": pa.list_(pa.string()), "seen": pa.list_(pa.int64())}
    arrays = {name: pa.array(values, types.get(name)) for name, values in table.items()}
    pq.write_table(pa.table(arrays), tmp_path / "rows.parquet")
    inferred = zeroskew(
        "schema", "infer", tmp_path / "rows.parquet", "--output", tmp_path / "schema.pbtxt"
    )
    assert inferred.exit_code == 0, inferred.stderr
    (tmp_path / "features.py").write_text(LISTS)
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    config = ("--config", tmp_path / "settings.yaml")

    done = zeroskew("run", *config, "--output", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.stderr
    assert done.summary["blessed"]
    assert done.summary["metrics"]["accuracy"] > 0.9
    (alarm,) = done.summary["alarms"]
    assert alarm.startswith(
        "the feature 'last' reads lists that differ in length in 1 of 3,000 rows"
    )

    asked = tmp_path / "asked.json"
    rows = [
        {"tags": ["a", "b"], "seen": [1], "paid": [9.5], "direction": [0.0, 1.0, 0.0]},
        {"tags": ["c"], "seen": [], "direction": [0.0, 1.0, 0.0]},
        {"tags": []},
    ]
    asked.write_text(json.dumps(rows))
    (model,) = versions(tmp_path / "out")
    assert [one["label"] for one in predict(model, asked)] == [1, 0, 0]
    find_neighbours(Path(done.summary["index_path"]), int(model.name), np.array(vectors))

    (tmp_path / "features.py").write_text(LISTS.replace("dimension=3", "dimension=4"))
    refused = zeroskew("check", *config)
    assert refused.exit_code != 0
    assert "which holds a vector of 3 numbers" in refused.stderr
