"""The step Report: its place in the DAG, and a page that cannot be made."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.artifacts import RunReport
from pipeline.dag import create_pipeline
from pipeline.metadata import Execution
from pipeline.produced import describe, page
from pipeline.report.rendering import REPORT_FILE
from pipeline.report.runs import Run, Step
from pipeline.report.sections.importance import ImportanceView, Owed, importance, keep
from pipeline.report.step import DATA, GATE, PAGE, READ, SETTINGS, TRAINING, Executor
from pipeline.settings import load_settings

PROPERTIES = {
    SETTINGS: json.dumps({"name": "größe", "features": "model.features"}),
    DATA: json.dumps({"path": "trips.csv"}),
    TRAINING: json.dumps({"trainer": {"epochs": 3}, "fingerprint": "x"}),
    GATE: json.dumps({"reference": "best"}),
}


@pytest.fixture
def made(tmp_path: Path) -> RunReport:
    artifact = RunReport()
    artifact.uri = str(tmp_path)
    return artifact


def report_on(made: RunReport, inputs: dict[str, list[Any]]) -> str:
    Executor().Do(inputs, {PAGE: [made]}, PROPERTIES)
    return Path(made.uri, REPORT_FILE).read_text(encoding="utf-8")


def test_it_is_the_last_step_and_waits_for_all_others() -> None:
    *steps, last = create_pipeline(load_settings()).components
    assert last.id == "Report"
    assert {one.id for one in last.upstream_nodes} == {one.id for one in steps}
    of_vectors = {"Embeddings", "Index", "IndexCheck", "IndexPusher"}
    assert set(READ) - of_vectors < {one.id for one in steps}
    kept = json.loads(last.exec_properties[SETTINGS])
    assert (kept["name"], kept["features"]) == ("taxi", "model.features")
    assert kept.keys().isdisjoint({"data", "gate", "output", "schema_file", "trainer"})


def test_it_waits_for_the_vectors_where_they_are_wanted() -> None:
    file = Path(__file__).parents[3] / "examples" / "retrieval" / "settings.yaml"
    *steps, last = create_pipeline(load_settings(file)).components
    assert {one.id for one in last.upstream_nodes} == {one.id for one in steps}
    assert set(READ) < {one.id for one in steps}


def test_the_data_half_has_none() -> None:
    names = {one.id for one in create_pipeline(load_settings(), only_data=True).components}
    assert "DataGate" in names
    assert "Report" not in names


def test_a_page_of_nothing_has_the_settings_of_the_run(made: RunReport) -> None:
    text = report_on(made, {})
    assert "<title>The data has passed: größe</title>" in text
    assert "<code>trips.csv</code>" in text
    assert '<th scope="row">trainer.epochs</th><td class="value"><code>3</code>' in text
    assert 'id="next"' not in text
    size = len(text.encode()) >> 10
    assert describe("Report", {PAGE: [made]}) == f"a page of {size} KiB"


def test_a_page_that_cannot_be_made_says_why_and_stops_nothing(
    made: RunReport, tmp_path: Path
) -> None:
    blessing = RunReport()
    blessing.uri = str(tmp_path / "<nowhere>")
    text = report_on(made, {"ModelGate_blessing": [blessing]})
    assert "<h1>The page could not be made</h1>" in text
    assert "&lt;nowhere&gt;/verdict.json" in text
    assert "Traceback" in text
    file, error = page({PAGE: [made]})
    assert file == tmp_path / REPORT_FILE
    assert error.startswith("FileNotFoundError: ")
    assert describe("Report", {PAGE: [made]}) == f"no page: {error}"


@pytest.mark.parametrize(
    "view", [None, ImportanceView("AUC", False, 9, [Owed("fare", 0.2, 0.1, 0.3, 1.0)], 0)]
)
def test_what_was_measured_once_is_not_measured_again(
    view: ImportanceView | None, made: RunReport
) -> None:
    step = Step("Report", Execution(False, {PAGE: [made]}), True, None)
    run = Run("", None, None, {"Report": step}, None)
    keep(Path(made.uri), view)
    assert importance(run, None) == view
