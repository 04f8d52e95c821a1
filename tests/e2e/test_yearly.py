"""Data that comes year by year: drift stops a span, and passes once a person allows it."""

import importlib.util
import json
from pathlib import Path

import pytest
from command_line import zeroskew
from zeroskew_command import ROOT, Run

EXAMPLE = ROOT / "examples" / "yearly_taxi"
ALLOW = """
allow:
  - {column: payment_type, kind: drift, span: 2014, until: 2100-01-01, reason: card readers}
"""

pytestmark = pytest.mark.e2e


class Years:
    """A copy of the example in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        spec = importlib.util.spec_from_file_location("cut", EXAMPLE / "cut.py")
        assert spec is not None
        assert spec.loader is not None
        cut = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cut)
        self.trips = cut.cut(folder / "spans")
        schema = ROOT / "data_ingestion" / "schema" / "taxi.pbtxt"
        self.schema.write_bytes(schema.read_bytes())
        settings = (EXAMPLE / "settings.yaml").read_text(encoding="utf-8")
        path = "../../data_ingestion/schema/taxi.pbtxt"
        assert path in settings
        text = settings.replace(path, "taxi.pbtxt")
        (folder / "settings.yaml").write_text(text, encoding="utf-8")
        self.rules.write_bytes((EXAMPLE / "rules.yaml").read_bytes())

    @property
    def schema(self) -> Path:
        return self.folder / "taxi.pbtxt"

    @property
    def rules(self) -> Path:
        return self.folder / "rules.yaml"

    @property
    def report(self) -> Path:
        return self.folder / "out" / "data_report.json"

    def ingest(self, year: int) -> Run:
        output = ("--output", self.folder / "out")
        return self.run("ingest", *output, "--set", f"data.span={year}", "--json")

    def run(self, *arguments: object) -> Run:
        return zeroskew(*arguments, "--config", self.folder / "settings.yaml")


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Years:
    return Years(tmp_path_factory.mktemp("years"))


@pytest.fixture(scope="module")
def first(years: Years) -> Run:
    return years.ingest(2013)


@pytest.fixture(scope="module")
def stopped(years: Years, first: Run) -> Run:
    assert first.exit_code == 0, first.stderr
    return years.ingest(2014)


def test_the_example_has_all_trips_in_four_years(years: Years) -> None:
    assert years.trips == {2013: 4388, 2014: 5145, 2015: 4636, 2016: 833}


def test_the_first_year_passes_with_nothing_to_compare_it_with(first: Run) -> None:
    assert first.exit_code == 0, first.stderr
    summary = first.summary
    assert (summary["passed"], summary["span"], summary["compared_with"]) == (True, 2013, None)
    assert summary["rows_in"] == sum(summary["rows"].values()) == 4388
    assert summary["rejected"] == 0
    assert summary["rates"] == {"big_tip": pytest.approx(0.168, abs=5e-4)}
    (warning,) = summary["anomalies"]
    assert (warning["kind"], warning["severity"]) == ("row_rule", "WARNING")
    assert list(summary["seconds"])[-1] == "DataGate"


def test_a_drift_stops_the_run_and_says_all_there_is_to_say(years: Years, stopped: Run) -> None:
    assert stopped.exit_code == 4
    error = stopped.summary["error"]
    assert (error["type"], error["exit_code"]) == ("AnomalyError", 4)
    text = error["message"]
    assert "payment_type: drift (train, eval)\n" in text
    assert "expected: L-infinity distance from span 2013 of at most 0.05\n" in text
    assert "change:   Credit Card: 25.22% -> 31.75% (train)\n" in text
    assert f"zeroskew schema accept payment_type --report {years.report}" in text
    assert "Traceback" not in stopped.stderr
    found = json.loads(years.report.read_text(encoding="utf-8"))
    assert (found["passed"], found["compared_with"]) == (False, "span 2013")
    assert Path(found["rejected_rows"]).is_file()


def test_running_it_again_does_not_wave_it_through(years: Years, stopped: Run) -> None:
    again = years.ingest(2014)
    assert again.exit_code == 4
    assert again.summary["error"]["message"] == stopped.summary["error"]["message"]


def test_allowed_it_passes_as_a_warning_and_nothing_is_read_again(
    years: Years, stopped: Run
) -> None:
    rules = years.rules.read_text(encoding="utf-8")
    years.rules.write_text(rules + ALLOW, encoding="utf-8")
    allowed = years.ingest(2014)
    assert allowed.exit_code == 0, allowed.stderr
    drifts = [one for one in allowed.summary["anomalies"] if one["kind"] == "drift"]
    assert {one["split"] for one in drifts} == {"train", "eval"}
    assert {one["note"] for one in drifts} == {"allowed until 2100-01-01: card readers"}
    assert set(allowed.summary["cached"]) == {
        "CuratedSchema",
        "ExampleGen",
        "StatisticsGen",
        "ExampleValidator",
    }
    assert "allowed until 2100-01-01: card readers" in allowed.stderr


def test_the_next_year_is_compared_with_the_one_that_was_allowed(years: Years) -> None:
    stopped = years.ingest(2015)
    assert stopped.exit_code == 4
    assert "from span 2014 of at most 0.05" in stopped.summary["error"]["message"]


def test_what_is_accepted_from_the_report_passes_for_good(years: Years) -> None:
    before = years.schema.read_text(encoding="utf-8").splitlines()
    done = years.run("schema", "accept", "payment_type", "--report", years.report)
    assert done.exit_code == 0, done.stderr
    after = years.schema.read_text(encoding="utf-8").splitlines()
    changed = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    ((old, new),) = changed
    assert old == "  drift_comparator { infinity_norm { threshold: 0.05 } }"
    assert new.startswith("  drift_comparator { infinity_norm { threshold: 0.")
    passed = years.ingest(2015)
    assert passed.exit_code == 0, passed.stderr
    assert passed.summary["compared_with"] == "span 2014"


def test_a_rerun_of_an_earlier_year_is_compared_as_before(years: Years) -> None:
    rerun = years.ingest(2014)
    assert rerun.exit_code == 0, rerun.stderr
    assert rerun.summary["compared_with"] == "span 2013"
