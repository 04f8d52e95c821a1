"""The page of a run in a browser."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Visit, chromium
from command_line import write_trips, zeroskew
from made_up_page import EVIL, sections
from playwright.sync_api import Browser
from zeroskew_command import Run

from pipeline.report.rendering import render

pytestmark = pytest.mark.e2e

SIZES = [(1280, 900), (390, 844)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page in which every text of a user tries to be markup."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(render(sections()), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def report(first_run: Run) -> Path:
    assert first_run.exit_code == 0, first_run.stderr
    return Path(first_run.summary["report_path"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_page_asks_for_nothing_and_complains_of_nothing(
    browser: Browser, made_up: Path, width: int, height: int, scheme: str
) -> None:
    viewport = {"width": width, "height": height}
    visit = Visit(browser, made_up.as_uri(), viewport=viewport, color_scheme=scheme)
    assert visit.requests == [made_up.as_uri()]
    assert visit.complaints == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") == width
    assert visit.page.evaluate("window.evil") is None
    assert visit.texts("#alarms li") == [f"!{EVIL}"]


def test_a_table_is_sorted_by_the_keyboard_too(browser: Browser, made_up: Path) -> None:
    visit = Visit(browser, made_up.as_uri())
    rows, accuracy = (
        visit.page.locator("#model th button", has_text=name).first for name in ("rows", "accuracy")
    )
    assert visit.texts("#slices td:nth-child(2)") == ["1,000", "20", "3"]
    rows.focus()
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Enter")
    assert visit.texts("#slices td:nth-child(2)") == ["3", "20", "1,000"]
    assert rows.locator("..").get_attribute("aria-sort") == "ascending"
    accuracy.click()
    assert visit.texts("#slices td:nth-child(3)") == ["0.9000", "0.7500", "0.5000"]
    assert rows.locator("..").get_attribute("aria-sort") is None


def test_nothing_jumps_after_the_first_picture(browser: Browser, made_up: Path) -> None:
    visit = Visit(browser, made_up.as_uri())
    shifts = """new Promise(done => {
        let sum = 0;
        new PerformanceObserver(list => list.getEntries().forEach(one => sum += one.value))
            .observe({type: "layout-shift", buffered: true});
        setTimeout(() => done(sum), 300);
    })"""
    assert visit.page.evaluate(shifts) == 0


def test_a_printed_page_has_no_buttons_and_no_bar(browser: Browser, made_up: Path) -> None:
    visit = Visit(browser, made_up.as_uri())
    visit.page.emulate_media(media="print")
    assert not visit.page.locator("nav").is_visible()
    assert visit.page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_page_of_a_real_run_has_the_numbers_of_its_summary(
    browser: Browser, first_run: Run, report: Path, width: int, height: int
) -> None:
    summary = first_run.summary
    visit = Visit(browser, report.as_uri(), viewport={"width": width, "height": height})
    assert report.stat().st_size < 3_000_000
    assert (visit.requests, visit.complaints) == ([report.as_uri()], [])
    assert visit.page.evaluate("document.documentElement.scrollWidth") == width
    assert visit.texts("h1") == ["The model is blessed"]
    assert sorted(visit.texts("#reasons .text")) == sorted(summary["reasons"])
    for name in ("auc", "accuracy", "log_loss", "ece"):
        assert visit.texts(f"[data-metric={name}]") == [f"{summary['metrics'][name]:.4f}"]
    assert visit.texts("#rows td") == ["15,002", "12,002", "3,000", "0"]
    assert set(visit.texts("#slices th")) == {"all rows", *summary["slices"]}


def test_the_pictures_of_a_real_run_hold_its_numbers(
    browser: Browser, first_run: Run, report: Path
) -> None:
    visit = Visit(browser, report.as_uri())
    curves = [one.split(" of ")[0] for one in visit.texts("svg.chart > title")]
    assert curves == ["ROC curve", "Precision and recall", "Calibration", "Training"]
    bars = visit.page.locator("#columns tr", has_text="payment_type").locator("g > title")
    first = bars.all_text_contents()[0]
    assert first.startswith("Cash: train 6")
    base_rate = first_run.summary["metrics"]["mean_label"]
    assert f"share of yeses, {base_rate:.4f}" in visit.texts(".legend .dotted")
    assert len(visit.texts("#worst tr")) == 10
    assert visit.texts("#importance th")[0] == "payment_type"


def test_the_curves_of_the_training_are_a_command_away(browser: Browser, report: Path) -> None:
    visit = Visit(browser, report.as_uri())
    (folder,) = visit.texts("#lineage dt:text-is('TensorBoard') + dd")
    assert f"tensorboard --logdir {shlex.quote(folder)}" in visit.texts("#next code")
    files = sorted(str(file.relative_to(folder)) for file in Path(folder).rglob("*.v2"))
    assert files == [f"{one}/events.out.tfevents.0.v2" for one in ("train", "validation")]


def test_the_page_can_be_made_again_and_the_runs_are_listed(
    first_run: Run, report: Path, output: Path
) -> None:
    before = report.read_text(encoding="utf-8")
    report.unlink()
    done = zeroskew("report", output, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == {"report_path": str(report)}
    assert report.read_text(encoding="utf-8") == before
    listed = json.loads(zeroskew("runs", output, "--json").stdout)
    assert listed[-1]["verdict"] == "blessed"
    assert listed[-1]["rows"] == first_run.summary["rows"]
    metrics = first_run.summary["metrics"]
    assert listed[-1]["metrics"] == {name: metrics[name] for name in ("auc", "accuracy")}


def test_two_runs_stand_side_by_side(browser: Browser, first_run: Run, output: Path) -> None:
    done = zeroskew("report", output, output, "--json")
    assert done.exit_code == 0, done.stderr
    page = Path(json.loads(done.stdout)["report_path"])
    assert page == output / "comparison.html"
    visit = Visit(browser, page.as_uri())
    assert (visit.requests, visit.complaints) == ([page.as_uri()], [])
    low, high = first_run.summary["intervals"]["all rows"]["auc"]
    auc = f"{first_run.summary['metrics']['auc']:.4f}±{(high - low) / 2:.4f}"
    cells = visit.texts("#metrics tr:first-child td")
    assert cells == [auc, auc, "+0.0000", "the same"]
    (rows,) = visit.texts("#which-rows")
    assert rows.startswith("Both models were evaluated on the same 3,000 rows.")


def test_a_run_that_the_data_stops_has_a_page(browser: Browser, tmp_path: Path) -> None:
    evil = "<script>window.evil=1</script>"
    data = write_trips(
        tmp_path / "trips.csv",
        lambda number, row: (
            row
            | {"trip_start_month": 13, "company": evil}
            | ({"fare": evil} if number == 8 else {})
        ),
        rows=600,
    )
    done = zeroskew("run", "--output", tmp_path / "out", "--data", data, "--json")
    assert done.exit_code == 4
    report = Path(done.summary["report_path"])
    assert f"report     {report}" in done.stderr
    visit = Visit(browser, report.as_uri())
    assert (visit.requests, visit.complaints) == ([report.as_uri()], [])
    assert visit.page.evaluate("window.evil") is None
    assert visit.texts("h1") == ["The run stopped in DataGate"]
    assert "trip_start_month: range (train, eval)" in "\n".join(visit.texts(".anomaly"))
    assert visit.page.locator("#data", has_text=f"fare is '{evil}', not FLOAT").count() == 1
    (run,) = json.loads(zeroskew("runs", tmp_path / "out", "--json").stdout)
    assert (run["verdict"], run["metrics"]) == ("stopped in DataGate", {})
