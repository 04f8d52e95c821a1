"""Drift from the previous span, and skew between training and serving: the schema's comparators."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2

from data_ingestion.anomalies.anomaly import (
    ERROR,
    WARNING,
    Anomaly,
    Change,
    by_column,
    list_anomalies,
)
from data_ingestion.anomalies.expectations import find_feature
from data_ingestion.schema.acceptance import row_ratio_line, threshold_line
from data_ingestion.statistics import statistics_view
from zeroskew.errors import SettingsError
from zeroskew.lazy import lazy_import

tfdv = lazy_import("tensorflow_data_validation")

SHOWN_CHANGES = 3
_MEASURES = {
    "L_INFTY": ("infinity_norm", "L-infinity distance"),
    "JENSEN_SHANNON_DIVERGENCE": ("jensen_shannon_divergence", "Jensen-Shannon divergence"),
    "NORMALIZED_ABSOLUTE_DIFFERENCE": (
        "normalized_abs_difference",
        "normalized absolute difference",
    ),
}
_NO_CONTROL = "COMPARATOR_CONTROL_DATA_MISSING"


@dataclasses.dataclass(frozen=True)
class Control:
    """What data is compared with.

    Attributes:
        name: in words, such as ``"span 2013"``.
        statistics: TFDV's, by split.
        is_serving: whether it is a log of what was served; else it is earlier data.
    """

    name: str
    statistics: Mapping[str, Any]
    is_serving: bool = False

    @property
    def kind(self) -> str:
        """What a difference from it is called."""
        return "skew" if self.is_serving else "drift"

    @property
    def comparator(self) -> str:
        """The field of the schema that says how large a difference may be."""
        return f"{self.kind}_comparator"


def compare(schema: Any, statistics: Mapping[str, Any], control: Control) -> list[Anomaly]:
    """Returns the columns whose distribution is too far from that of the control.

    Args:
        schema: a `schema_pb2.Schema`, whose comparators say how far is too far.
        statistics: TFDV's statistics by split.
        control: what is compared with.

    Raises:
        SettingsError: a comparator cannot measure its column.
    """
    _check_comparators(schema, statistics, control.comparator)
    anomalies: list[Anomaly] = []
    measured: dict[str, float] = {}
    for split, current in statistics.items():
        if split in control.statistics:
            found = _validate(schema, current, control, split)
            anomalies += _columns(found, current, control, split, measured)
            anomalies += _numbers_of_rows(schema, found, current, control, split)
    return [
        dataclasses.replace(one, accept=_accept(schema, one.subject, control, measured))
        if one.subject in measured
        else one
        for one in anomalies
    ]


def _validate(schema: Any, current: Any, control: Control, split: str) -> Any:
    name = "serving_statistics" if control.is_serving else "previous_statistics"
    return tfdv.validate_statistics(current, schema, **{name: control.statistics[split]})


def _columns(
    found: Any, current: Any, control: Control, split: str, measured: dict[str, float]
) -> list[Anomaly]:
    """Returns one split's anomalies; notes in `measured` the largest difference of each column."""
    anomalies = []
    for column, info in sorted(by_column(found).items()):
        reasons = {anomalies_pb2.AnomalyInfo.Type.Name(one.type) for one in info.reason}
        measurement = _measurement(found, column, control)
        if _NO_CONTROL in reasons:
            anomalies.append(_nothing_to_compare(column, control, split))
        elif measurement is not None and measurement.value > measurement.threshold:
            measured[column] = max(measured.get(column, 0.0), measurement.value)
            _, words = _MEASURES[_measure(measurement)]
            anomalies.append(
                Anomaly(
                    subject=column,
                    kind=control.kind,
                    split=split,
                    expected=f"{words} from {control.name} of at most {measurement.threshold:g}",
                    observed=f"{measurement.value:.4g}",
                    changes=_changes(control.statistics[split], current, column),
                )
            )
    return anomalies


def _measurement(found: Any, column: str, control: Control) -> Any:
    for info in found.drift_skew_info:
        if info.path.step[-1] == column:
            kinds = info.skew_measurements if control.is_serving else info.drift_measurements
            return next(iter(kinds), None)
    return None


def _measure(measurement: Any) -> str:
    return str(anomalies_pb2.DriftSkewInfo.Measurement.Type.Name(measurement.type))


def _nothing_to_compare(column: str, control: Control, split: str) -> Anomaly:
    return Anomaly(
        subject=column,
        kind=control.kind,
        split=split,
        # A column may be new; a model cannot do without one that is not served.
        severity=ERROR if control.is_serving else WARNING,
        expected=f"values in {control.name}, to compare with",
        observed="none",
    )


def _numbers_of_rows(
    schema: Any, found: Any, current: Any, control: Control, split: str
) -> list[Anomaly]:
    ratio = statistics_view.rows(current) / max(1, statistics_view.rows(control.statistics[split]))
    return [
        dataclasses.replace(one, accept=row_ratio_line(schema, ratio))
        for one in list_anomalies(found, split, schema)
        if one.kind == "row_count_drift"
    ]


def _accept(schema: Any, column: str, control: Control, measured: Mapping[str, float]) -> str:
    comparator = getattr(find_feature(schema, column), control.comparator)
    (measure,) = (field.name for field, _ in comparator.ListFields())
    return threshold_line(column, control.comparator, measure, measured[column])


def _changes(before: Any, after: Any, column: str) -> tuple[Change, ...]:
    """Returns the values whose share changed most; of numbers, how the quantiles moved."""
    old, new = (statistics_view.find_column(one, column) for one in (before, after))
    if new.HasField("string_stats"):
        shares, new_shares = statistics_view.shares(old), statistics_view.shares(new)
        changes = [
            Change(value, shares.get(value, 0.0), new_shares.get(value, 0.0))
            for value in shares | new_shares
        ]
        return tuple(sorted(changes, key=lambda one: -abs(one.after - one.before))[:SHOWN_CHANGES])
    quantiles = statistics_view.quantiles(old)
    return tuple(
        Change(name, quantiles[name], value, is_share=False)
        for name, value in statistics_view.quantiles(new).items()
        if name in quantiles
    )


def _check_comparators(schema: Any, statistics: Mapping[str, Any], comparator: str) -> None:
    """Proves that no comparator silently measures nothing."""
    for feature in schema.feature:
        if not getattr(feature, comparator).HasField("infinity_norm"):
            continue
        for one in statistics.values():
            stats = statistics_view.find_column(one, feature.name)
            if stats is not None and not stats.HasField("string_stats"):
                raise SettingsError(
                    "infinity_norm compares the shares of values, which only text columns have",
                    allowed="jensen_shannon_divergence for numbers",
                    received=f"{comparator} {{ infinity_norm }} of {feature.name!r} in the schema",
                    action="change the comparator",
                )
