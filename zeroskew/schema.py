"""The schema: the data contract, read from its text form."""

import math
from pathlib import Path
from typing import Any

from zeroskew.cell_types import cell_type
from zeroskew.lazy import lazy_import

text_format = lazy_import("google.protobuf.text_format")
schema_pb2 = lazy_import("tensorflow_metadata.proto.v0.schema_pb2")

FILE_NAME = "schema.pbtxt"
UNCHECKED_STAGES = ("PLANNED", "ALPHA", "DEPRECATED", "DEBUG_ONLY", "DISABLED")


def read_schema(file: Path) -> Any:
    """Reads a `schema_pb2.Schema` from its text form."""
    return text_format.Parse(file.read_text(encoding="utf-8"), schema_pb2.Schema())


def column_types(schema: Any) -> dict[str, str]:
    """Returns each column's type: ``"FLOAT"``, ``"INT"`` or ``"BYTES"``.

    Where the schema says how cells of text hold the values, the type is a `CellType`.

    Raises:
        SettingsError: what a column says of its cells contradicts itself, or the column.
    """
    return {feature.name: _type(feature) for feature in schema.feature}


def _type(feature: Any) -> str:
    kind: str = schema_pb2.FeatureType.Name(feature.type)
    tags = list(feature.annotation.tag)
    return cell_type(feature.name, kind, _length(feature), tags) if tags else kind


def column_lengths(schema: Any) -> dict[str, int | None]:
    """Returns how many values each column holds in a row that has any; None for any number."""
    return {feature.name: _length(feature) for feature in schema.feature}


def _length(feature: Any) -> int | None:
    if feature.WhichOneof("shape_type") == "shape":
        return math.prod(dim.size for dim in feature.shape.dim)
    if feature.WhichOneof("shape_type") != "value_count" or feature.value_count.max == 1:
        return 1
    counts = feature.value_count
    return int(counts.max) if counts.max and counts.min in (0, counts.max) else None


def required_columns(schema: Any) -> set[str]:
    """Returns the columns that data must have."""
    return {
        feature.name
        for feature in schema.feature
        if feature.presence.min_count > 0 and is_checked(feature)
    }


def is_checked(feature: Any) -> bool:
    """Whether TFDV checks a column: not in each stage of its life, nor if it is deprecated."""
    stage = schema_pb2.LifecycleStage.Name(feature.lifecycle_stage)
    return stage not in UNCHECKED_STAGES and not feature.deprecated


def schema_file(artifact: Any) -> Path:
    """Returns the file of a Schema artifact."""
    return Path(artifact.uri, FILE_NAME)
