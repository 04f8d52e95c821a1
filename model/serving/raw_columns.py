"""What a SavedModel says of the raw columns it takes, so that rows are read as in training.

The part of the schema with these columns lies in the folder of the model, beside what TensorFlow
Serving reads there.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from model.feature_engineering.columns import Column
from model.serving.saved_model import SavedModel
from zeroskew.cell_types import ListType
from zeroskew.errors import DataError
from zeroskew.files import open_to_write
from zeroskew.lazy import lazy_import
from zeroskew.schema import column_types, read_schema

text_format = lazy_import("google.protobuf.text_format")
schema_pb2 = lazy_import("tensorflow_metadata.proto.v0.schema_pb2")

SIGNATURE = "serving_columns"
COLUMNS_FILE = "assets.extra/columns.pbtxt"
_TYPES = {"float32": "FLOAT", "int64": "INT", "string": "BYTES"}
_KEPT = ("name", "type", "value_count", "shape", "annotation")


def write_columns(folder: str, schema: Any, names: Collection[str]) -> None:
    """Writes what the schema says of the type and the cells of some columns.

    Args:
        folder: the SavedModel's.
        schema: a `schema_pb2.Schema`.
        names: of the columns.
    """
    kept = columns_in(schema, names)
    with open_to_write(f"{folder}/{COLUMNS_FILE}") as stream:
        stream.write(text_format.MessageToString(kept, as_utf8=True).encode())


def columns_in(schema: Any, names: Collection[str]) -> Any:
    """Returns the part of a schema that says of what type some columns are, and what a cell is."""
    kept = schema_pb2.Schema()
    for feature in schema.feature:
        if feature.name in names:
            one = kept.feature.add()
            one.CopyFrom(feature)
            for field, _ in feature.ListFields():
                if field.name not in _KEPT:
                    one.ClearField(field.name)
    return kept


def open_model(folder: Path) -> SavedModel:
    """Loads a SavedModel that takes raw columns.

    Raises:
        DataError: there is none in the folder.
    """
    try:
        saved = SavedModel(str(folder))
        saved.inputs(SIGNATURE)
    except (OSError, KeyError) as error:
        raise no_model(folder) from error
    return saved


def no_model(folder: Path) -> DataError:
    """Returns the error of a folder without a SavedModel that takes raw columns."""
    return DataError(
        "the model must be a SavedModel that a run has pushed",
        received=str(folder),
        action="give the folder that 'zeroskew run' printed as the model",
    )


def types_of(folder: Path, model: SavedModel) -> dict[str, str]:
    """Returns the type of each raw column that a model takes, as the schema of its training said.

    Of a model without that schema, its signature tells; lists are then read from cells of JSON.
    """
    file = folder / COLUMNS_FILE
    if file.exists():
        return column_types(read_schema(file))
    return {name: _type(spec) for name, spec in model.inputs(SIGNATURE).items()}


def columns_taken(model: SavedModel) -> list[Column]:
    """Returns the raw columns that a model takes."""
    return [
        Column(name, _TYPES[spec.dtype.name], 1 if spec.shape.rank == 1 else spec.shape[1])
        for name, spec in model.inputs(SIGNATURE).items()
    ]


def _type(spec: Any) -> str:
    kind = _TYPES[spec.dtype.name]
    return kind if spec.shape.rank == 1 else ListType(kind, "json", spec.shape[1])
