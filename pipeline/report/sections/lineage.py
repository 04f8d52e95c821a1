"""Lineage: what was made of what, with which settings and which versions."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from data_ingestion.examples.ingestion_report import read_report
from pipeline.report.family import draw
from pipeline.report.runs import Run
from pipeline.report.text import plain
from zeroskew.lazy import lazy_import

produced = lazy_import("pipeline.produced")

_SHOWN_FILES = 20


@dataclasses.dataclass(frozen=True)
class Made:
    """Something that a step made.

    Attributes:
        step: in the DAG.
        kind: type of the artifact.
        number: in ML Metadata; None if there is none to ask.
        place: where it lies.
    """

    step: str
    kind: str
    number: int | None
    place: str


@dataclasses.dataclass(frozen=True)
class Lineage:
    """What was made of what.

    Attributes:
        run: by which name ML Metadata knows the run; empty if there is none to ask.
        files: of the data, the first ones.
        more_files: how many are not shown.
        made: by the steps.
        settings: by key, with dots between the parts.
        versions: by package.
        log: of the libraries; empty if it is not known.
        tensorboard: folder of the training's curves; empty if there was none.
        family: a picture of what the model was made of; None if none was judged.
    """

    run: str
    files: Sequence[str]
    more_files: int
    made: Sequence[Made]
    settings: Sequence[tuple[str, str]]
    versions: Mapping[str, str]
    log: str
    tensorboard: str
    family: Markup | None = None


def lineage(run: Run) -> Lineage:
    """Reads what was made of what."""
    ingested, trained = run.outputs("ExampleGen"), run.outputs("Trainer")
    files = read_report(ingested["report"][0].uri).files if ingested else ()
    record = run.record
    return Lineage(
        run=run.name,
        files=list(map(plain, files[:_SHOWN_FILES])),
        more_files=max(0, len(files) - _SHOWN_FILES),
        made=list(_made(run)),
        settings=list(flat(record.settings)) if record else [],
        versions=record.versions if record else {},
        log=record.log if record else "",
        tensorboard=trained["model_run"][0].uri if trained else "",
        family=_family(run),
    )


def _family(run: Run) -> Markup | None:
    judged, pushed = run.outputs("ModelGate"), run.outputs("Pusher")
    if not judged:
        return None
    place = produced.pushed_to(pushed) if pushed else None
    return draw(produced.lineage(judged), (place or "").rpartition("/")[2])


def _made(run: Run) -> Iterator[Made]:
    for name, step in run.steps.items():
        if step.complete:
            for artifacts in step.execution.outputs.values():
                for one in artifacts:
                    number = one.id if run.name else None
                    yield Made(name, one.type_name, number, one.uri)


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields settings by key, with dots between the parts, and their values as text."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"{prefix}{plain(key)}", plain(text, 400)
