"""Saying in a schema that the cells of a text column hold lists."""

from collections.abc import Mapping
from pathlib import Path

from google.protobuf import text_format

from data_ingestion.schema.inference import HEADER, drop_domains
from zeroskew.cell_types import CELLS
from zeroskew.files import write_atomically
from zeroskew.schema import read_schema


def mark_lists(file: Path, cells: Mapping[str, str]) -> None:
    """Writes into an inferred schema that columns hold lists; what it said of whole cells goes.

    Args:
        file: the schema.
        cells: by column, ``"json"`` or what stands between two values.
    """
    schema = read_schema(file)
    for feature in schema.feature:
        if feature.name in cells:
            feature.annotation.tag.append(CELLS + cells[feature.name])
            feature.ClearField("value_count")
            feature.value_count.min = 0
    drop_domains(schema, cells)
    write_atomically(file, HEADER + text_format.MessageToString(schema, as_utf8=True))
