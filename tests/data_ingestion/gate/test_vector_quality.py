import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.gate.vector_quality import vector_anomalies
from zeroskew.statistics.compute import statistics_of
from zeroskew.statistics.vector_columns import VectorColumns

SCHEMA = text_format.Parse(
    'feature { name: "v" type: FLOAT value_count { min: 0 max: 4 } } '
    'feature { name: "fare" type: FLOAT }',
    schema_pb2.Schema(),
)


def statistics(vectors: np.ndarray):
    rows = [pa.RecordBatch.from_pydict({"v": vectors.tolist(), "fare": [1.0] * len(vectors)})]
    found, columns = statistics_of(rows), VectorColumns()
    columns.describe(found, [columns.add({}, one) for one in rows])
    return found


def draw(rows: int = 300, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(1.0, 1.0, (rows, 4)).astype(np.float32)


def found(now: np.ndarray, before: np.ndarray | None = None):
    earlier = {} if before is None else {"train": statistics(before)}
    return vector_anomalies(SCHEMA, {"train": statistics(now)}, earlier, "span 7")


def test_sound_vectors_are_not_spoken_of() -> None:
    assert found(draw()) == []
    assert found(draw(), draw(seed=2)) == []


def test_each_fault_is_a_warning_with_its_number() -> None:
    vectors = draw()
    vectors[:6] = vectors[10]
    vectors[20:22] = 0
    vectors[30] *= 100
    vectors[40, 1] = np.inf
    warnings = found(vectors)
    assert {(one.subject, one.kind, one.split, one.severity) for one in warnings} == {
        ("v", "vectors", "train", "WARNING")
    }
    assert [one.observed for one in warnings] == [
        "1 of 300 have others",
        "7 of 299; 7 rows share one",
        "2 of 299",
        "1 of 299 are longer or shorter",
    ]


def test_equal_vectors_are_called_so() -> None:
    (warning,) = found(np.repeat(draw(1), 50, axis=0))
    assert (warning.expected, warning.observed) == (
        "vectors that differ from each other",
        "all 50 are equal",
    )


def test_vectors_of_another_maker_are_a_drift_with_its_numbers() -> None:
    (drift,) = found(draw(seed=3) + np.float32(1.0), draw())
    assert (drift.kind, drift.severity) == ("drift", "WARNING")
    # 1 in each of four dimensions, of a spread of 2.
    assert float(drift.observed.split()[3]) == pytest.approx(1.0, abs=0.1)
    assert drift.expected.startswith("vectors like those of span 7: mean within 0.33 standard")
    (scaled,) = found(draw(seed=3) * np.float32(3.0), draw())
    assert [one.value for one in scaled.changes] == ["standard deviation", "median length"]
    assert scaled.changes[1].after == pytest.approx(3 * scaled.changes[1].before, rel=0.1)


def test_few_rows_are_no_drift_and_another_length_is_the_schemas_matter() -> None:
    assert found(draw(8, seed=5), draw()) == []
    assert found(draw(), np.ones((50, 3), np.float32) * np.arange(50)[:, None]) == []


def test_statistics_that_tfx_counted_say_nothing() -> None:
    rows = [pa.RecordBatch.from_pydict({"v": np.zeros((9, 4)).tolist()})]
    assert vector_anomalies(SCHEMA, {"train": statistics_of(rows)}, {}, "") == []
