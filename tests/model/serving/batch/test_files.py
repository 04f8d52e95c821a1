"""Files of answers: what is written is what is read back, in one format as in the other."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.serving.batch import files
from model.serving.batch.files import open_answers, to_json
from zeroskew.errors import SettingsError, WorkspaceError

ROWS = pa.RecordBatch.from_pydict(
    {
        "id": pa.array([2**63 - 1, None, -(2**63)]),
        "name": pa.array(['Zürich, "東京"', None, ""]),
        "probability": pa.array([0.1, 1e-30, float("nan")], pa.float32()),
        "classes": pa.array([["a", '"b"\n'], None, []], pa.list_(pa.string())),
        "scores": pa.array([[0.5, 1e-7], [float("inf"), float("nan")], [1.0, None]]),
    }
)


def write(path: Path, batches: Sequence[pa.RecordBatch]) -> Path:
    with open_answers(path) as write_batch:
        for batch in batches:
            write_batch(batch)
    return path


def test_parquet_is_read_back_as_it_was(tmp_path: Path) -> None:
    table = pq.read_table(write(tmp_path / "some" / "answers.parquet", [ROWS, ROWS]))
    assert table.schema == ROWS.schema
    np.testing.assert_equal(table.to_pylist(), ROWS.to_pylist() * 2)


def test_csv_has_the_same_values_with_lists_as_json(tmp_path: Path) -> None:
    text = write(tmp_path / "answers.CSV", [ROWS]).read_text(encoding="utf-8")
    assert text == (
        '"id","name","probability","classes","scores"\n'
        '9223372036854775807,"Zürich, ""東京""",0.1,"[""a"",""\\""b\\""\\n""]","[0.5,1e-07]"\n'
        ',,1e-30,,"[null,null]"\n'
        '-9223372036854775808,"",nan,"[]","[1.0,null]"\n'
    )


@settings(max_examples=50, deadline=None, database=None)
@given(
    lists=st.lists(
        st.none() | st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False))
    )
)
def test_a_list_of_numbers_is_json(lists: list[Any]) -> None:
    cells = to_json(pa.array(lists, pa.list_(pa.float64()))).to_pylist()
    assert [None if one is None else json.loads(one) for one in cells] == lists


@settings(max_examples=50, deadline=None, database=None)
@given(lists=st.lists(st.none() | st.lists(st.none() | st.text())), start=st.integers(0, 3))
def test_a_list_of_texts_is_json_of_a_part_of_a_column_too(lists: list[Any], start: int) -> None:
    cells = to_json(pa.array(lists, pa.list_(pa.string()))[start:]).to_pylist()
    assert [None if one is None else json.loads(one) for one in cells] == lists[start:]


def test_rows_are_written_in_groups_that_are_large_or_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "GROUP_ROWS", 7)
    file = pq.ParquetFile(write(tmp_path / "answers.parquet", [ROWS] * 5))
    groups = [file.metadata.row_group(place).num_rows for place in range(file.num_row_groups)]
    assert groups == [9, 6]
    monkeypatch.setattr(files, "GROUP_BYTES", 1)
    assert pq.ParquetFile(write(tmp_path / "b.parquet", [ROWS] * 5)).num_row_groups == 5


def test_parquet_looks_for_no_repeated_numbers_in_vectors(tmp_path: Path) -> None:
    vectors = pa.FixedSizeListArray.from_arrays(pa.array([0.5, 1.0, 0.5, 1.0], pa.float32()), 2)
    batch = pa.RecordBatch.from_pydict({"id": ["a", "a"], "vector": vectors})
    write(tmp_path / "vectors.parquet", [batch])
    group = pq.read_metadata(tmp_path / "vectors.parquet").row_group(0)
    dictionaries = [group.column(place).has_dictionary_page for place in range(2)]
    assert dictionaries == [True, False]
    assert pq.read_table(tmp_path / "vectors.parquet").equals(pa.Table.from_batches([batch]))
    write(tmp_path / "lists.parquet", [pa.RecordBatch.from_pydict({"names": [["a", "b"]]})])
    group = pq.read_metadata(tmp_path / "lists.parquet").row_group(0)
    assert group.column(0).has_dictionary_page


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_a_file_of_no_rows_has_its_columns(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"answers{ending}", [ROWS.slice(0, 0)])
    read = pq.read_table if ending == ".parquet" else pa.csv.read_csv
    table = read(str(path))
    assert (table.num_rows, table.column_names) == (0, ROWS.schema.names)


@pytest.mark.parametrize("name", ["answers", "answers.json", "answers.parquet.gz"])
def test_a_name_must_say_a_format(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught, open_answers(tmp_path / name):
        pass
    assert str(caught.value).splitlines() == [
        "the ending of a file of predictions says its format",
        "  allowed:  a name that ends with .parquet, a name that ends with .csv",
        f"  received: {tmp_path / name}",
        "  do:       give the file another name",
    ]


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_what_fails_leaves_what_was_there(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"answers{ending}"
    path.write_text("before")
    with pytest.raises(ValueError, match="Schema at index 1"):
        write(path, [ROWS, pa.RecordBatch.from_pydict({"other": [1]})])
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "before"


_KILLED = """
import sys, time
from pathlib import Path
import pyarrow as pa
from model.serving.batch.files import open_answers
with open_answers(Path(sys.argv[1])) as write:
    for _ in range(3):
        write(pa.RecordBatch.from_pydict({"id": list(range(70_000))}))
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_a_process_that_is_killed_leaves_no_half_file_and_can_be_started_again(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"answers{ending}"
    command = [sys.executable, "-c", _KILLED, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(WorkspaceError, match="only one process at a time may write a file"):
            write(path, [ROWS])
        process.kill()
    assert [one.name for one in tmp_path.iterdir()] == [f".{path.name}.partial"]
    write(path, [ROWS])
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
