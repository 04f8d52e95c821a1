"""What a person reads at the end of a run, and what a script gets."""

import io
import json
import shlex
import shutil
from pathlib import Path
from typing import Any

from rich.console import Console

from model.evaluation.baselines import BaselineScore
from model.evaluation.fitness.check import Fitness
from model.evaluation.metrics import SliceMetrics
from pipeline.ended import Ended
from pipeline.places import Workspace
from pipeline.summary import Summary, show

METRICS = {"rows": 3000.0, "auc": 0.96, "accuracy": 0.909, "log_loss": 0.19, "ece": 0.01}
INTERVALS = {
    "auc": (0.954, 0.966),
    "accuracy": (0.8987, 0.9193),
    "log_loss": (0.1757, 0.2043),
    "ece": (0.001, 0.019),
}
NAMES = ("[bold]x", "[/]", "größe [cm]")
"""Names of columns that look like the console's own markup."""


def summary_of(folder: Path, *slices: SliceMetrics, **changes: Any) -> Summary:
    content: dict[str, Any] = {
        "ended": Ended({"eval": 9}, "", {}, {}, [], 1.0, Workspace(folder / "[dim]"), "run.log"),
        "blessed": False,
        "reasons": [],
        "slices": list(slices),
        "baselines": [BaselineScore("payment_type alone", {"accuracy": 0.8963, "auc": 0.9316})],
        "parity": {},
        "fitness": Fitness(),
        "warnings": [],
        "alarms": [],
        "model_path": None,
        "candidate_path": "",
        "data_file": None,
    }
    return Summary(**content | changes)


def shown(summary: Summary, width: int = 200) -> str:
    out = io.StringIO()
    show(summary, Console(file=out, width=width))
    return out.getvalue()


def table(*slices: SliceMetrics, folder: Path) -> list[str]:
    text = shown(summary_of(folder, *slices), width=80)
    return [
        line.rstrip() for line in text.partition("The model is")[0].splitlines() if line.strip()
    ]


def test_names_are_shown_as_they_are(tmp_path: Path) -> None:
    for name in NAMES:
        text = shown(
            summary_of(
                tmp_path,
                SliceMetrics("all rows", METRICS),
                SliceMetrics(f"{name}=1", METRICS),
                reasons=[{"passed": True, "text": f"auc is 0.5 on {name}=1"}],
                baselines=[BaselineScore(f"{name} alone", {"accuracy": 0.5, "auc": 0.5})],
                alarms=[f"the column {name!r} alone predicts the label"],
            )
        )
        assert f"\n  ✓ auc is 0.5 on {name}=1\n" in text
        assert f"\n  ! the column {name!r} alone predicts the label\n" in text
        assert f"\n {name}=1 " in text
        assert f"\n rule: {name} alone " in text
        assert f"unchanged: {tmp_path}/[dim]/serving\n" in text


def test_below_each_metric_stands_how_far_its_interval_reaches_in_80_columns(
    tmp_path: Path,
) -> None:
    card = {**METRICS, "rows": 1018.0}
    found = table(
        SliceMetrics("all rows", METRICS, INTERVALS, 3000),
        SliceMetrics("payment_type=Credit Card", card, INTERVALS, 1018),
        folder=tmp_path,
    )
    assert found == [
        " evaluated on (± 95 %)       rows       AUC   accuracy   log loss       ECE",
        " " + "─" * 74,
        " all rows                   3,000    0.9600     0.9090     0.1900    0.0100",
        "                                    ±0.0060    ±0.0103    ±0.0143   ±0.0090",
        " payment_type=Credit Card   1,018    0.9600     0.9090     0.1900    0.0100",
        "                                    ±0.0060    ±0.0103    ±0.0143   ±0.0090",
        " rule: payment_type alone            0.9316     0.8963",
    ]


def test_a_metric_without_an_interval_or_with_one_of_no_width_stands_alone(
    tmp_path: Path,
) -> None:
    no_width = {"accuracy": (1.0, 1.0)}
    *_, pcard, cash, rule = table(
        SliceMetrics("all rows", METRICS, INTERVALS, 3000),
        SliceMetrics("payment_type=Pcard", {"rows": 1.0, "accuracy": 1.0}, {}, 1),
        SliceMetrics("payment_type=Cash", {"rows": 20.0, "accuracy": 1.0}, no_width, 20),
        folder=tmp_path,
    )
    assert [pcard, cash, rule] == [
        " payment_type=Pcard             1         -     1.0000          -         -",
        " payment_type=Cash             20         -     1.0000          -         -",
        " rule: payment_type alone            0.9316     0.8963",
    ]


def test_without_any_interval_the_table_says_nothing_of_them(tmp_path: Path) -> None:
    found = table(SliceMetrics("all rows", METRICS), folder=tmp_path)
    assert found == [
        " evaluated on                rows      AUC   accuracy   log loss      ECE",
        " " + "─" * 72,
        " all rows                   3,000   0.9600     0.9090     0.1900   0.0100",
        " rule: payment_type alone           0.9316     0.8963",
    ]


def test_a_script_gets_the_ends_of_the_intervals_by_slice(tmp_path: Path) -> None:
    summary = summary_of(
        tmp_path,
        SliceMetrics("all rows", METRICS, INTERVALS, 3000),
        SliceMetrics("size=1", {"rows": 1.0}, {}, 1),
    )
    content = json.loads(summary.to_json())
    assert content["metrics"] == METRICS
    assert content["intervals"] == {
        "all rows": {name: list(ends) for name, ends in INTERVALS.items()},
        "size=1": {},
    }


def test_the_next_command_works_in_whatever_folder_it_is_pasted(tmp_path: Path) -> None:
    summary = summary_of(
        tmp_path,
        SliceMetrics("all rows", METRICS),
        blessed=True,
        model_path="out/serving/1",
        data_file=Path("my rows.csv"),
    )
    program, *arguments = shlex.split(json.loads(summary.to_json())["next"])
    assert shutil.which(program) is not None
    assert arguments == [
        *("predict", "--model", str(Path.cwd() / "out/serving/1")),
        *("--rows", str(Path.cwd() / "my rows.csv"), "--limit", "3"),
    ]
