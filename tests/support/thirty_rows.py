"""Thirty rows with a column for each kind of feature, as a table, as tf.Examples and as tensors."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from model.feature_engineering.columns import MISSING_INT

TYPES = {
    "fare": "FLOAT",
    "miles": "FLOAT",
    "tips": "FLOAT",
    "constant": "FLOAT",
    "nothing": "FLOAT",
    "latitude": "FLOAT",
    "heading": "FLOAT",
    "age": "INT",
    "month": "INT",
    "hour": "INT",
    "tract": "INT",
    "company": "BYTES",
    "nothing_text": "BYTES",
    "review": "BYTES",
    "tags": "BYTES",
    "viewed": "INT",
    "paid": "FLOAT",
    "vector": "FLOAT",
    "moment": "BYTES",
    "day": "BYTES",
    "epoch": "INT",
    "flag": "BYTES",
}
LISTS = ("tags", "viewed", "paid")
VECTORS = {"vector": 3}
REVIEWS = [
    "Good food, GOOD wine!",
    "It was bad",
    "Das Essen war schön \u2603",
    None,
    "  ...  ",
    "was it was",
]
MOMENTS = ["2024-03-31T00:59:59Z", "2024-03-31T01:00:00Z", "2024-07-01 12:30", "soon", None]
Values = Mapping[str, Sequence[Any]]


def table() -> dict[str, list[Any]]:
    """Thirty rows; None is missing. Row 29 repeats row 0 but for its tip."""
    columns: dict[str, list[Any]] = {
        # 28 present, all different.
        "fare": [5.25 + 1.5 * row for row in range(29)],
        # 27 present, all different; one is 0, so that a division by it is infinite.
        "miles": [float((7 * row) % 29) for row in range(29)],
        "tips": [float(row % 4) for row in range(29)],
        "constant": [7.0] * 29,
        "nothing": [None] * 29,
        # 28 present.
        "latitude": [41.0 + ((5 * row) % 29) / 100 for row in range(29)],
        "heading": [45.0 * row for row in range(29)],
        "age": [20 + row for row in range(29)],
        # Each month twice and more; December is 12; 13 and 0 are out of bounds.
        "month": [1 + row % 12 for row in range(27)] + [13, 0],
        "hour": [row % 24 for row in range(29)],
        "tract": [17031, 17031, 17031, 17031, 17032, 17032, 17032, 17033, 17033, *range(20)],
        # Blue 12 times, Red 8, five others once; 4 missing.
        "company": ["Blue"] * 12 + ["Red"] * 8 + ["Ada", "Bob", "Cyd", "Dov", "Eve"] + [None] * 4,
        "nothing_text": [None] * 29,
        # `good` in 8 rows, `was` in 10; row 3 has none, row 4 only what is no word.
        "review": [REVIEWS[row % len(REVIEWS)] for row in range(29)],
        # Row 0 has none; `a` is twice in a row.
        "tags": [[*"abacd"[: row % 6]] for row in range(29)],
        "viewed": [list(range(row % 4)) for row in range(29)],
        # As many as in `viewed`, but for row 5: 0.5, 1.5, 2.5 and so on.
        "paid": [[0.5 + one for one in range(3 if row == 5 else row % 4)] for row in range(29)],
        "vector": [[float(row), 3.0, -4.0] for row in range(29)],
        # 12 of 30 have none, half of them since they cannot be read.
        "moment": [MOMENTS[row % len(MOMENTS)] for row in range(29)],
        "day": [f"{1 + row}.02.2023" for row in range(29)],
        "epoch": [1_700_000_000_000 + 3_600_000_000 * row for row in range(29)],
        "flag": [["Yes", "no", "TRUE", "0", "maybe", None][row % 6] for row in range(29)],
    }
    columns["vector"][2] = None
    columns["epoch"][3] = None
    columns["fare"][3] = None
    columns["miles"][5] = columns["miles"][6] = None
    columns["latitude"][8] = None
    columns["age"][1] = columns["age"][2] = None
    columns["month"][4] = None
    columns["hour"][7] = None
    columns["tract"][28] = None
    for name, values in columns.items():
        values.append(values[0] if name != "tips" else 9.0)
    return columns


def to_example(values: Mapping[str, Any]) -> bytes:
    """Serialises one row; a column that is None is left out."""
    example = tf.train.Example()
    for name, value in values.items():
        feature = example.features.feature[name]
        several = value if isinstance(value, list) else [value]
        if value is None:
            del example.features.feature[name]
        elif TYPES[name] == "FLOAT":
            feature.float_list.value.extend(several)
        elif TYPES[name] == "INT":
            feature.int64_list.value.extend(several)
        else:
            feature.bytes_list.value.extend(one.encode() for one in several)
    return example.SerializeToString()


def canonical(values: Values, count: int) -> dict[str, tf.Tensor]:
    """Returns canonical columns; those that `values` does not hold are all missing."""
    return {name: _canonical(name, list(values.get(name, [None] * count))) for name in TYPES}


def _canonical(name: str, values: list[Any]) -> Any:
    kind = TYPES[name]
    dtype = {"FLOAT": tf.float32, "INT": tf.int64, "BYTES": tf.string}[kind]
    if name in LISTS:
        return tf.ragged.constant([one or [] for one in values], dtype, ragged_rank=1)
    marker: Any = {"FLOAT": float("nan"), "INT": MISSING_INT, "BYTES": ""}[kind]
    marker = [marker] * VECTORS[name] if name in VECTORS else marker
    return tf.constant([marker if one is None else one for one in values], dtype)


def schema() -> Any:
    """The schema of `table`: every column may be missing."""
    lines = [
        f'feature {{ name: "{name}" type: {kind} value_count {{ {_counts(name)} }} }}'
        for name, kind in TYPES.items()
    ]
    return text_format.Parse("\n".join(lines), schema_pb2.Schema())


def _counts(name: str) -> str:
    if name in VECTORS:
        return f"min: {VECTORS[name]} max: {VECTORS[name]}"
    return "min: 1" if name in LISTS else "min: 0 max: 1"


def write_records(folder: Path, records: Sequence[bytes]) -> None:
    """Writes a gzipped TFRecord file, as ExampleGen and Transform do."""
    folder.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "part-00000.gz"), "GZIP") as writer:
        for record in records:
            writer.write(record)
