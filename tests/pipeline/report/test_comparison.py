"""Two runs side by side."""

import dataclasses

from made_up_page import EVIL

from pipeline.report.comparison import Row, compare
from pipeline.report.record import RunRecord
from pipeline.report.rendering import render

FIRST = RunRecord(
    started="2026-11-29T07:00:00+00:00",
    seconds={"Trainer": 2.5, "Pusher": 1.0},
    peak_bytes={},
    total_seconds=12.5,
    verdict="blessed",
    rows={"train": 1800, "eval": 200},
    metrics={"auc": 0.9, "log_loss": 0.4, "accuracy": 0.8},
    settings={"name": "one", "trainer": {"epochs": 3, "dropout": 0.2}},
    versions={"tfx": "1.16"},
    log="",
)
SECOND = dataclasses.replace(
    FIRST,
    seconds={"Trainer": 5.0},
    verdict=EVIL,
    metrics={"auc": 0.95, "log_loss": 0.5, "accuracy": 0.80001, "ece": 0.01},
    settings={"name": "one", "trainer": {"epochs": 9, "dropout": 0.2}, "x": EVIL},
)


def test_a_metric_is_better_or_worse_by_its_own_measure() -> None:
    found = {one.title: (one.change, one.words) for one in compare(FIRST, SECOND).metrics}
    assert found == {
        "AUC": ("+0.0500", "better"),
        "accuracy": ("+0.0000", "the same"),
        "log loss": ("+0.1000", "worse"),
        "ECE": ("-", "measured in one run only"),
    }


def test_only_settings_that_differ_are_shown() -> None:
    tables = {name: rows for name, _, rows in compare(FIRST, SECOND).tables}
    assert tables["Settings"] == [Row("trainer.epochs", "3", "9"), Row("x", "-", EVIL)]
    assert tables["Versions"] == []
    assert tables["Steps"] == [Row("Trainer", "2.5 s", "5.0 s"), Row("Pusher", "1.0 s", "-")]
    assert tables["Runs"][-1] == Row("rows", *["1,800 train + 200 eval"] * 2)


def test_the_page_of_two_runs_is_escaped_too() -> None:
    page = {"headline": "Two runs", "title": EVIL, "comparison": compare(FIRST, SECOND)}
    text = render(page, "comparison.html")
    assert text.count("<script>") == 1
    assert text.count("&lt;script&gt;") == 4
    assert "no difference" in text
