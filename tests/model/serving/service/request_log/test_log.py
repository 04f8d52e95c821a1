"""What is logged is what was asked and answered, row by row."""

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from served import fare_example

from model.serving.fingerprint import read_fingerprint
from model.serving.service.engine.answers import Answer
from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.signature import Signature
from model.serving.service.engine.versions import Version
from model.serving.service.request_log.columns import from_examples, joined, to_serialized
from model.serving.service.request_log.form import Form
from model.serving.service.request_log.log import RequestLog
from model.serving.service.settings import LogSettings
from zeroskew.errors import SettingsError, WorkspaceError

NAMES = ["company", "fare", "month", "tags", "vector"]
FLOATS = st.none() | st.floats(width=32, allow_nan=False)
INTEGERS = st.none() | st.integers(-(2**63) + 1, 2**63 - 1)
TEXT = st.none() | st.text(max_size=5) | st.binary(min_size=1, max_size=3)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "company": TEXT,
            "fare": FLOATS,
            "month": INTEGERS,
            "tags": st.none() | st.lists(st.text("ab", min_size=1, max_size=2), max_size=3),
            "vector": st.none() | st.lists(st.floats(-9, 9, width=32), min_size=2, max_size=2),
        }
    ),
    min_size=1,
    max_size=4,
)


class Noted:
    """A log, and what it says of its rows."""

    def __init__(self, folder: Path, **chosen: Any) -> None:
        self.folder = folder
        self.counts = {"written": 0, "dropped": 0, "failed": 0}
        self.log = RequestLog(LogSettings(path=folder, **chosen), self._count)

    def ask(self, version: Version, name: str, rows: Any, keys: Any = None) -> Answer:
        """Asks a model, and notes it."""
        assert version.loaded is not None
        signature = version.loaded.signature(name)
        request = request_of(signature, rows)
        answer = Answer(signature.answer([request]).outputs, 0, None, {})
        self.log.note(version, signature, request, answer, asked_at=time.time(), keys=keys)
        return answer

    def table(self) -> pa.Table:
        """Ends the log; returns all of its rows in their order."""
        self.log.close()
        files = sorted(self.folder.glob("*.parquet"))
        assert sorted(self.folder.iterdir()) == files
        return joined([batch for file in files for batch in pq.read_table(file).to_batches()])

    def _count(self, outcome: str, rows: int) -> None:
        self.counts[outcome] += rows


def request_of(signature: Signature, rows: Any) -> Any:
    if isinstance(rows[0], bytes):
        return signature.rows([(row,) for row in rows])
    return signature.rows([tuple(row.get(name) for name in signature.columns) for row in rows])


def as_logged(name: str, value: Any) -> Any:
    """What a value is in the log: nothing has many names in requests, and one there."""
    if value in (None, "", b"", []):
        return None
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return float(np.float32(value)) if name == "fare" else value


def same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, bytes):
        return one.encode() == other
    return one == other or (isinstance(one, float) and math.isclose(one, other, rel_tol=1e-6))


@pytest.fixture(scope="module")
def version(loaded: Loaded) -> Version:
    return Version(3, loaded=loaded)


@settings(max_examples=15, deadline=None)
@given(requests=st.lists(ROWS, min_size=1, max_size=5), rotate=st.integers(1, 9))
def test_what_is_logged_is_what_was_asked_and_answered_row_by_row(
    version, tmp_path_factory, requests, rotate
):
    noted = Noted(tmp_path_factory.mktemp("log"), rotate_rows=rotate)
    answers = [noted.ask(version, "serving_columns", rows) for rows in requests]
    table = noted.table()
    asked = [row for rows in requests for row in rows]
    logged = table.sort_by([("asked_at", "ascending"), ("request_row", "ascending")]).to_pylist()
    assert len(logged) == len(asked)
    doubles = np.concatenate([one.arrays["double"] for one in answers])
    for row, found, double in zip(asked, logged, doubles, strict=True):
        for name in NAMES:
            assert same(as_logged(name, row[name]), found[name]), (name, row, found)
        assert np.float32(found["answer_double"]).tobytes() == double.tobytes()
        assert found["model_version"] == 3
    assert noted.counts == {"written": len(asked), "dropped": 0, "failed": 0}


def test_types_are_those_of_the_columns_and_of_the_answers(version, tmp_path):
    noted = Noted(tmp_path)
    noted.ask(version, "serving_columns", [{}])
    types = {one.name: str(one.type).replace("item", "element") for one in noted.table().schema}
    assert types == {
        "company": "string",
        "fare": "float",
        "month": "int64",
        "tags": "list<element: string>",
        "vector": "list<element: float>",
        "answer_double": "float",
        "answer_month": "int64",
        "answer_name": "string",
        "answer_tags": "int64",
        "answer_vector": "list<element: float>",
        "model_version": "int64",
        "model_fingerprint": "string",
        "asked_at": "timestamp[us, tz=UTC]",
        "request_id": "string",
        "request_row": "int32",
    }


def test_tf_examples_are_logged_as_the_columns_in_them(version, tmp_path):
    noted = Noted(tmp_path, key="trip_id")
    noted.ask(version, "serving_default", [fare_example(1.5), b""])
    table = noted.table()
    assert table.column("fare").to_pylist() == [1.5, None]
    assert table.column("tags").to_pylist() == [None, None]
    assert table.column("answer_double").to_pylist() == [3.0, 0.0]
    assert table.column("trip_id").to_pylist() == [None, None]


def test_tf_examples_as_json_are_what_they_are_serialized():
    text = '{"features": {"feature": {"fare": {"floatList": {"value": [1.5]}}}}}'
    (found,) = to_serialized(np.array([text], object), is_json=True)
    assert (
        from_examples([found], {"fare": tf.TensorSpec([None], tf.float32)})["fare"][0].as_py()
        == 1.5
    )
    assert to_serialized(np.array([found], object), is_json=False) == [found]


