"""One measurement of benchmarks.embeddings, in a process of its own.

Usage::

    python -m benchmarks.embeddings_probe loop MODEL DATA OUTPUT OURS
    python -m benchmarks.embeddings_probe index FOLDER VECTORS

The last line of stdout is a JSON object with what was measured.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from model.embeddings.recall import exact_scores, recall
from model.serving.vectors import ann
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.records import TABLE_RECORD, VECTORS_FILE, VectorTable
from model.serving.vectors.settings import IndexSettings
from model.serving.vectors.space import EMBED, EMBEDDING, VectorSpace
from zeroskew.lazy import lazy_import

faiss = lazy_import("faiss")
pd = lazy_import("pandas")
pq = lazy_import("pyarrow.parquet")
tf = lazy_import("tensorflow")

ROWS_OF_A_CALL = 32
DIMENSION, CLUSTERS, QUERIES, NEAREST = 384, 500, 1_000, 10
_SPREAD = 0.7
"""Of a vector around the middle of its cluster, whose numbers have deviation 1."""


def loop(model: Path, data: Path, output: Path, ours: Path) -> dict[str, float]:
    """Embeds texts with a few rows at a time, and compares with the vectors of the command."""
    signature = tf.saved_model.load(str(model)).signatures[EMBED]
    signature(text=tf.constant([""]))
    start = time.perf_counter()
    texts = pd.read_csv(data)["text"].to_numpy(object)
    parts = [
        signature(text=tf.constant(texts[place : place + ROWS_OF_A_CALL]))[EMBEDDING].numpy()
        for place in range(0, len(texts), ROWS_OF_A_CALL)
    ]
    vectors = np.concatenate(parts)
    np.save(output, vectors)
    seconds = time.perf_counter() - start
    same = pq.read_table(ours, columns=["vector"])["vector"].slice(0, len(vectors))
    expected = same.combine_chunks().flatten().to_numpy().reshape(vectors.shape)
    apart = float(np.abs(expected - vectors).max())
    return {"rows_per_second": len(vectors) / seconds, "apart": apart}


def clustered(rows: int, seed: int) -> np.ndarray:
    """Returns vectors of length 1 around the same middles, float32 of shape [rows, 384]."""
    middles = np.random.default_rng(0).normal(size=(CLUSTERS, DIMENSION)).astype(np.float32)
    generator = np.random.default_rng(seed)
    vectors = middles[generator.integers(0, CLUSTERS, rows)]
    vectors += _SPREAD * generator.normal(size=vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def index(folder: Path, rows: int) -> dict[str, dict[str, float]]:
    """Builds and searches an index in both ways, each after the other."""
    # The step's own process has imported TFX, which this one need not.
    from model.embeddings.index_building import write_index

    vectors, queries = clustered(rows, 1), clustered(QUERIES, 2)
    settings = IndexSettings(kind="hnsw")
    write_table(folder / "table", vectors)
    found: dict[str, dict[str, float]] = {"build, s": {}}
    start = time.perf_counter()
    write_index(str(folder / "table"), str(folder / "ours"), settings)
    found["build, s"]["ours"] = time.perf_counter() - start
    start = time.perf_counter()
    plain = faiss.IndexHNSWFlat(DIMENSION, settings.neighbours, faiss.METRIC_INNER_PRODUCT)
    plain.hnsw.efConstruction = settings.build_width
    plain.hnsw.efSearch = settings.search_width
    plain.add(vectors)
    faiss.write_index(plain, str(folder / "plain.faiss"))
    found["build, s"]["faiss"] = time.perf_counter() - start
    ways: dict[str, Callable[[np.ndarray], Any]] = {
        "ours": VectorIndex(folder / "ours").neighbours,
        "faiss": lambda asked: plain.search(asked, NEAREST),
    }
    seconds, scores = ask(ways, queries)
    exact = exact_scores([vectors], queries, NEAREST, ann.COSINE)
    for share in (50, 99):
        found[f"search p{share}, ms"] = {
            way: float(np.percentile(taken, share)) * 1e3 for way, taken in seconds.items()
        }
    found[f"recall@{NEAREST}"] = {
        way: recall(np.array(some), exact, ann.COSINE) for way, some in scores.items()
    }
    return found


def ask(
    ways: dict[str, Callable[[np.ndarray], Any]], queries: np.ndarray
) -> tuple[dict[str, list[float]], dict[str, list[Any]]]:
    """Searches for one vector after the other, in both ways by turns; returns seconds and scores.

    The same vector is not asked for twice in a row, for the second would find it in the cache.
    """
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    scores: dict[str, list[Any]] = {way: [] for way in ways}
    for way, search in [*ways.items()] * 2:
        for place in range(len(queries)):
            start = time.perf_counter()
            answer = search(queries[place : place + 1])
            seconds[way].append(time.perf_counter() - start)
            if len(scores[way]) < len(queries):
                scores[way].append(scores_of(answer))
    return seconds, scores


def scores_of(answer: Any) -> list[float]:
    """Returns the scores in what either way has answered."""
    if isinstance(answer, tuple):
        return list(answer[0][0])
    return [one.score for one in answer[0]]


def write_table(folder: Path, vectors: np.ndarray) -> None:
    """Writes a table of vectors as the step Embeddings does, with a key and two columns."""
    rows = len(vectors)
    folder.mkdir(parents=True)
    columns = {
        "doc_id": [f"d{row}" for row in range(rows)],
        "topic": [f"topic {row % CLUSTERS}" for row in range(rows)],
        "year": [2000 + row % 25 for row in range(rows)],
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), DIMENSION),
    }
    pq.write_table(pa.table(columns), folder / VECTORS_FILE, row_group_size=65_536)
    space = VectorSpace("", "", DIMENSION, True, ["text"], {"text": "BYTES"})
    table = VectorTable(space, rows, "doc_id", ["topic", "year"], 1, 0)
    (folder / TABLE_RECORD).write_text(table.to_json(), encoding="utf-8")


def main() -> None:
    """Does what the arguments say."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    way, *given = sys.argv[1:]
    if way == "loop":
        model, data, output, ours = map(Path, given)
        print(json.dumps(loop(model, data, output, ours)))
    else:
        print(json.dumps(index(Path(given[0]), int(given[1]))))


if __name__ == "__main__":
    main()
