"""What a log tells of its model: columns against the training, answers against what came true."""

import dataclasses
import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_ingestion.gate.served_columns import Limits, ServedColumn, compare_served
from model.evaluation.live import LiveMetric, measure_live
from model.serving.fingerprint import read_parts
from model.serving.lineage import read_lineage
from model.serving.raw_columns import COLUMNS_FILE
from model.serving.service.request_log.form import VERSION
from pipeline.monitor.later_labels import LaterLabels, as_read
from pipeline.monitor.log_files import LogWindow
from pipeline.monitor.trained_on import read_training_statistics
from zeroskew.errors import DataError
from zeroskew.schema import column_types, read_schema


@dataclasses.dataclass(frozen=True)
class Watched:
    """What was found.

    Attributes:
        fingerprint: of the model.
        rows: of the log that are its.
        others: rows of other models, by their fingerprint.
        columns: each column that is logged.
        hidden: columns that are not, or as hashes only.
        statistics: TFDV's, of the rows that were trained with and of those that were served.
        metrics: by labels that came later.
        unmeasured: metrics of the blessing that these rows do not have.
        labelled: rows whose label is known by now; None if no labels were given.
    """

    fingerprint: str
    rows: int
    others: Mapping[str, int]
    columns: Sequence[ServedColumn]
    hidden: Sequence[str]
    statistics: tuple[Any, Any]
    metrics: Sequence[LiveMetric] = ()
    unmeasured: Sequence[str] = ()
    labelled: int | None = None

    @property
    def alarms(self) -> list[str]:
        """What is surely wrong, in words."""
        of_columns = [f"{one.name}: {alarm}" for one in self.columns for alarm in one.alarms]
        return of_columns + [
            f"{one.name} {one.live.value:.4f} is surely worse than {one.promised:.4f}, which the "
            "model had when it was blessed"
            for one in self.metrics
            if one.alarm
        ]

    def to_dict(self) -> dict[str, Any]:
        """Returns all of it but the statistics as plain values."""
        found = dataclasses.asdict(dataclasses.replace(self, statistics=(None, None)))
        del found["statistics"]
        for one, metric in zip(found["metrics"], self.metrics, strict=True):
            one["alarm"] = metric.alarm
        return {"passed": not self.alarms, **found, "alarms": self.alarms}


@dataclasses.dataclass(frozen=True)
class Question:
    """What is to be watched.

    Attributes:
        log: folder of the log.
        model: folder of the model.
        limits: what is an alarm.
        since: the first moment; None for the beginning.
        until: the moment after the last; None for the end.
        statistics: file with those of the training, where ML Metadata does not tell.
    """

    log: Path
    model: Path
    limits: Limits
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    statistics: Path | None = None


def watch(asked: Question, labels: LaterLabels | None = None, salt: bytes = b"") -> Watched:
    """Looks at a log.

    Args:
        asked: what is to be watched.
        labels: that came later, if there are some.
        salt: the secret of a hashed key.

    Raises:
        DataError: the log, the model or the statistics cannot be read, or do not belong together.
    """
    fingerprint = read_parts(asked.model).whole
    training = read_training_statistics(asked.model, asked.statistics)
    window = LogWindow(asked.log, fingerprint, asked.since, asked.until)
    types = column_types(read_schema(asked.model / COLUMNS_FILE))
    shown: dict[str, None] = {}

    def batches() -> Iterator[pa.RecordBatch]:
        for table in window.tables():
            names = [name for name in types if name in table.column_names]
            shown.update(dict.fromkeys(names))
            yield as_read(table, names)

    served = compare_served(types, training, batches(), asked.limits)
    found = Watched(
        fingerprint,
        window.rows,
        dict(window.others),
        served.columns,
        [name for name in types if name not in shown],
        (training, served.statistics),
    )
    return _measured(found, asked, window, labels, salt) if labels else found


def _measured(
    found: Watched, asked: Question, window: LogWindow, labels: LaterLabels, salt: bytes
) -> Watched:
    record = read_lineage(asked.model)
    version = int(asked.model.name) if asked.model.name.isdecimal() else None
    tables = [_of_version(table, version) for table in window.tables()]
    joined = labels.join([table for table in tables if table.num_rows] or tables[:1], salt)
    known = int((joined.answers.weights > 0).sum())
    if known < 2:
        raise DataError(
            "at least two rows of the log must have a label by now",
            received=f"{joined.matched:,} of {joined.rows:,} rows with a key of the labels, "
            f"{known:,} of them with a label that is known",
            action="give labels of rows that were asked",
        )
    metrics = measure_live(labels.label, joined.answers, record.metrics, record.rows["eval"])
    measured = {one.name for one in metrics}
    lacking = [
        one.name
        for one in labels.label.METRICS
        if one.name in record.metrics and one.name not in measured
    ]
    return dataclasses.replace(found, metrics=metrics, unmeasured=lacking, labelled=known)


def _of_version(table: pa.Table, version: int | None) -> pa.Table:
    """Returns the rows of one version: models of one fingerprint may have other weights."""
    if version is None:
        return table
    mine = [one == version for one in table.column(VERSION).to_pylist()]
    return table.filter(pa.array(mine))
