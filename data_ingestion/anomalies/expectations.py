"""What the schema says of a column, in words."""

from typing import Any

from data_ingestion.anomaly_kinds import DATA_SET
from zeroskew.lazy import lazy_import

schema_pb2 = lazy_import("tensorflow_metadata.proto.v0.schema_pb2")
text_format = lazy_import("google.protobuf.text_format")


NAMED_COLUMNS = "the columns that the schema names"

_SHOWN_VALUES = 10


def find_feature(schema: Any, column: str) -> Any:
    """Returns the schema's feature for a column, or None."""
    return next((one for one in schema.feature if one.name == column), None)


def domain_values(schema: Any, feature: Any) -> list[str] | None:
    """Returns the values that a text column may have; None if it may have any."""
    if feature.HasField("string_domain"):
        return list(feature.string_domain.value)
    if feature.HasField("domain"):
        return next(list(one.value) for one in schema.string_domain if one.name == feature.domain)
    if feature.HasField("bool_domain") and feature.type == schema_pb2.BYTES:
        return [feature.bool_domain.true_value, feature.bool_domain.false_value]
    return None


def bounds(feature: Any) -> tuple[float | None, float | None]:
    """Returns the least and the greatest value that a column of numbers may have."""
    if feature.HasField("bool_domain"):
        return 0, 1
    name = feature.WhichOneof("domain_info")
    if name not in ("int_domain", "float_domain"):
        return None, None
    domain = getattr(feature, name)
    low, high = (getattr(domain, end) if domain.HasField(end) else None for end in ("min", "max"))
    return low, high


def expected(kind: str, column: str, schema: Any) -> str:
    """Says what the schema states about a column, as far as it concerns this kind of anomaly."""
    feature = find_feature(schema, column)
    if kind == "new_column" or (feature is None and column != DATA_SET):
        return NAMED_COLUMNS
    if column == DATA_SET:
        return _one_line(schema.dataset_constraints)
    kind_of_value = schema_pb2.FeatureType.Name(feature.type)
    if kind == "missing_column":
        return f"a column of type {kind_of_value}"
    if kind == "type":
        return kind_of_value
    if kind == "presence":
        return _presence(feature.presence)
    if kind == "value_count":
        if feature.WhichOneof("shape_type") != "value_count":
            return f"values in each row as in {_one_line(feature)}"
        return f"{_counts(feature.value_count)} in each row that has any"
    if kind == "range" or (kind == "domain" and kind_of_value != "BYTES"):
        return _range(*bounds(feature))
    if kind == "domain":
        return _domain(domain_values(schema, feature) or [], feature)
    if kind == "uniqueness":
        return f"{_counts(feature.unique_constraints)} that differ"
    return _one_line(feature)


def _presence(presence: Any) -> str:
    if presence.min_fraction:
        return f"a value in at least {presence.min_fraction * 100:.6g} % of the rows"
    return f"a value in at least {presence.min_count:,} row{'' if presence.min_count == 1 else 's'}"


def _range(low: float | None, high: float | None) -> str:
    ends = [("at least", low), ("at most", high)]
    return " and ".join(f"{word} {_number(value)}" for word, value in ends if value is not None)


def _number(value: float) -> str:
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def _counts(constraint: Any) -> str:
    low, high = constraint.min, constraint.max
    if low == high:
        return f"{low} value{'' if low == 1 else 's'}"
    return f"{low} to {high} values" if high else f"at least {low} values"


def _domain(values: list[str], feature: Any) -> str:
    more = len(values) - _SHOWN_VALUES
    shown = ", ".join(values[:_SHOWN_VALUES]) + (f" or {more} more" if more > 0 else "")
    mass = feature.distribution_constraints.min_domain_mass
    return shown if mass == 1 else f"{shown}, in at least {mass * 100:.6g} % of the values"


def _one_line(message: Any) -> str:
    return str(text_format.MessageToString(message, as_one_line=True, as_utf8=True))
