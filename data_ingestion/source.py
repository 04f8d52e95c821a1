"""Where the rows come from, and whether they can be read as the schema says."""

import csv
import dataclasses
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from zeroskew.errors import DataError, StepError, did_you_mean
from zeroskew.schema import column_types

BUILT_IN = "taxi"
SPLITS = ("train", "eval")

_LAYOUTS = {
    False: "a CSV file, or a folder with *.csv files",
    True: "a folder with train/*.csv and eval/*.csv",
}
_ARROW_TYPES = {"FLOAT": pa.float64(), "INT": pa.int64(), "BYTES": pa.binary()}
_PYTHON_TYPES = {"FLOAT": float, "INT": int, "BYTES": str}


@dataclasses.dataclass(frozen=True)
class Source:
    """CSV files, with a header line each.

    Attributes:
        folder: where they lie.
        patterns: file patterns below `folder`: one for all rows, or one for each split.
    """

    folder: Path
    patterns: Mapping[str, str]

    def files(self, split: str) -> list[Path]:
        """Returns the files of one of `patterns`, by name."""
        return sorted(self.folder.glob(self.patterns[split]))


def locate(path: str, *, split_by_folder: bool) -> Source:
    """Finds the data.

    Args:
        path: ``"taxi"`` for the trips that the tfx package ships, a CSV file, or a folder.
        split_by_folder: the folder holds `train/*.csv` and `eval/*.csv`.

    Raises:
        DataError: there is no such file, or the folder holds no CSV file.
    """
    location = _built_in() if path == BUILT_IN else Path(path)
    if location.is_file() and not split_by_folder:
        return Source(location.parent.resolve(), {"all": location.name})
    by_split = {split: f"{split}/*.csv" for split in SPLITS}
    patterns = by_split if split_by_folder else {"all": "*.csv"}
    source = Source(location.resolve(), patterns)
    for split, pattern in patterns.items():
        if not source.files(split):
            absent = f"no {pattern} there" if location.is_dir() else "no such file"
            raise DataError(
                "the data must exist",
                allowed=f"{BUILT_IN!r} (built in), {_LAYOUTS[split_by_folder]}",
                received=f"{path} ({absent})",
                action="check the path given with --data or in the settings",
            )
    return source


def _built_in() -> Path:
    package = importlib.util.find_spec("tfx")
    if package is None or not package.submodule_search_locations:
        raise StepError("the built-in data lies in the tfx package, which is not installed")
    root = Path(next(iter(package.submodule_search_locations)))
    return root / "examples" / "chicago_taxi_pipeline" / "data" / "simple" / "data.csv"


def check(source: Source, schema: Any, needed: Iterable[str]) -> dict[str, int]:
    """Reads every file once and proves that its columns and numbers are what the schema says.

    Args:
        source: the files.
        schema: a `schema_pb2.Schema`.
        needed: columns that must be there, besides those whose presence the schema requires.

    Returns:
        The number of rows by pattern name.

    Raises:
        DataError: a file is empty, lacks a column or holds text where the schema says number.
    """
    types = column_types(schema)
    required = {feature.name for feature in schema.feature if feature.presence.min_count > 0}
    required |= set(needed)
    return {
        split: sum(_check_file(file, types, required) for file in source.files(split))
        for split in source.patterns
    }


def _check_file(file: Path, types: Mapping[str, str], required: set[str]) -> int:
    header = _header(file)
    for name in sorted(required - set(header)):
        raise DataError(
            f"every data file must have the column {name!r}",
            allowed=", ".join(sorted(required)),
            received=f"{file} with the columns {', '.join(header)}",
            action=did_you_mean(name, header) or f"add the column {name!r} to the file",
        )
    rows = sum(batch.num_rows for batch in read_batches(file, types))
    if not rows:
        raise _no_rows(file, "only a header line")
    return rows


def read_batches(file: Path, types: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Reads a CSV file as record batches: float64, int64 and binary columns, empty is null.

    Args:
        file: the file.
        types: the columns to read and their types; columns the file lacks are left out.

    Raises:
        DataError: a value does not have its column's type, or a row not the header's length.
    """
    names = [name for name in _header(file) if name in types]
    convert = arrow_csv.ConvertOptions(
        column_types={name: _ARROW_TYPES[types[name]] for name in names},
        include_columns=names,
        null_values=[""],
        strings_can_be_null=True,
    )
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    try:
        with arrow_csv.open_csv(file, parse_options=parse, convert_options=convert) as reader:
            yield from reader
    except pa.ArrowInvalid as error:
        raise DataError(
            "every value must have the type that the schema states",
            allowed="numbers in INT and FLOAT columns, and in each row as many fields as columns",
            received=_first_fault(file, types) or f"{file}: {error}",
            action="correct the file, or the column's type in the schema",
        ) from error


def _header(file: Path) -> list[str]:
    with file.open("rb") as stream:
        if b"\0" in stream.read(4096):
            raise DataError(
                "a data file must be CSV text in UTF-8",
                received=f"{file}, which is binary, compressed or in UTF-16",
                action="convert it to CSV, with a header line",
            )
    with _open(file) as text:
        header = next(csv.reader(text), [])
    if not any(name.strip() for name in header):
        raise _no_rows(file, "nothing")
    return header


def _first_fault(file: Path, types: Mapping[str, str]) -> str | None:
    """Finds the line that pyarrow, which names neither line nor column, could not read."""
    with _open(file) as text:
        reader = csv.reader(text)
        header = next(reader)
        line = reader.line_num + 1
        for row in reader:
            if row and len(row) != len(header):
                return f"{file}, line {line}: {len(row)} fields, the header has {len(header)}"
            for name, value in zip(header, row, strict=False):
                if value and not _parses(value, types.get(name, "BYTES")):
                    return f"{file}, line {line}: {name} is {value!r}, not {types[name]}"
            line = reader.line_num + 1
    return None


def _parses(value: str, kind: str) -> bool:
    try:
        _PYTHON_TYPES[kind](value)
    except ValueError:
        return False
    return True


def _open(file: Path) -> TextIO:
    return file.open(encoding="utf-8-sig", errors="replace", newline="")


def _no_rows(file: Path, content: str) -> DataError:
    return DataError(
        "a data file must hold a header line and at least one row",
        received=f"{file} with {content}",
        action="check the program that wrote the file",
    )
