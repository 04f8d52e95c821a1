"""From a run to its page."""

import logging
from pathlib import Path

from model.feature_engineering.feature_set import FeatureSet, load_features
from pipeline import produced
from pipeline.report import text
from pipeline.report.rendering import render
from pipeline.report.runs import Run
from pipeline.report.sections.data import data
from pipeline.report.sections.features import features
from pipeline.report.sections.importance import importance
from pipeline.report.sections.lineage import lineage
from pipeline.report.sections.model import model
from pipeline.report.sections.steps import steps
from pipeline.report.sections.verdict import verdict
from zeroskew.errors import ZeroskewError
from zeroskew.files import write_atomically

REPORT_FILE = "report.html"

logger = logging.getLogger("zeroskew")


def write_page(run: Run) -> Path:
    """Writes the page of a run into its output folder.

    Returns:
        The file.
    """
    file = run.output / REPORT_FILE
    write_atomically(file, render(sections_of(run)))
    return file


def sections_of(run: Run) -> dict[str, object]:
    """Reads what the sections of a run's page show, by section; None for what is not there."""
    known = _features_of(run)
    compared = run.outputs("Parity")
    name = run.record.settings["name"] if run.record else run.output.name
    came_out = verdict(run)
    return {
        "headline": came_out.headline,
        "title": f"{text.plain(name)}, {run.began:%d %B %Y, %H:%M}",
        "verdict": came_out,
        "data": data(run),
        "features": features(run, known),
        "importance": importance(run, known),
        "model": model(run, known),
        "parity": produced.parity(compared) if compared else None,
        "steps": steps(run),
        "lineage": lineage(run),
    }


def _features_of(run: Run) -> FeatureSet | None:
    """Reads the features of a run; None if they are not known, or no longer where they were."""
    if run.record is None:
        return None
    try:
        return load_features(run.record.settings["features"])
    except (ZeroskewError, ImportError, OSError) as error:
        logger.warning("the page is made without the features: %s", error)
        return None
