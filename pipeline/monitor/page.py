"""What was found of a served model as a page, of the same kind as that of a run."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup

from data_ingestion.gate.served_columns import ServedColumn
from data_ingestion.statistics import statistics_view
from pipeline.monitor.watch import Watched
from pipeline.report.distributions import Distribution, distribution, picture_of
from pipeline.report.rendering import render
from zeroskew.files import replacing

_NAMES = ("trained with", "served")


@dataclasses.dataclass(frozen=True)
class ColumnView:
    """A column.

    Attributes:
        found: what was found of it.
        distribution: in the training, and as served.
        picture: of it.
    """

    found: ServedColumn
    distribution: Distribution
    picture: Markup


def write_watched(file: Path, found: Watched, title: str) -> None:
    """Writes the page.

    Args:
        file: of the page; what lies there is replaced.
        found: what it shows.
        title: of which model and log.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    alarms = len(found.alarms)
    words = f"{alarms} alarm{'s' if alarms > 1 else ''}" if alarms else "Nothing is surely wrong"
    page = {
        "headline": words,
        "title": title,
        "watched": found,
        "columns": list(_columns(found)),
        "names": _NAMES,
    }
    with replacing(file) as stream:
        stream.write(render(page, "monitor.html").encode())


def _columns(found: Watched) -> Iterator[ColumnView]:
    sets = dict(zip(_NAMES, found.statistics, strict=True))
    rows = {name: statistics_view.rows(one) for name, one in sets.items()}
    for column in found.columns:
        by_set = {
            name: stats
            for name, one in sets.items()
            if (stats := statistics_view.find_column(one, column.name)) is not None
        }
        one = distribution(by_set, rows)
        yield ColumnView(column, one, picture_of(column.name, one))
