"""A run as a comment: what it says, and that nothing in it becomes markup."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_page import EVIL
from markdown_it import MarkdownIt

from model.evaluation.estimates import Estimate
from model.evaluation.two_models import TwoModels
from pipeline.report import comment
from pipeline.report.comparison import Measurements, compare
from pipeline.report.ingredients import Ingredients, in_words
from pipeline.report.record import RunRecord, Stop
from pipeline.report.runs import Run
from pipeline.report.sections.verdict import Reason, Verdict, verdict

RECORD = RunRecord(
    started="2026-11-29T07:00:00+00:00",
    verdict="not blessed",
    rows={"train": 1_200, "eval": 300},
    metrics={"auc": 0.9, "log_loss": 0.4},
    settings={"name": "one", "trainer": {"epochs": 3}},
    versions={"tfx": "1.16"},
    total_seconds=12.5,
)
OTHER = dataclasses.replace(
    RECORD, verdict="blessed", metrics={"auc": 0.95, "log_loss": 0.4}, settings={"name": "one"}
)
STOPPED = dataclasses.replace(
    RECORD,
    verdict="stopped in DataGate",
    rows={},
    metrics={},
    stop=Stop("DataGate", "AnomalyError", "the data must keep the rules\n  received: `1`", 4),
)
MADE_OF = (
    Ingredients({"fare": "numeric of fare", "day": "date of day"}, "aa", {"code": "1"}),
    Ingredients({"fare": "numeric of fare; scaling=log", "far": "bucketized of miles"}, "bb", {}),
)
ON_SAME_ROWS = Measurements(models=TwoModels(300, 300, 300, {"auc": Estimate(0.05, 0.01, 0.09)}))


def run_of(record: RunRecord | None) -> Run:
    return Run("a", None, None, {}, record)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Returns the comment about two runs of which only the records are known."""

    def say(second: RunRecord | None, first: RunRecord | None, found: Verdict | None = None) -> str:
        runs = {"head": run_of(second), "base": run_of(first)}
        measured = ON_SAME_ROWS if second and second.metrics else Measurements()
        monkeypatch.setattr(comment, "read_last", lambda folder: runs[str(folder)])
        monkeypatch.setattr(
            comment,
            "compare_runs",
            lambda one, other: compare(one.record, other.record, measured, MADE_OF),
        )
        if found:
            monkeypatch.setattr(comment, "verdict", lambda run: found)
        return comment.to_markdown(Path("head"), Path("base"))

    return say


def test_metrics_features_settings_and_fingerprints_stand_beside_each_other(said: Any) -> None:
    lines = said(OTHER, RECORD).splitlines()
    assert "| AUC | 0.9000 | 0.9500 | +0.0500 | +0.0100 to +0.0900 | surely better |" in lines
    assert "| log loss | 0.4000 | 0.4000 | +0.0000 | - | the same |" in lines
    assert "| `fingerprint` | `aa` | `bb` |" in lines
    assert "| `fare` | `numeric of fare` | `numeric of fare; scaling=log` |" in lines
    assert "| `day` | `date of day` | `-` |" in lines
    assert "| `far` | `-` | `bucketized of miles` |" in lines
    assert "| `trainer.epochs` | `3` | `-` |" in lines
    assert any(line.startswith("Both models were evaluated on the same 300 rows") for line in lines)


def test_a_run_that_stopped_says_so_and_why(said: Any) -> None:
    text = said(STOPPED, RECORD)
    assert text.startswith("### The run stopped in DataGate\n\nThe data must keep the rules. ")
    assert "```text\nthe data must keep the rules\n  received: `1`\n```\n" in text
    assert "| `rows` | `1,200 train + 300 eval` | `-` |" in text
    assert "| AUC | 0.9000 | - | - | - | measured in one run only |" in text


def test_a_run_that_was_killed_says_so_and_is_compared_with_nothing(said: Any) -> None:
    text = said(None, RECORD)
    assert text.startswith("### The run has not ended\n")
    assert "| metric |" not in text


def test_without_a_run_to_compare_with_there_is_one_side(said: Any) -> None:
    text = said(STOPPED, None)
    assert text.startswith("### The run stopped in DataGate\n")
    assert text.endswith("No run has ended in `base`, so there is nothing to compare with.")


