from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from vector_tables import FINGERPRINT, draw, write_table

from model.embeddings.vector_table import read_vectors
from model.serving.vectors.records import VectorTable


def test_what_is_written_is_read_in_its_order(tmp_path: Path) -> None:
    vectors = draw(40)
    table = write_table(tmp_path, vectors)
    np.testing.assert_array_equal(np.concatenate(list(read_vectors(str(tmp_path)))), vectors)
    assert VectorTable.read(str(tmp_path)) == table


def test_each_row_says_whose_vector_it_is(tmp_path: Path) -> None:
    write_table(tmp_path, draw(3))
    rows = pq.read_table(tmp_path / "vectors.parquet").to_pylist()
    assert [row["id"] for row in rows] == ["k0", "k1", "k2"]
    assert {row["model_version"] for row in rows} == {7}
    assert {row["vector_fingerprint"] for row in rows} == {FINGERPRINT}


def test_numpy_gets_vectors_and_keys_without_pickled_objects(tmp_path: Path) -> None:
    vectors = draw(40)
    write_table(tmp_path, vectors, numpy=True)
    np.testing.assert_array_equal(np.load(tmp_path / "vectors.npy", mmap_mode="r"), vectors)
    keys = np.load(tmp_path / "keys.npy", allow_pickle=False)
    assert keys.tolist() == [f"k{row}" for row in range(40)]


def test_a_table_without_rows_is_one(tmp_path: Path) -> None:
    write_table(tmp_path, np.empty((0, 8), np.float32), numpy=True)
    assert sum(map(len, read_vectors(str(tmp_path)))) == 0
    assert np.load(tmp_path / "vectors.npy").shape == (0, 8)
