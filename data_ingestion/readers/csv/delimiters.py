"""The delimiter of a CSV file, by what all of its first lines agree on."""

import csv
import io

KNOWN = (",", ";", "\t", "|")
"""What is looked for; the comma, if the lines agree on several."""
SAMPLE = 2**16
"""Bytes that are looked at."""
_USUAL = KNOWN[0]


def find_delimiter(text: bytes, *, whole: bool) -> str:
    """Returns the delimiter by which each row has as many fields as the header, more than one.

    Args:
        text: the beginning of the file, in UTF-8.
        whole: whether that is all of it; else the last row may be cut off.

    Returns:
        The comma, if there is no such delimiter.
    """
    sample = text.decode(errors="replace").replace("\0", " ")
    fields = {delimiter: _fields(sample, delimiter, whole) for delimiter in KNOWN}
    if fields[_USUAL] > 1:
        return _USUAL
    best = max(KNOWN, key=fields.__getitem__)
    return best if fields[best] > 1 else _USUAL


def _fields(sample: str, delimiter: str, whole: bool) -> int:
    """Returns how many fields each row has; 0 if they differ."""
    rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    counts = {len(row) for row in (rows if whole else rows[:-1])}
    return counts.pop() if len(counts) == 1 else 0
