"""The page of a run that stopped before its first step, made in no time: TFX is not needed."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.report.record import Stop
from pipeline.report.recording import record_of
from pipeline.report.rendering import render, write
from pipeline.report.runs import Run
from pipeline.report.sections.lineage import lineage
from pipeline.report.sections.verdict import verdict
from pipeline.report.text import plain


def write_early_page(
    output: Path, settings: Mapping[str, Any], started: datetime.datetime, stop: Stop, **known: Any
) -> Path:
    """Writes the page of a run of which ML Metadata does not know.

    Args:
        output: the output folder.
        settings: of the run, as plain values.
        started: when.
        stop: why it did not come to its first step.
        known: other attributes of the record.
    """
    record = record_of({}, settings, started, stop, **known)
    run = Run(name="", began=started, output=output, steps={}, record=record)
    came_out = verdict(run)
    sections: dict[str, object] = {
        **dict.fromkeys(
            ("data", "features", "importance", "model", "parity", "fitness", "vectors")
        ),
        "headline": came_out.headline,
        "title": f"{plain(settings['name'])}, {started:%d %B %Y, %H:%M}",
        "verdict": came_out,
        "steps": [],
        "lineage": lineage(run),
    }
    return write(output, render(sections))
