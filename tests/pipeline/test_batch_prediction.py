"""All rows of a source to a file of answers, whatever kind of source it is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from echo_model import save_echo
from every_reader import WRITERS, Table
from example_files import write
from google.protobuf import text_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.settings import DataSettings
from model.serving.batch.predictor import Predictor
from model.serving.predict import predict_with
from model.serving.raw_columns import open_model, write_columns
from model.serving.saved_model import SavedModel
from pipeline.answered_rows import Outcome
from pipeline.batch_prediction import predict_to_file
from pipeline.rows_to_predict import RowsFile
from zeroskew.errors import DataError

KEYS = ["id", "company"]
integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)
# NUL ends text in some databases, and a lone surrogate is no text.
texts = st.text(st.characters(blacklist_categories=["Cs", "Cc"], min_codepoint=32), min_size=1)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows = draw(st.integers(1, 12))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(st.none() | values, min_size=rows, max_size=rows))

    first = draw(integers.filter(lambda number: number < 2**62))
    ids = list(range(first, first + rows))
    return {
        "id": ids,
        "count": column(integers),
        "fare": column(floats),
        "company": column(texts),
    }


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with small_heap():
        yield


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_echo(tmp_path_factory.mktemp("echo") / "7")


@pytest.fixture(scope="module")
def alone(echo: Path) -> SavedModel:
    return open_model(echo)


def answer(
    data: DataSettings, echo: Path, output: Path, keys: list[str], **more: Any
) -> tuple[Outcome, list[dict[str, Any]]]:
    """Returns what became of the rows, and the rows of the file."""
    file, predictor = RowsFile(data), Predictor(echo, keys)
    types = {**file.key_types(keys), **predictor.types}
    outcome = predict_to_file(file.source, types, predictor, output, **more)
    return outcome, pq.read_table(output).to_pylist() if output.suffix == ".parquet" else []


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=3, deadline=None, database=None, suppress_health_check=[*HealthCheck])
@given(table=tables())
def test_each_row_of_every_reader_gets_the_answer_that_it_gets_alone(
    name: str,
    tmp_path_factory: pytest.TempPathFactory,
    echo: Path,
    alone: SavedModel,
    table: Table,
) -> None:
    folder = tmp_path_factory.mktemp("table")
    data = WRITERS[name](folder, table)
    outcome, found = answer(data, echo, folder / "answers.parquet", KEYS)
    rows = [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    as_read = str if name.startswith("csv") else int
    expected = [
        {
            "id": as_read(row["id"]),
            "company": row["company"],
            **one,
            "model_version": 7,
            "model_fingerprint": None,
        }
        for row, one in zip(rows, predict_with(alone, rows), strict=True)
    ]
    np.testing.assert_equal(found, expected)
    assert (outcome.rows, outcome.rejected) == (len(rows), 0)


@settings(max_examples=5, deadline=None, database=None, suppress_health_check=[*HealthCheck])
@given(table=tables())
def test_csv_says_what_parquet_says(
    tmp_path_factory: pytest.TempPathFactory, echo: Path, table: Table
) -> None:
    folder = tmp_path_factory.mktemp("table")
    data = WRITERS["parquet"](folder, table)
    _, expected = answer(data, echo, folder / "answers.parquet", KEYS)
    answer(data, echo, folder / "answers.csv", KEYS)
    schema = pq.read_schema(folder / "answers.parquet")
    lists = {field.name for field in schema if pa.types.is_list(field.type)}
    types = {f.name: pa.string() if f.name in lists else f.type for f in schema}
    found = pa.csv.read_csv(
        str(folder / "answers.csv"),
        convert_options=pa.csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
    ).to_pylist()
    nan_is_null = json.loads(json.dumps(expected).replace("NaN", "null"))
    for row, wanted in zip(found, nan_is_null, strict=True):
        for name in lists:
            row[name] = json.loads(row[name])
            if name == "probabilities":
                row[name] = [one if one is None else float(np.float32(one)) for one in row[name]]
        row["value"] = None if np.isnan(row["value"]) else row["value"]
        assert row == wanted


def write_csv(folder: Path, *lines: str) -> DataSettings:
    file = folder / "trips.csv"
    file.write_text("".join(f"{line}\n" for line in ("id,count,fare,company", *lines)))
    return DataSettings(path=str(file))


def test_rows_that_cannot_be_read_are_kept_aside_and_the_others_answered(
    tmp_path: Path, echo: Path
) -> None:
    data = write_csv(tmp_path, "007,1,2.5,a", "008,May,2,b", "009,2,3.5,c", "010,3", "011,4,4.5,d")
    output = tmp_path / "out" / "answers.parquet"
    outcome, found = answer(data, echo, output, ["id"], allowed_rejected=0.5)
    assert [(row["id"], row["value"]) for row in found] == [("007", 5), ("009", 7), ("011", 9)]
    assert (outcome.rows, outcome.rejected) == (3, 2)
    assert pq.read_table(tmp_path / "out" / "answers.rejected.parquet").to_pylist() == [
        {"source": data.path, "line": 3, "reason": "count is 'May', not INT", "raw": "008,May,2,b"},
        {"source": data.path, "line": 5, "reason": "2 fields, the header has 4", "raw": "010,3"},
    ]
    write_csv(tmp_path, "007,1,2.5,a")
    answer(data, echo, output, ["id"])
    assert [one.name for one in output.parent.iterdir()] == [output.name]


def test_more_rows_kept_aside_than_allowed_are_an_error_and_leave_the_file_as_it_was(
    tmp_path: Path, echo: Path
) -> None:
    data = write_csv(tmp_path, "1,1,2.5,a", "2,May,2,b", "3,2,x,c", "4,y,1,d", "5,z,1,d")
    output = tmp_path / "answers.csv"
    output.write_text("before")
    with pytest.raises(DataError) as caught:
        answer(data, echo, output, ["id"], allowed_rejected=0.5)
    aside = tmp_path / "answers.rejected.parquet"
    assert str(caught.value).splitlines() == [
        "every row must be one that the model was trained to read",
        "  allowed:  50.00% of them not (data.allowed_rejected)",
        "  received: 4 of 5 rows cannot; the first:",
        f"            {data.path}, line 3: count is 'May', not INT",
        f"            {data.path}, line 4: fare is 'x', not FLOAT",
        f"            {data.path}, line 5: count is 'y', not INT",
        f"  do:       correct the rows kept in {aside}, or let some be left out: --set "
        "data.allowed_rejected=0.01",
    ]
    assert output.read_text() == "before"
    assert pq.read_table(aside).num_rows == 4
    answer(data, echo, output, ["id"], allowed_rejected=0.8)


def test_a_vector_that_is_too_short_is_kept_aside_in_its_place(tmp_path: Path) -> None:
    echo = save_echo(tmp_path / "echo", lists=True)
    vectors = [[1.0, 2.0], [1.0], None, [3.0, 4.0, 5.0]]
    pq.write_table(pa.table({"vector": vectors, "id": [5, 6, 7, 8]}), tmp_path / "rows.parquet")
    data = DataSettings(path=str(tmp_path / "rows.parquet"))
    output = tmp_path / "answers.parquet"
    outcome, found = answer(data, echo, output, ["id"], allowed_rejected=0.5)
    assert [row["id"] for row in found] == [5, 7]
    assert [(row.line, row.reason) for row in outcome.samples] == [
        (2, "vector holds 1 value, not 2"),
        (4, "vector holds 3 values, not 2"),
    ]
    assert json.loads(outcome.samples[0].raw) == {"vector": [1.0], "id": 6}


@pytest.mark.parametrize(("limit", "ids"), [(1, "1"), (2, "1"), (3, "13"), (9, "134")])
def test_a_limit_counts_the_rows_that_are_read(
    tmp_path: Path, echo: Path, limit: int, ids: str
) -> None:
    data = write_csv(tmp_path, "1,1,2.5,a", "2,May,2,b", "3,2,1,c", "4,2,1,c")
    output = tmp_path / "answers.parquet"
    outcome, found = answer(data, echo, output, ["id"], allowed_rejected=1, limit=limit)
    assert "".join(row["id"] for row in found) == ids
    assert outcome.rows + outcome.rejected == min(limit, 4)


LIST_SCHEMA = """
feature { name: "tags" type: BYTES value_count { min: 1 } annotation { tag: "cells:|" } }
feature {
  name: "vector" type: FLOAT value_count { min: 2 max: 2 } annotation { tag: "cells:json" }
}
feature { name: "fare" type: FLOAT value_count { min: 0 max: 1 } }
"""


def test_lists_and_vectors_of_every_format_get_the_same_answers(tmp_path: Path) -> None:
    model = save_echo(tmp_path / "echo", lists=True)
    schema = text_format.Parse(LIST_SCHEMA, schema_pb2.Schema())
    write_columns(str(model), schema, ["tags", "vector", "fare"])
    tags, vectors = [["a", "b"], None, ["ü"]], [[1.0, 2.5], [0.5, -1.0], None]
    table = pa.table({"tags": tags, "vector": vectors, "fare": [1.5, None, 2.0]})
    pq.write_table(table, tmp_path / "rows.parquet")
    cells = ["tags,vector,fare", 'a|b,"[1.0, 2.5]",1.5', ',"[0.5, -1]",', "ü,,2"]
    (tmp_path / "rows.csv").write_text("\n".join(cells) + "\n", encoding="utf-8")
    encoded = [None if one is None else [text.encode() for text in one] for one in tags]
    columns = {
        "tags": pa.array(encoded),
        **{n: table[n].combine_chunks() for n in ("vector", "fare")},
    }
    write(tmp_path / "rows.tfrecord.gz", pa.RecordBatch.from_pydict(columns))
    expected = predict_with(open_model(model), table.to_pylist())
    for name in ("rows.parquet", "rows.csv", "rows.tfrecord.gz"):
        data = DataSettings(path=str(tmp_path / name))
        _, found = answer(data, model, tmp_path / "answers.parquet", ["tags"])
        assert [row.pop("tags") or None for row in found] == tags
        for row in found:
            assert (row.pop("model_version"), row.pop("model_fingerprint")) == (None, None)
        np.testing.assert_equal(found, expected)


def test_rows_of_several_files_are_in_their_order(tmp_path: Path, echo: Path) -> None:
    for number in range(4):
        pq.write_table(
            pa.table({"id": range(number * 10, number * 10 + 10), "fare": [0.5] * 10}),
            tmp_path / f"part-{number}.parquet",
        )
    data = DataSettings(path=f"{tmp_path}/part-*.parquet")
    _, found = answer(data, echo, tmp_path / "answers.parquet", ["id"], limit=35)
    assert [row["id"] for row in found] == list(range(35))


def test_a_source_without_rows_gives_a_file_without_rows(tmp_path: Path, echo: Path) -> None:
    data = WRITERS["sqlite"](tmp_path, {"id": [], "count": [], "fare": [], "company": []})
    outcome, found = answer(data, echo, tmp_path / "answers.parquet", ["company"])
    assert (outcome.rows, found) == (0, [])
    assert pq.read_schema(tmp_path / "answers.parquet").field("company").type == pa.string()


def test_columns_by_the_names_of_folders_are_keys_too(tmp_path: Path, echo: Path) -> None:
    for city in ("Köln", "Bonn"):
        (tmp_path / f"city={city}").mkdir()
        (tmp_path / f"city={city}" / "a.csv").write_text("fare\n1.5\n")
    _, found = answer(DataSettings(path=str(tmp_path)), echo, tmp_path / "a.parquet", ["city"])
    assert [(row["city"], row["value"]) for row in found] == [("Bonn", 3.0), ("Köln", 3.0)]
