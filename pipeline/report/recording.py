"""The record of a run, from what its steps have produced."""

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from model.feature_engineering.labels import METRICS
from pipeline.report.record import RunRecord, Stop
from zeroskew.lazy import lazy_import
from zeroskew.packages import installed_versions

if TYPE_CHECKING:
    from pipeline.produced import Outputs

produced = lazy_import("pipeline.produced")


def record_of(
    outputs: Mapping[str, "Outputs"],
    settings: Mapping[str, Any],
    started: datetime.datetime,
    stop: Stop | None = None,
    **measured: Any,
) -> RunRecord:
    """Returns the record of a run.

    Args:
        outputs: by step, what it has produced.
        settings: of the run, as plain values.
        started: when.
        stop: why it did not come to its end; None if it did.
        measured: those attributes of the record that no artifact tells.
    """
    return RunRecord(
        started=started.isoformat(timespec="seconds"),
        verdict=_verdict(outputs, stop),
        rows=produced.split_rows(outputs["StatisticsGen"]) if "StatisticsGen" in outputs else {},
        metrics=_metrics(outputs["Evaluator"]) if "Evaluator" in outputs else {},
        settings=settings,
        versions=installed_versions(),
        stop=stop,
        **measured,
    )


def _verdict(outputs: Mapping[str, "Outputs"], stop: Stop | None) -> str:
    if stop:
        return f"stopped in {stop.step}" if stop.step else "stopped"
    if "ModelGate" not in outputs:
        return "data passed"
    return "blessed" if produced.verdict(outputs["ModelGate"])["blessed"] else "not blessed"


def _metrics(outputs: "Outputs") -> dict[str, float]:
    measured = produced.metrics(outputs)[0].metrics
    return {name: measured[name] for name in METRICS if name in measured}