def test_no_row_is_lost_when_files_are_rotated_and_none_is_hidden_in_the_end(version, tmp_path):
    noted = Noted(tmp_path, rotate_rows=7)
    for number in range(50):
        noted.ask(version, "serving_columns", [{"month": number}])
    table = noted.table()
    assert sorted(table.column("month").to_pylist()) == [*range(50)]
    assert len([*tmp_path.glob("*.parquet")]) == 8
    assert not [*tmp_path.glob(".*")]


def test_a_file_is_there_after_some_seconds_though_it_is_not_full(version, tmp_path):
    noted = Noted(tmp_path, rotate_seconds=0.05)
    noted.ask(version, "serving_columns", [{"month": 1}])
    end = time.monotonic() + 10
    while not [*tmp_path.glob("*.parquet")] and time.monotonic() < end:
        time.sleep(0.01)
    assert pq.read_table(next(tmp_path.glob("*.parquet"))).column("month").to_pylist() == [1]
    noted.log.close()


def test_a_full_queue_drops_rows_and_counts_them(version, tmp_path):
    noted = Noted(tmp_path, rotate_rows=10, queued_rows=10)
    noted.ask(version, "serving_columns", [{"month": number} for number in range(9)])
    noted.ask(version, "serving_columns", [{"month": 9}, {"month": 10}])
    assert noted.counts["dropped"] == 2
    noted.ask(version, "serving_columns", [{"month": 11}])
    assert sorted(noted.table().column("month").to_pylist()) == [*range(9), 11]
    assert noted.counts == {"written": 10, "dropped": 2, "failed": 0}


def test_what_cannot_be_written_is_counted_and_the_log_goes_on(version, tmp_path, caplog):
    folder = tmp_path / "log"
    noted = Noted(folder, rotate_rows=1)
    folder.rmdir()
    noted.ask(version, "serving_columns", [{"month": 1}])
    end = time.monotonic() + 10
    while not noted.counts["failed"] and time.monotonic() < end:
        time.sleep(0.01)
    folder.mkdir()
    noted.ask(version, "serving_columns", [{"month": 2}])
    assert noted.table().column("month").to_pylist() == [2]
    assert noted.counts == {"written": 1, "dropped": 0, "failed": 1}
    assert "1 rows of the request log are lost" in caplog.text


def test_a_share_of_the_rows_is_logged_with_their_own_answers(version, tmp_path):
    noted = Noted(tmp_path, sample=0.5, key="trip_id")
    rows = [{"fare": float(number), "month": number} for number in range(400)]
    noted.ask(version, "serving_columns", rows, [f"t{number}" for number in range(400)])
    table = noted.table()
    assert 120 < table.num_rows < 280
    for row in table.to_pylist():
        assert row["answer_double"] == 2.0 * row["fare"]
        assert row["trip_id"] == f"t{row['month']}"
        assert row["request_row"] == row["month"]


@settings(max_examples=15, deadline=None)
@given(values=st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_the_same_value_has_the_same_hash_and_no_other(version, tmp_path_factory, values):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A_SALT", "pepper")
        folder = tmp_path_factory.mktemp("hashed")
        hidden = {"hash_columns": ("month",), "salt_variable": "A_SALT"}
        noted = Noted(folder, leave_out_columns=("company",), **hidden)
        noted.ask(version, "serving_columns", [{"month": one, "company": "Blue"} for one in values])
    table = noted.table()
    assert "month" not in table.column_names
    assert "company" not in table.column_names
    found = table.column("hashed_month").to_pylist()
    pairs = {*zip(values, found, strict=True)}
    assert len(pairs) == len({*values}) == len({*found})
    assert all(len(one) == 64 for one in found)


def test_another_secret_gives_other_hashes(version, tmp_path, monkeypatch):
    found = []
    for secret in ("salt", "pepper"):
        monkeypatch.setenv("A_SALT", secret)
        noted = Noted(tmp_path / secret, hash_columns=("company",), salt_variable="A_SALT")
        noted.ask(version, "serving_columns", [{"company": "Blue"}, {}])
        found.append(noted.table().column("hashed_company").to_pylist())
    assert found[0][1] is found[1][1] is None
    assert found[0][0] != found[1][0]


def test_a_secret_that_is_not_there_is_an_error(tmp_path, monkeypatch):
    monkeypatch.delenv("A_SALT", raising=False)
    with pytest.raises(SettingsError, match="nothing in A_SALT"):
        Noted(tmp_path, hash_columns=("company",), salt_variable="A_SALT")


def test_a_misspelled_column_is_not_logged_in_the_clear(version, tmp_path):
    noted = Noted(tmp_path, leave_out_columns=("compny",))
    with pytest.raises(SettingsError, match="did you mean 'company'"):
        noted.log.check(version)
    noted.ask(version, "serving_columns", [{"company": "Blue"}])
    noted.log.close()
    assert [*tmp_path.iterdir()] == []
    assert noted.counts["dropped"] == 1


def test_a_key_called_as_a_column_of_the_log_is_refused(version, tmp_path):
    noted = Noted(tmp_path, key="asked_at")
    with pytest.raises(SettingsError, match="must not be called as one of the log's own"):
        noted.log.check(version)
    noted.log.close()


def test_the_folder_must_be_writable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match=r"serve\.log\.path"):
        Noted(tmp_path / "file")


def test_the_form_bears_the_fingerprint_of_the_model(loaded, tmp_path):
    form = Form.of(LogSettings(path=tmp_path), b"", 3, loaded)
    assert (form.version, form.fingerprint) == (3, read_fingerprint(loaded.folder))