def test_reasons_that_speak_against_the_model_stand_first_and_open(said: Any) -> None:
    reasons = [Reason("auc is low", False), Reason("all answers are numbers", True)]
    found = Verdict("The model is not blessed", "bad", "It failed.", reasons, "", ["a"], [], [])
    lines = said(RECORD, None, found).splitlines()
    assert lines[0:5] == ["### The model is not blessed", "", "It failed.", "", "- ✗ auc is low"]
    assert lines[6] == "<details><summary>1 check passed</summary>"
    assert lines[8] == "- ✓ all answers are numbers"
    assert lines[12:15] == ["What speaks against the features:", "", "- ! a"]


def test_it_fits_whatever_there_is_to_say(said: Any) -> None:
    long = "|`*" * 5_000
    many = dict.fromkeys((f"{number} {long}" for number in range(900)), long)
    reasons = [Reason(long, False), Reason(long, True)] * 400
    found = Verdict(long, "bad", long, reasons, long, [long] * 400, [], [])
    settings = {f"{number} {long}": long for number in range(900)}
    text = said(dataclasses.replace(OTHER, settings=settings, versions=many), RECORD, found)
    assert len(text) < 65_536
    assert text.endswith("The rest is left out: it is too long.")


def tokens(text: str) -> list[str]:
    """Returns what a reader of Markdown sees in it, without the texts and what breaks them up."""
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inner = [child for one in parsed for child in one.children or ()]
    kept = [one.type for one in inner if one.type != "text" and one.content != "<!-- -->"]
    return [*(one.type for one in parsed), *kept]


@settings(max_examples=30, database=None)
@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_no_text_of_data_becomes_markup(evil: str) -> None:
    def lines(text: str) -> list[str]:
        some = f"a{text}"
        found = Verdict(some, "bad", some, [Reason(text, False)], some, [text], [], [])
        record = dataclasses.replace(OTHER, settings={some: some})
        compared = compare(RECORD, record, ON_SAME_ROWS, MADE_OF)
        return [*comment._verdict(found, "###"), *comment._tables(compared, ("`a`", "`b`"))]

    assert tokens("\n".join(lines(evil))) == tokens("\n".join(lines("x")))


@pytest.mark.parametrize(
    "evil", [EVIL, "@octocat", "https://evil.example", "$x$", "www.evil.example"]
)
def test_nobody_is_called_and_nothing_is_linked(evil: str, said: Any) -> None:
    found = Verdict("The", "bad", evil, [Reason(evil, False)], "", [evil], [], [])
    text = said(RECORD, None, found)
    assert not any(word in text for word in ("@octocat", "https:", "<script>", "$x", "www."))


def test_what_speaks_of_a_run_speaks_of_it_here() -> None:
    assert verdict(run_of(STOPPED)).headline == "The run stopped in DataGate"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"kind": "numeric", "name": "f", "column": "fare", "scaling": "log"},
         "numeric of fare; scaling=log"),
        ({"kind": "crossed", "name": "both", "column": "both", "of": ["a", "b"], "edges": []},
         "crossed of a, b"),
        ({"kind": "label, yes or no", "name": "tip", "uses": ["tips"], "compute": "<compute>"},
         "label, yes or no of tips; compute=<compute>"),
        ({"kind": "label, one of several", "name": "kind", "column": "species", "uses": []},
         "label, one of several of species"),
    ],
)  # fmt: skip
def test_a_line_of_the_list_in_words(line: dict[str, Any], words: str) -> None:
    assert in_words(line) == words


def test_long_cells_show_where_they_begin_to_differ() -> None:
    values = ", ".join(f"'value {place}'" for place in range(40))
    first, second = comment._from_difference(f"[{values}, 'x', 'end']", f"[{values}, 'y', 'end']")
    assert (first[:1], second[:1]) == ("…", "…")
    assert first.endswith("'x', 'end']")
    assert second.endswith("'y', 'end']")
    assert comment._from_difference("a", "b") == ("a", "b")
    assert len(comment._from_difference("a" * 500, "b" * 500)[0]) <= 201
