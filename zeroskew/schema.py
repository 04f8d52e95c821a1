"""The schema: the data contract, read from its text form."""

import math
from pathlib import Path
from typing import Any

from zeroskew.errors import SettingsError
from zeroskew.lazy import lazy_import

text_format = lazy_import("google.protobuf.text_format")
schema_pb2 = lazy_import("tensorflow_metadata.proto.v0.schema_pb2")

FILE_NAME = "schema.pbtxt"
CELLS = "cells:"
"""What a tag begins with that says how a cell of text holds a list: ``cells:json``, ``cells:|``."""
UNCHECKED_STAGES = ("PLANNED", "ALPHA", "DEPRECATED", "DEBUG_ONLY", "DISABLED")


class ListType(str):
    """The type of a column whose lists are written in cells of text; equal to the plain type.

    Attributes:
        cells: ``"json"``, or what stands between two values.
        length: how many numbers each vector has; None for lists of any length.
    """

    cells: str
    length: int | None

    def __new__(cls, kind: str, cells: str = "json", length: int | None = None) -> "ListType":
        """Makes the type of this kind."""
        one = super().__new__(cls, kind)
        one.cells, one.length = cells, length
        return one


def read_schema(file: Path) -> Any:
    """Reads a `schema_pb2.Schema` from its text form."""
    return text_format.Parse(file.read_text(encoding="utf-8"), schema_pb2.Schema())


def column_types(schema: Any) -> dict[str, str]:
    """Returns each column's type: ``"FLOAT"``, ``"INT"`` or ``"BYTES"``.

    Raises:
        SettingsError: a column says how cells hold lists, but holds no lists, or says it twice.
    """
    return {feature.name: _type(feature) for feature in schema.feature}


def _type(feature: Any) -> str:
    kind: str = schema_pb2.FeatureType.Name(feature.type)
    tags = [tag for tag in feature.annotation.tag if tag.startswith(CELLS)]
    if not tags:
        return kind
    cells = [tag[len(CELLS) :] for tag in tags]
    if _length(feature) == 1 or len(cells) > 1 or not cells[0]:
        raise SettingsError(
            f"the column {feature.name!r} of the schema says once how its cells hold lists",
            allowed=f'one tag, such as "{CELLS}json" or "{CELLS}|", and a value_count of more '
            "than 1",
            received=", ".join(tags),
            action="correct annotation or value_count in the schema",
        )
    # Words and whole numbers make lists, however many there are; TFDV counts those.
    return ListType(kind, cells[0], _length(feature) if kind == "FLOAT" else None)


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
