"""The text of the schema that would accept what broke it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.anomalies.expectations import find_feature
from data_ingestion.anomaly_kinds import DATA_SET
from data_ingestion.schema.text import one_line
from data_ingestion.statistics import statistics_view
from zeroskew.cell_types import ALL_OF_CELLS, tags_of
from zeroskew.lazy import lazy_import

tfdv = lazy_import("tensorflow_data_validation")

_FIELDS = {
    "range": "domain_info",
    "domain": "domain_info",
    "value_count": "shape_type",
    "uniqueness": "unique_constraints",
    "missing_column": "lifecycle_stage",
}
"""The field, or the choice of fields, that TFDV's corrected schema has to be asked for."""


class Acceptance:
    """Says how the schema has to change for data to fit.

    Args:
        schema: a `schema_pb2.Schema`.
        statistics: TFDV's statistics of each split.
        types: that the values have, by column, if the cells of text they were read from are known.
    """

    def __init__(
        self, schema: Any, statistics: Sequence[Any], types: Mapping[str, str] | None = None
    ) -> None:
        self._types = types or {}
        self._schema = schema
        self._statistics = statistics
        self._corrected = schema
        for one in statistics:
            self._corrected = tfdv.update_schema(self._corrected, one)

    def line(self, column: str, kind: str) -> str:
        """Returns the text that accepts an anomaly; empty if nothing in a schema does."""
        if column == DATA_SET:
            return self._number_of_rows()
        change = schema_pb2.Schema()
        feature = change.feature.add(name=column)
        if kind == "new_column":
            return self._new_column(change)
        if kind == "presence":
            self._presence(feature)
        elif kind == "type":
            feature.type = self._observed_type(column)
            self._written(feature)
        elif kind in _FIELDS:
            self._corrected_field(feature, _FIELDS[kind])
        if kind == "domain" and feature.domain:
            return self._added_values(feature.domain)
        return one_line(change) if len(feature.ListFields()) > 1 else ""

    def _new_column(self, change: Any) -> str:
        (feature,) = change.feature
        feature.CopyFrom(find_feature(self._corrected, feature.name))
        domains = [one for one in self._corrected.string_domain if one.name == feature.domain]
        change.string_domain.extend(domains)
        self._written(feature)
        return one_line(change)

    def _presence(self, feature: Any) -> None:
        """States the share of rows that have a value, rounded down."""
        known = find_feature(self._schema, feature.name)
        least = min(self._share_with_value(one, feature.name) for one in self._statistics)
        share = math.floor(least * 10_000) / 10_000
        feature.presence.min_count = int(least > 0)
        if share:
            feature.presence.min_fraction = share
        if known.value_count.min:
            feature.value_count.min = 0
            feature.value_count.max = known.value_count.max

    def _share_with_value(self, statistics: Any, column: str) -> float:
        stats = statistics_view.find_column(statistics, column)
        known = statistics_view.rows_with_value(stats) if stats else 0
        return known / max(1, statistics_view.rows(statistics))

    def _observed_type(self, column: str) -> int:
        stats = statistics_view.find_column(self._statistics[0], column)
        return int(schema_pb2.FeatureType.Value(statistics_view.observed_type(stats)))

    def _written(self, feature: Any) -> None:
        """States how the cells of a column are written, if the schema does not say so."""
        kind = self._types.get(feature.name, "")
        known = next((one for one in self._schema.feature if one.name == feature.name), feature)
        before = list(known.annotation.tag)
        tags = [tag for tag in before if not tag.startswith(ALL_OF_CELLS)] + tags_of(kind)
        if kind and tags != before:
            feature.annotation.SetInParent()
            feature.annotation.tag.extend(tags)

    def _corrected_field(self, feature: Any, field: str) -> None:
        corrected = find_feature(self._corrected, feature.name)
        name = field
        if field in schema_pb2.Feature.DESCRIPTOR.oneofs_by_name:
            name = corrected.WhichOneof(field) or ""
        if name and corrected.HasField(name):
            value = getattr(corrected, name)
            if isinstance(value, str | int):
                setattr(feature, name, value)
            else:
                getattr(feature, name).CopyFrom(value)

    def _added_values(self, domain: str) -> str:
        """States only the values that the domain lacks."""
        before, after = (
            next(list(one.value) for one in schema.string_domain if one.name == domain)
            for schema in (self._schema, self._corrected)
        )
        change = schema_pb2.Schema()
        change.string_domain.add(name=domain, value=[one for one in after if one not in before])
        return one_line(change)

    def _number_of_rows(self) -> str:
        change = schema_pb2.Schema()
        change.dataset_constraints.CopyFrom(self._schema.dataset_constraints)
        constraints = change.dataset_constraints
        rows = [statistics_view.rows(one) for one in self._statistics]
        if constraints.min_examples_count > min(rows):
            constraints.min_examples_count = min(rows)
        if constraints.HasField("max_examples_count"):
            constraints.max_examples_count = max(constraints.max_examples_count, *rows)
        return "" if constraints == self._schema.dataset_constraints else one_line(change)


def threshold_line(column: str, comparator: str, kind: str, measured: float) -> str:
    """Returns the text that accepts a drift or a skew.

    Args:
        column: the column.
        comparator: ``"drift_comparator"`` or ``"skew_comparator"``.
        kind: the measure, a field of the comparator.
        measured: how far the data is apart; it is rounded up.
    """
    change = schema_pb2.Schema()
    feature = change.feature.add(name=column)
    threshold = math.ceil(measured * 1000) / 1000
    getattr(getattr(feature, comparator), kind).threshold = threshold
    return one_line(change)


def row_ratio_line(schema: Any, ratio: float) -> str:
    """Returns the text that accepts a number of rows, `ratio` times that of the previous span."""
    change = schema_pb2.Schema()
    change.dataset_constraints.CopyFrom(schema.dataset_constraints)
    comparator = change.dataset_constraints.num_examples_drift_comparator
    if ratio < comparator.min_fraction_threshold:
        comparator.min_fraction_threshold = math.floor(ratio * 1000) / 1000
    else:
        comparator.max_fraction_threshold = math.ceil(ratio * 1000) / 1000
    return one_line(change)
