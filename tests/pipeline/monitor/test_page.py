"""The page of `zeroskew monitor`, in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Visit, chromium
from playwright.sync_api import Browser
from pushed_model import PARTS
from typer.testing import CliRunner
from watched import fares, write_labels, write_log, write_model

from pipeline.cli import app


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("out"))


def page_of(log: Path, model: Path, page: Path, *options: object) -> int:
    words = ["monitor", log, "--model", model, "--page", page, *options]
    done = CliRunner().invoke(app, [str(one) for one in words], catch_exceptions=False)
    assert f"page       {page}\n" in done.output
    return done.exit_code


def test_it_shows_alarms_metrics_and_how_each_column_has_changed(
    browser: Browser, model: Path, tmp_path: Path
) -> None:
    missing = [None if row % 3 == 0 else one for row, one in enumerate(fares(600).tolist())]
    log = write_log(tmp_path / "log", fare=missing, payment_type=["Cash", "<b>"] * 300)
    labels = write_labels(tmp_path / "labels.csv", 0.9)
    page = tmp_path / "page.html"
    assert page_of(log, model, page, "--labels", labels, "--key", "trip_id") == 3
    visit = Visit(browser, page.as_uri())
    assert (visit.requests, visit.complaints) == ([page.as_uri()], [])
    assert visit.texts("h1") == ["3 alarms"]
    assert f"600 rows that the model {PARTS.whole} has answered" in visit.texts(".banner p")[0]
    assert visit.texts("#alarms li") == [
        "✗fare: missing in 33.33% of the rows, 0.00% in training",
        "✗payment_type: 50.00% of the values were not in training",
        "✗payment_type: infinity norm 0.5000 from training",
    ]
    assert visit.texts("#metrics th") == ["auc", "accuracy"]
    assert visit.texts(".legend li") == ["trained with", "served"]
    pictures = visit.page.locator("#columns svg")
    assert pictures.count() == 2
    assert "33.3% missing in served" in (pictures.first.text_content() or "")
    assert visit.texts("#columns tr:nth-child(2) .tag") == [
        "50.00% of the values were not in training",
        "infinity norm 0.5000 from training",
    ]
    assert visit.page.locator("#columns b").count() == 0


def test_it_says_that_nothing_is_wrong(browser: Browser, model: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert page_of(write_log(tmp_path / "log"), model, page) == 0
    visit = Visit(browser, page.as_uri())
    assert visit.texts("h1") == ["Nothing is surely wrong"]
    assert visit.page.locator("#alarms, #metrics").count() == 0
