"""`zeroskew embed`, as it is typed."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from invoked import invoke
from zeroskew_command import run

from model.serving.vectors.space import read_space
from pipeline.embed_rows import parts_folder
from zeroskew.errors import DataError, SettingsError

HEADER = "id,fare,company,year"


@pytest.fixture
def trips(tmp_path: Path) -> Path:
    file = tmp_path / "trips.csv"
    file.write_text(f"{HEADER}\n1,2.5,Blue,2020\n2,1.5,Red,2021\n", encoding="utf-8")
    return file


def embed(*arguments: object) -> Result:
    return invoke("embed", *arguments)


def test_each_row_gets_a_vector_beside_its_key_and_columns(
    embedding_models: Path, trips: Path, tmp_path: Path
) -> None:
    output = tmp_path / "vectors.parquet"
    model = embedding_models / "7"
    named = ("--key", "id", "--column", "year", "--column", "company")
    done = embed("--model", model, "--rows", trips, *named, "--output", output, "--numpy")
    found = pq.read_table(output)
    assert found.column_names == [
        "id",
        "year",
        "company",
        "vector",
        "model_version",
        "vector_fingerprint",
    ]
    assert found.select(["id", "year", "company"]).to_pylist() == [
        {"id": "1", "year": "2020", "company": "Blue"},
        {"id": "2", "year": "2021", "company": "Red"},
    ]
    assert np.load(tmp_path / "vectors.npy").shape[0] == 2
    space = read_space(model)
    first, second, *others = done.output.splitlines()
    assert first == "vectors.parquet ..."
    assert second.startswith(f"2 rows embedded by {model} in ")
    assert second.endswith(" rows/s")
    assert others == [
        f"vectors      {output}: {space.dimension} numbers, fingerprint {space.fingerprint}",
        f"NumPy        {tmp_path / 'vectors.npy'}, {tmp_path / 'vectors.keys.npy'}",
    ]


def test_json_sums_up_what_is_in_the_file(
    embedding_models: Path, trips: Path, tmp_path: Path
) -> None:
    with trips.open("a") as stream:
        stream.write("3,May,x,2022\n")
    output, model = tmp_path / "vectors.parquet", embedding_models / "7"
    options = ("--json", "--set", "data.allowed_rejected=0.5")
    done = embed("--model", model, "--rows", trips, "--key", "id", "--output", output, *options)
    summary = json.loads(done.output.splitlines()[-1])
    assert summary.pop("seconds") >= 0
    assert summary.pop("rows_per_second") > 0
    space = read_space(model)
    assert summary == {
        "vectors": str(output),
        "numpy": [],
        "rows": 2,
        "taken_over": 0,
        "rejected": 1,
        "rejected_rows": str(tmp_path / "vectors.rejected.parquet"),
        "model": str(model),
        "model_version": 7,
        "dimension": space.dimension,
        "vector_fingerprint": space.fingerprint,
    }
    shown = f"             {trips}, line 4: fare is 'May', not FLOAT"
    assert shown in done.output.splitlines()


def test_a_use_case_names_its_model_rows_key_and_columns(
    embedding_models: Path, trips: Path, tmp_path: Path
) -> None:
    shutil.copytree(embedding_models / "7", tmp_path / "runs" / "serving" / "12")
    config = tmp_path / "settings.yaml"
    content = {
        "schema_file": "schema.pbtxt",
        "data": {"path": "trips.csv"},
        "output": str(tmp_path / "runs"),
        "embeddings": {"key": "id", "columns": ["year"]},
    }
    config.write_text(json.dumps(content), encoding="utf-8")
    output = tmp_path / "vectors.parquet"
    embed("--config", config, "--output", output)
    found = pq.read_table(output)
    assert found.column_names[:3] == ["id", "year", "vector"]
    assert found["model_version"].to_pylist() == [12, 12]
    embed("--config", config, "--key", "year", "--output", output, "--limit", 1, "--quiet")
    found = pq.read_table(output)
    assert (found.column_names[:2], found.num_rows) == (["year", "vector"], 1)


def test_a_killed_command_goes_on_where_it_was(embedding_models: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    rows = 70_000
    for number in range(4):
        lines = [
            f"{number}-{row},{row % 50}.5,{'Blue' if row % 3 else 'Red'}" for row in range(rows)
        ]
        (data / f"{number}.csv").write_text("id,fare,company\n" + "\n".join(lines) + "\n")
    output, whole = tmp_path / "vectors.parquet", tmp_path / "whole.parquet"
    command = ("--model", embedding_models / "7", "--rows", data, "--key", "id", "--json")
    parts = parts_folder(output)
    killed = run(
        "embed", *command, "--output", output, kill_when=lambda: any(parts.glob("part-*.parquet"))
    )
    assert killed.exit_code == -9
    assert not output.exists()
    done = run("embed", *command, "--output", output)
    assert done.exit_code == 0, done.stderr
    assert done.summary["taken_over"] in (rows, 2 * rows, 3 * rows)
    assert done.summary["rows"] == 4 * rows
    assert "rows, which had been read before" in done.stderr
    assert {one.name for one in tmp_path.iterdir()} == {"data", "vectors.parquet"}
    assert run("embed", *command, "--output", whole).summary["taken_over"] == 0
    assert output.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("--output", "a.csv", "--key", "id"), "vectors are written to a file of Parquet"),
        (("--output", "a.parquet"), "a vector stands beside the key of its row"),
        (("--output", "a.parquet", "--key", "idd"), "--key names a column of the rows"),
        (
            ("--output", "a.parquet", "--key", "id", "--column", "yeer"),
            "--column names a column of the rows",
        ),
        (
            ("--output", "a.parquet", "--key", "id", "--set", "output=no_such_folder"),
            "without --model, the newest that a run has pushed is asked",
        ),
    ],
)
def test_what_cannot_be_done_is_said_before_a_model_is_loaded(
    trips: Path, arguments: tuple[str, ...], rule: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        embed("--rows", trips, *arguments)
    assert caught.value.rule == rule


def test_a_column_that_is_read_and_not_there_is_no_silent_zero(
    embedding_models: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("id,company\n1,Red\n")
    output = tmp_path / "vectors.parquet"
    options = ("--rows", tmp_path / "a.csv", "--key", "id", "--output", output)
    with pytest.raises(DataError, match="every data file must have the column 'fare'"):
        embed("--model", embedding_models / "7", *options)
    assert not output.exists()
