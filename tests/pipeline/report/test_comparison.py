"""Two runs side by side."""

import dataclasses
import types
from typing import Any

import pytest
from made_up_page import EVIL
from tfx.types import standard_artifacts

from model.evaluation.estimates import Estimate
from model.evaluation.references import contract_of
from model.evaluation.two_models import TwoModels
from model.feature_engineering.feature_set import load_features
from model.serving.blessed import Blessed
from pipeline.report import comparison
from pipeline.report.comparison import Measurements, Row, compare
from pipeline.report.ingredients import Ingredients
from pipeline.report.record import RunRecord
from pipeline.report.rendering import render
from pipeline.report.runs import Run, Step

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
    settings={
        "name": "one",
        "trainer": {"epochs": 9, "dropout": 0.2},
        "x": EVIL,
        "output": "elsewhere",
    },
)


def test_a_metric_is_better_or_worse_by_its_own_measure() -> None:
    found = {
        one.title: (one.change, one.words) for one in compare(FIRST, SECOND, Measurements()).metrics
    }
    assert found == {
        "AUC": ("+0.0500", "better"),
        "accuracy": ("+0.0000", "the same"),
        "log loss": ("+0.1000", "worse"),
        "ECE": ("-", "measured in one run only"),
    }


def test_what_is_better_follows_the_difference_on_the_same_rows() -> None:
    models = TwoModels(100, 100, 100, {"accuracy": Estimate(-0.3, -0.32, -0.28)})
    measured = Measurements(models=models)
    second = dataclasses.replace(SECOND, metrics={**SECOND.metrics, "accuracy": 0.9})
    found = {one.title: one.words for one in compare(FIRST, second, measured).metrics}
    assert found["accuracy"] == "surely worse"


@pytest.mark.parametrize(
    ("before", "now", "is_known"),
    [("{0}", "{0}", True), ("other", "{0}", False), ("other", "other", False), ("", "", False)],
)
def test_two_models_are_compared_by_the_label_that_both_were_judged_by(
    before: str, now: str, is_known: bool
) -> None:
    label = load_features("model.features").label

    def run(contract: str) -> Run:
        blessing = standard_artifacts.ModelBlessing()
        Blessed(0.9, contract.format(contract_of(label))).write_to(blessing)
        execution: Any = types.SimpleNamespace(outputs={"blessing": [blessing]})
        steps = {"ModelGate": Step("ModelGate", execution, True, None)}
        record = dataclasses.replace(FIRST, settings={"features": "model.features"})
        return Run("", None, None, steps if contract else {}, record)

    found = comparison._label_of_both(run(before), run(now))
    assert (found is not None) == is_known


def test_only_settings_that_differ_are_shown() -> None:
    tables = {name: rows for name, _, rows in compare(FIRST, SECOND, Measurements()).tables}
    assert tables["Settings"] == [Row("trainer.epochs", "3", "9"), Row("x", "-", EVIL)]
    assert tables["Versions"] == []
    assert tables["Steps"] == [Row("Trainer", "2.5 s", "5.0 s"), Row("Pusher", "1.0 s", "-")]
    assert tables["Runs"][-2:] == [
        Row("rows", *["1,800 train + 200 eval"] * 2),
        Row("fingerprint", "-", "-"),
    ]


def test_only_features_and_digests_that_differ_are_shown() -> None:
    first = Ingredients({"fare": "numeric of fare", "day": "date of day"}, "aa", {"data": "1"})
    second = Ingredients({"fare": "numeric of fare", EVIL: "flag of x"}, "bb", {"data": "1"})
    compared = compare(FIRST, SECOND, Measurements(), (first, second))
    tables = {name: rows for name, _, rows in compared.tables}
    assert tables["Features"] == [Row("day", "date of day", "-"), Row(EVIL, "-", "flag of x")]
    assert tables["Digests"] == []
    assert tables["Runs"][-1] == Row("fingerprint", "aa", "bb")
    compared = compare(FIRST, SECOND, Measurements(), (first, None))
    tables = {name: rows for name, _, rows in compared.tables}
    unknown = "not known: the run did not come to the ModelGate"
    assert tables["Features"] == [Row("all of them", "known", unknown)] == tables["Digests"]


def test_the_page_of_two_runs_is_escaped_too() -> None:
    page = {
        "headline": "Two runs",
        "title": EVIL,
        "comparison": compare(FIRST, SECOND, Measurements()),
    }
    text = render(page, "comparison.html")
    assert text.count("<script>") == 1
    assert text.count("&lt;script&gt;") == 4
    assert "no difference" in text


ON_SAME_ROWS = Measurements(
    ({"auc": (0.88, 0.92)}, {}),
    TwoModels(
        200,
        200,
        200,
        {
            "auc": Estimate(0.05, 0.01, 0.09),
            "log_loss": Estimate(0.1, -0.1, 0.3),
            "accuracy": Estimate(0.00001, 0.00001, 0.00001),
        },
    ),
)


def test_on_the_same_rows_a_change_has_an_interval_and_may_be_sure() -> None:
    compared = compare(FIRST, SECOND, ON_SAME_ROWS)
    found = {one.title: (one.change, one.between, one.words) for one in compared.metrics}
    assert found == {
        "AUC": ("+0.0500", "+0.0100 to +0.0900", "surely better"),
        "accuracy": ("+0.0000", "", "surely better"),
        "log loss": ("+0.1000", "-0.1000 to +0.3000", "worse, but not surely"),
        "ECE": ("-", "", "measured in one run only"),
    }
    assert [one.tone for one in compared.metrics] == ["good-ink", "good-ink", "soft", "soft"]
    assert compared.rows.startswith("Both models were evaluated on the same 200 rows.")
    page = {"headline": "Two runs", "title": "a and b", "comparison": compared}
    text = render(page, "comparison.html")
    assert '0.9000<small>±0.0200</small></td><td class="n">0.9500</td>' in text
    assert "<small>+0.0100 to +0.0900</small>" in text


def test_other_rows_and_another_question_are_said_in_words() -> None:
    others = Measurements(models=TwoModels(200, 150, 20, {}))
    assert compare(FIRST, SECOND, others).rows == (
        "The models were evaluated on different rows: 200 and 150, of which 20 are the same. So "
        "each metric has an interval of its own, and the change has none."
    )
    asked = Measurements(models=TwoModels(9, 9, 9, {}), same_question=False)
    assert compare(FIRST, SECOND, asked).rows.startswith("The models do not predict the same")
    nothing = compare(FIRST, SECOND, Measurements()).rows
    assert nothing == "One of the runs has kept no answers to its eval rows."
