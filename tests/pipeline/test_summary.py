"""What a person reads at the end of a run."""

import io
from pathlib import Path

from rich.console import Console

from model.evaluation.baselines import BaselineScore
from model.evaluation.metrics import SliceMetrics
from pipeline.ended import Ended
from pipeline.places import Workspace
from pipeline.summary import Summary, show

METRICS = {"rows": 9.0, "auc": 0.5, "accuracy": 0.5, "log_loss": 0.7, "ece": 0.1}
NAMES = ("[bold]x", "[/]", "größe [cm]")
"""Names of columns that look like the console's own markup."""


def shown(folder: Path, name: str) -> str:
    run = Ended({"eval": 9}, "", {}, {}, [], 1.0, Workspace(folder / "[dim]"), "run.log")
    summary = Summary(
        ended=run,
        blessed=False,
        reasons=[{"passed": True, "text": f"auc is 0.5 on {name}=1"}],
        slices=[SliceMetrics("all rows", METRICS), SliceMetrics(f"{name}=1", METRICS)],
        baselines=[BaselineScore(f"{name} alone", {"accuracy": 0.5, "auc": 0.5})],
        parity={},
        warnings=[],
        alarms=[f"the column {name!r} alone predicts the label"],
        model_path=None,
        candidate_path="",
        data_file=None,
    )
    out = io.StringIO()
    show(summary, Console(file=out, width=200))
    return out.getvalue()


def test_names_are_shown_as_they_are(tmp_path: Path) -> None:
    for name in NAMES:
        text = shown(tmp_path, name)
        assert f"\n  ✓ auc is 0.5 on {name}=1\n" in text
        assert f"\n  ! the column {name!r} alone predicts the label\n" in text
        assert f"\n {name}=1 " in text
        assert f"\n rule: {name} alone " in text
        assert f"unchanged: {tmp_path}/[dim]/serving\n" in text
