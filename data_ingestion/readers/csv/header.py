"""The first row of a CSV file."""

import codecs
import csv
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from data_ingestion.readers.csv.parse import Dialect
from data_ingestion.readers.csv.row_ends import LONGEST_ROW, count_lines, find_rows
from data_ingestion.readers.csv.text import open_text
from zeroskew.errors import DataError


@dataclasses.dataclass(frozen=True)
class Header:
    """The first row of a file, and what follows it.

    Attributes:
        names: the columns, without the blanks around their names.
        start: where the rows begin, in bytes of the text.
        line: number of that line.
        lacks: what there is instead of rows; empty if there are rows.
        blanks: names that had blanks around them.
    """

    names: tuple[str, ...]
    start: int
    line: int
    lacks: str = ""
    blanks: tuple[str, ...] = ()


def read_header(file: Path, dialect: Dialect) -> Header:
    """Reads the first row of a file; a column without a name gets the one that pandas gives it.

    Raises:
        DataError: the file is no text, or two columns have one name.
    """
    with open_text(file, dialect) as stream:
        text = stream.read(LONGEST_ROW)
    mark = len(codecs.BOM_UTF8) if text.startswith(codecs.BOM_UTF8) else 0
    text = text[mark:]
    found = find_rows(text, dialect.delimiter.encode(), final=len(text) < LONGEST_ROW - mark)
    if found.unclosed and (not len(found.starts) or found.unclosed[0][0] < found.starts[0]):
        raise no_rows(file, "a header line whose quote is never closed")
    if not len(found.starts):
        return Header((), mark, 1, lacks="nothing")
    end = int(found.ends[0])
    first = text[found.starts[0] : end]
    if b"\0" in first:
        raise _not_text(file, "which is binary, compressed or in UTF-16")
    try:
        (written,) = csv.reader([first.decode()], delimiter=dialect.delimiter, strict=False)
    except UnicodeDecodeError as error:
        raise _not_text(file, f"whose header is not {dialect.encoding}") from error
    names = tuple(
        name.strip(" \t") if name.strip() else f"Unnamed: {place}"
        for place, name in enumerate(written)
    )
    _check_names(file, names)
    start = end + (2 if text.startswith(b"\r\n", end) else 1)
    return Header(
        names,
        mark + start,
        1 + count_lines(text, start),
        "" if text[start:].strip() else "only a header line",
        tuple(name for name in written if name.strip() and name != name.strip(" \t")),
    )


def no_rows(file: Path, content: str) -> DataError:
    """Returns the error of a file without rows."""
    return DataError(
        "a data file must hold a header line and at least one row",
        received=f"{file} with {content}",
        action="check the program that wrote the file",
    )


def _check_names(file: Path, names: Sequence[str]) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise DataError(
            "each column must have a name of its own",
            received=f"{file} with the columns {', '.join(names)}",
            action=f"rename the columns called {name!r}",
        )


def _not_text(file: Path, what: str) -> DataError:
    return DataError(
        "a data file must be CSV text in UTF-8, unless the settings name another encoding",
        received=f"{file}, {what}",
        action="convert it to CSV, with a header line, or set data.csv.encoding",
    )
