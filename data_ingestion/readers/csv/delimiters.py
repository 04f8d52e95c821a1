"""The delimiter of a CSV file, by what all of its first lines agree on."""

import codecs
import csv
import io
from collections.abc import Sequence

import numpy as np

from data_ingestion.readers.csv.row_ends import quotes_are_regular

KNOWN = (",", ";", "\t", "|")
"""What is looked for; the first, if the lines agree on several."""
SAMPLE = 2**16
"""Bytes that are looked at."""


def find_delimiter(text: bytes, *, whole: bool) -> str:
    """Returns the delimiter by which each row has as many fields as the header, more than one.

    Of several, those come first between which each quoted field stands whole.

    Args:
        text: the beginning of the file, in UTF-8.
        whole: whether that is all of it; else the last row may be cut off.

    Returns:
        The comma, if there is no such delimiter.
    """
    text = text.removeprefix(codecs.BOM_UTF8)
    sample = text.decode(errors="replace").replace("\0", " ")
    fields = {delimiter: _fields(sample, delimiter, whole) for delimiter in KNOWN}
    agreed = [delimiter for delimiter in KNOWN if fields[delimiter] > 1]
    fitting = _that_fit_the_quotes(agreed, text) or agreed
    if not fitting or KNOWN[0] in fitting:
        return KNOWN[0]
    return max(fitting, key=fields.__getitem__)


def _fields(sample: str, delimiter: str, whole: bool) -> int:
    """Returns how many fields each row has; 0 if they differ."""
    rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    counts = {len(row) for row in (rows if whole else rows[:-1])}
    return counts.pop() if len(counts) == 1 else 0


def _that_fit_the_quotes(delimiters: Sequence[str], text: bytes) -> list[str]:
    codes = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(codes == ord('"'))
    return [name for name in delimiters if quotes_are_regular(codes, quotes, name.encode())]
