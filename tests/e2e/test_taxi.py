"""The built-in use case: first run, second run, and runs that must not change what is served."""

import json
import shlex
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command_line import versions, write_trips, zeroskew
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd
from zeroskew_command import Run

STEPS = [
    "ExampleGen",
    "CuratedSchema",
    "StatisticsGen",
    "ExampleValidator",
    "LastPassedData",
    "DataGate",
    "TrivialBaselines",
    "Transform",
    "Trainer",
    "LastBlessedModel",
    "Evaluator",
    "Parity",
    "ServingCheck",
    "ModelGate",
    "Pusher",
    "Report",
]

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with a space in its path, to which all runs write."""
    return tmp_path_factory.mktemp("out") / "a run"


@pytest.fixture(scope="module")
def first_run(output: Path) -> Run:
    return zeroskew("run", "--output", output, "--json")


@pytest.fixture(scope="module")
def second_run(first_run: Run, output: Path) -> Run:
    assert first_run.exit_code == 0, first_run.stderr
    return zeroskew("run", "--output", output, "--json")


def test_the_first_run_is_blessed_and_as_good_as_promised(first_run: Run) -> None:
    assert first_run.exit_code == 0, first_run.stderr
    summary = first_run.summary
    assert summary["blessed"] is True
    assert summary["metrics"]["auc"] >= 0.95
    assert summary["metrics"]["accuracy"] >= 0.895
    assert summary["metrics"]["ece"] <= 0.02
    assert summary["rows"]["train"] + summary["rows"]["eval"] == 15_002
    assert summary["failed"] == []


def test_every_step_ran_and_is_complete_in_the_metadata(first_run: Run) -> None:
    assert sorted(first_run.summary["seconds"]) == sorted(STEPS)
    assert sorted(first_run.summary["peak_mib"]) == sorted(STEPS)
    assert min(first_run.summary["peak_mib"].values()) > 100
    assert first_run.summary["rows_per_second"]["ExampleGen"] > 1000
    assert first_run.summary["cached"] == []
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = first_run.summary["metadata_path"]
    store = metadata_store.MetadataStore(config)
    states = {one.id: one.last_known_state for one in store.get_executions()[: len(STEPS)]}
    incomplete = [one for one, state in states.items() if state != mlmd.Execution.COMPLETE]
    # TFX's LatestArtifactStrategy fails where there is nothing yet, and the run goes on.
    (only,) = incomplete
    (context,) = (one for one in store.get_contexts_by_execution(only) if "Passed" in one.name)
    assert context.name == "taxi.LastPassedData"


def test_training_and_serving_agree_on_500_rows(first_run: Run) -> None:
    parity = first_run.summary["parity"]
    assert parity["rows"] == 500
    assert parity["made_up_rows"] == 4
    assert len(parity["comparisons"]) == 6
    assert max(one["largest"] for one in parity["comparisons"]) <= 1e-5


def test_the_baselines_are_those_of_the_eval_split(first_run: Run) -> None:
    majority, *rules = first_run.summary["baselines"]
    assert majority["rule"] == "majority class"
    positive_rate = first_run.summary["metrics"]["mean_label"]
    assert majority["metrics"]["accuracy"] == pytest.approx(1 - positive_rate, abs=1e-6)
    best = max(rules, key=lambda rule: rule["metrics"]["auc"])
    assert best["rule"] == "payment_type alone"
    assert best["metrics"]["auc"] == pytest.approx(0.93, abs=0.01)


def test_the_serving_folder_holds_one_whole_version(first_run: Run, output: Path) -> None:
    (version,) = versions(output)
    assert str(version) == first_run.summary["model_path"]
    assert (version / "saved_model.pb").is_file()
    assert version.name.isdigit()


def test_what_lies_beside_the_model_asks_it(first_run: Run, output: Path, tmp_path: Path) -> None:
    (version,) = versions(output)
    beside = version / "assets.extra"
    assert {one.name for one in beside.iterdir()} == {
        "blessing.json",
        "columns.pbtxt",
        "example.pb",
        "fingerprint.json",
        "known_values.json",
        "lineage.json",
        "model_card.md",
        "request.json",
        "row.schema.json",
        "tf_serving_warmup_requests",
    }
    request = json.loads((beside / "request.json").read_text(encoding="utf-8"))
    (row,) = request["instances"]
    assert row["payment_type"] == "Cash"
    assert 5 < row["fare"] < 12
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([row]), encoding="utf-8")
    done = zeroskew("predict", "--model", version, "--rows", rows, "--json")
    assert json.loads(done.stdout)["probability"] < 0.1


def test_the_console_is_clean_and_the_log_has_the_rest(first_run: Run) -> None:
    assert len(first_run.stdout.splitlines()) == 1
    for noise in ("WARNING", "INFO", "Deprecat", "cuda", "oneDNN"):
        assert noise not in first_run.stderr
    assert "The model is blessed" in first_run.stderr
    assert "Component" not in first_run.stderr
    log = Path(first_run.summary["log_path"]).read_text(encoding="utf-8")
    assert "Going to run a new execution" in log


def test_the_next_command_that_is_printed_works(first_run: Run) -> None:
    program, *arguments = shlex.split(first_run.summary["next"])
    assert Path(program).name == "zeroskew"
    assert f"next       {first_run.summary['next']}" in first_run.stderr
    done = zeroskew(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    predictions = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(predictions) == 3
    for prediction in predictions:
        assert prediction["label"] == int(prediction["probability"] >= 0.5)


def test_a_credit_card_trip_is_likelier_to_get_a_big_tip(first_run: Run, tmp_path: Path) -> None:
    trip = {"fare": 8.0, "trip_miles": 2.0, "trip_seconds": 600, "trip_start_hour": 18}
    rows = [{**trip, "payment_type": kind} for kind in ("Cash", "Credit Card", "Unknown")]
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    model = first_run.summary["model_path"]
    done = zeroskew("predict", "--model", model, "--rows", file, "--limit", 2, "--json")
    cash, card = (json.loads(line)["probability"] for line in done.stdout.splitlines())
    assert cash < 0.05
    assert card > 0.4


def test_a_second_run_reuses_what_has_not_changed(second_run: Run) -> None:
    assert second_run.exit_code == 0, second_run.stderr
    rerun = set(STEPS) - set(second_run.summary["cached"])
    assert rerun == {
        "LastPassedData",
        "DataGate",
        "LastBlessedModel",
        "Evaluator",
        "ModelGate",
        "Pusher",
        "Report",
    }


def test_a_second_run_compares_with_the_first_and_does_not_push_twice(
    first_run: Run, second_run: Run, output: Path
) -> None:
    auc = first_run.summary["metrics"]["auc"]
    low, high = first_run.summary["intervals"]["all rows"]["auc"]
    sentence = (
        f"auc {auc:.4f} ({low:.4f} to {high:.4f}) is not surely worse than the best of the last 10 "
        f"blessed models ({auc:.4f}) beyond the tolerance of 0.005: "
        "from 0.0000 worse to 0.0000 better"
    )
    assert sentence in second_run.summary["reasons"]
    assert second_run.summary["model_path"] == first_run.summary["model_path"]
    assert len(versions(output)) == 1


def test_a_model_below_a_threshold_is_not_blessed_and_not_served(
    second_run: Run, output: Path
) -> None:
    before = versions(output)
    done = zeroskew("run", "--output", output, "--json", "--set", "gate.thresholds.auc=0.999")
    assert done.exit_code == 3
    summary = done.summary
    assert summary["blessed"] is False
    assert summary["model_path"] is None
    auc = summary["metrics"]["auc"]
    low, high = summary["intervals"]["all rows"]["auc"]
    between = f"({low:.4f} to {high:.4f})"
    assert summary["failed"] == [f"auc {auc:.4f} {between} on all rows must be at least 0.999"]
    assert versions(output) == before


def test_data_that_breaks_the_schema_stops_the_run(
    second_run: Run, output: Path, tmp_path: Path
) -> None:
    before = versions(output)
    data = write_trips(
        tmp_path / "trips.csv", lambda number, row: row | {"trip_start_month": 13}, rows=600
    )
    done = zeroskew("run", "--output", output, "--data", data, "--json")
    assert done.exit_code == 4
    assert done.summary["error"]["type"] == "AnomalyError"
    assert "the data must keep the schema and the rules" in done.stderr
    assert "trip_start_month: range (train, eval)" in done.stderr
    assert f"row:      {data}, line 2: trip_start_month is 13" in done.stderr
    assert "Traceback" not in done.stderr
    assert versions(output) == before


def test_a_row_that_cannot_be_read_stops_the_run_and_is_kept_aside(
    second_run: Run, output: Path, tmp_path: Path
) -> None:
    before = versions(output)
    data = write_trips(
        tmp_path / "trips.csv",
        lambda number, row: row | ({"fare": "twelve"} if number in (8, 20) else {}),
        rows=600,
    )
    done = zeroskew("run", "--output", output, "--data", data, "--json")
    assert done.exit_code == 4
    rule, *lines = (line.strip() for line in done.summary["error"]["message"].splitlines())
    assert rule == "the data must keep the schema and the rules"
    assert "observed: 2 of 600 rows rejected" in lines
    assert [line for line in lines if line.startswith("row:")] == [
        f"row:      {data}, line {line}: fare is 'twelve', not FLOAT" for line in (10, 22)
    ]
    (place,) = (line for line in lines if line.startswith("all rejected rows are in "))
    kept_aside = pq.read_table(place.removeprefix("all rejected rows are in "))
    assert kept_aside.column("line").to_pylist() == [10, 22]
    assert all(",twelve," in raw for raw in kept_aside.column("raw").to_pylist())
    assert "Traceback" not in done.stderr
    assert versions(output) == before


def test_a_label_with_one_class_in_a_split_stops_the_run(tmp_path: Path) -> None:
    data = tmp_path / "by folder"
    write_trips(data / "train" / "trips.csv", lambda number, row: row, rows=600)
    write_trips(data / "eval" / "trips.csv", lambda number, row: row | {"tips": 0}, rows=300)
    folders = ("--data", data, "--set", "data.split=folders")
    done = zeroskew("run", "--output", tmp_path / "out", *folders, "--json")
    assert done.exit_code == 4
    message = done.summary["error"]["message"]
    assert message.startswith(
        "the label 'big_tip' must have more than one value in the eval split\n"
        "  received: 300 rows, all of them 0\n"
    )
    assert "600 train + 300 eval rows" in done.stderr
    assert "Traceback" not in done.stderr
    assert versions(tmp_path / "out") == []
