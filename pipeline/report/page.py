"""From a run to its page."""

from pathlib import Path

from pipeline import produced
from pipeline.report import text
from pipeline.report.known_features import features_of
from pipeline.report.rendering import render, write
from pipeline.report.runs import Run
from pipeline.report.sections.data import data
from pipeline.report.sections.features import features
from pipeline.report.sections.importance import importance, keep
from pipeline.report.sections.lineage import lineage
from pipeline.report.sections.model import model
from pipeline.report.sections.steps import steps
from pipeline.report.sections.vectors import vectors
from pipeline.report.sections.verdict import verdict


def write_page(run: Run, output: Path) -> Path:
    """Writes the page of a run into its output folder.

    Returns:
        The file.
    """
    return write(output, render(sections_of(run)))


def write_artifact(folder: Path, run: Run) -> None:
    """Writes the page of a run, and what took time to measure for it, into a folder."""
    sections = sections_of(run)
    write(folder, render(sections))
    keep(folder, sections["importance"])


def write_broken_page(folder: Path, error: str) -> None:
    """Writes a page that says why the page of a run could not be made."""
    page = {"headline": "The page could not be made", "title": "zeroskew", "error": error}
    write(folder, render(page, "broken.html"))


def sections_of(run: Run) -> dict[str, object]:
    """Reads what the sections of a run's page show, by section; None for what is not there."""
    known = features_of(run)
    compared, asked = run.outputs("Parity"), run.outputs("ServingCheck")
    folder = run.output.name if run.output else ""
    name = text.plain(run.record.settings["name"] if run.record else folder)
    came_out = verdict(run)
    return {
        "headline": came_out.headline,
        "title": f"{name}, {run.began:%d %B %Y, %H:%M}" if run.began else name,
        "verdict": came_out,
        "data": data(run),
        "features": features(run, known),
        "importance": importance(run, known),
        "model": model(run, known),
        "parity": produced.parity(compared) if compared else None,
        "fitness": produced.fitness(asked) if asked else None,
        "vectors": vectors(run),
        "steps": steps(run),
        "lineage": lineage(run),
    }
