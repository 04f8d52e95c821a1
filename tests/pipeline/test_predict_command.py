"""`zeroskew predict`, as it is typed."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from echo_model import save_echo
from example_files import write
from invoked import invoke
from zeroskew_command import message, run

from zeroskew.errors import SettingsError

HEADER = "id,count,fare,company"


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_echo(tmp_path_factory.mktemp("echo") / "7")


@pytest.fixture
def trips(tmp_path: Path) -> Path:
    file = tmp_path / "trips.csv"
    file.write_text(f"{HEADER}\n1,3,2.5,Blue\n2,4,1.5,Red\n", encoding="utf-8")
    return file


def predict(*arguments: object) -> Result:
    return invoke("predict", *arguments)


def test_each_row_becomes_a_line_of_a_file(echo: Path, trips: Path, tmp_path: Path) -> None:
    output = tmp_path / "predictions.csv"
    done = predict("--model", echo, "--rows", trips, "--key", "id", "--output", output)
    assert output.read_text(encoding="utf-8").splitlines()[:2] == [
        '"id","classes","label","name","probabilities","value","model_version","model_fingerprint"',
        '"1","[""Blue"",""no \\""no\\""""]",3,"Blue","[2.5,-2.5]",5,7,',
    ]
    first, second, third = done.output.splitlines()
    assert first == "predictions.csv ..."
    assert second.startswith(f"2 rows answered by {echo} in ")
    assert third == f"predictions  {output}"


def test_json_sums_up_what_is_in_the_file(echo: Path, trips: Path, tmp_path: Path) -> None:
    with trips.open("a") as stream:
        stream.write("3,May,1,x\n")
    output = tmp_path / "predictions.parquet"
    options = ("--json", "--set", "data.allowed_rejected=0.5")
    done = predict("--model", echo, "--rows", trips, "--output", output, *options)
    summary = json.loads(done.output.splitlines()[-1])
    assert summary.pop("seconds") >= 0
    assert summary.pop("rows_per_second") > 0
    assert summary == {
        "predictions": str(output),
        "rows": 2,
        "rejected": 1,
        "rejected_rows": str(tmp_path / "predictions.rejected.parquet"),
        "model": str(echo),
    }
    assert pq.read_table(output).to_pydict()["value"] == [5.0, 3.0]


def test_rows_kept_aside_are_shown(echo: Path, trips: Path, tmp_path: Path) -> None:
    trips.write_text(f"{HEADER}\n1,May,2.5,Blue\n2,4,1.5,Red\n", encoding="utf-8")
    output = tmp_path / "predictions.parquet"
    options = ("--set", "data.allowed_rejected=0.5")
    done = predict("--model", echo, "--rows", trips, "--output", output, *options)
    assert done.output.splitlines()[-2:] == [
        f"kept aside   {tmp_path / 'predictions.rejected.parquet'}: 1 rows, such as",
        f"             {trips}, line 2: count is 'May', not INT",
    ]


def test_quiet_says_nothing(echo: Path, trips: Path, tmp_path: Path) -> None:
    output = tmp_path / "predictions.parquet"
    done = predict("--model", echo, "--rows", trips, "--output", output, "--quiet")
    assert (done.output, pq.read_table(output).num_rows) == ("", 2)


def test_a_use_case_names_its_newest_model_and_its_rows(
    echo: Path, trips: Path, tmp_path: Path
) -> None:
    for version in ("8", "10", "9"):
        shutil.copytree(echo, tmp_path / "runs" / "serving" / version)
    config = tmp_path / "settings.yaml"
    content = {
        "schema_file": "schema.pbtxt",
        "data": {"path": "trips.csv"},
        "output": str(tmp_path / "runs"),
    }
    config.write_text(json.dumps(content), encoding="utf-8")
    output = tmp_path / "predictions.parquet"
    predict("--config", config, "--output", output)
    assert pq.read_table(output).to_pydict()["model_version"] == [10, 10]
    lines = predict("--config", config, "--limit", 1, "--json").output.splitlines()
    assert [json.loads(line)["label"] for line in lines if line.startswith("{")] == [3]


def test_tf_examples_whose_lists_have_one_value_are_lists(tmp_path: Path) -> None:
    model = save_echo(tmp_path / "echo", lists=True)
    write(tmp_path / "a.tfrecord.gz", pa.RecordBatch.from_pydict({"tags": [b"a", None, b"b"]}))
    done = predict("--model", model, "--rows", tmp_path / "a.tfrecord.gz", "--json")
    lines = [json.loads(line) for line in done.output.splitlines() if line.startswith("{")]
    assert [one["how_many"] for one in lines] == [1, 0, 1]


@pytest.mark.parametrize(
    ("arguments", "rule", "received"),
    [
        (
            ("--output", "a.json"),
            "the ending of a file of predictions says its format",
            "a.json",
        ),
        (
            ("--key", "id"),
            "--key names a column that stands in the file of predictions",
            "--key id without --output",
        ),
        (
            ("--set", "output=no_such_folder"),
            "without --model, the newest that a run has pushed is asked",
            "none in no_such_folder/serving",
        ),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_read(
    arguments: tuple[str, ...], rule: str, received: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        predict(*arguments)
    assert (caught.value.rule, caught.value.received) == (rule, received)


def test_too_many_rows_kept_aside_have_the_exit_code_of_bad_data(
    echo: Path, trips: Path, tmp_path: Path
) -> None:
    trips.write_text(f"{HEADER}\n1,May,2.5,Blue\n", encoding="utf-8")
    output = tmp_path / "predictions.parquet"
    done = run("predict", "--model", echo, "--rows", trips, "--output", output, "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (
        4,
        "",
        message(
            "every row must be one that the model was trained to read",
            allowed="0.00% of them not (data.allowed_rejected)",
            received="1 of 1 rows cannot; the first:\n"
            f"            {trips}, line 2: count is 'May', not INT",
            do=f"correct the rows kept in {tmp_path / 'predictions.rejected.parquet'}, or let some "
            "be left out: --set data.allowed_rejected=0.01",
        ),
    )
    assert not output.exists()
