"""Where the rows of CSV text begin and end: RFC 4180, as pyarrow reads it.

A quote opens a quoted field only at the field's beginning; in it, a line end is part of the value
and a doubled quote is a quote. Rows end with LF, CRLF or CR; blank lines are no rows.
"""

import dataclasses
import re

import numpy as np

QUOTE = b'"'
LONGEST_ROW = 16 * 2**20
"""Bytes after which a quote that was opened counts as never closed."""

_LINE_FEED, _CARRIAGE_RETURN, _QUOTE = b'\n\r"'


@dataclasses.dataclass(frozen=True)
class FoundRows:
    """The whole rows at the beginning of some text.

    Attributes:
        starts: int64 array, where each row begins.
        ends: int64 array, where each row ends, its line end left out.
        used: how much of the text they take, with line ends, blank lines and `unclosed`.
        unclosed: start and end of lines that open a quote which is never closed.
    """

    starts: np.ndarray
    ends: np.ndarray
    used: int
    unclosed: tuple[tuple[int, int], ...] = ()


def find_rows(text: bytes, delimiter: bytes, *, final: bool) -> FoundRows:
    """Finds the rows of text that begins where a row begins.

    Args:
        text: the text.
        delimiter: one byte, between fields.
        final: there is no more text; the last row may lack its line end.
    """
    codes = np.frombuffer(text, np.uint8)
    line_ends = np.flatnonzero(codes == _LINE_FEED)
    if QUOTE in text:
        quotes = np.flatnonzero(codes == _QUOTE)
        if not quotes_are_regular(codes, quotes, delimiter) or (final and len(quotes) % 2):
            return _walk(text, delimiter, final=final)
        line_ends = line_ends[np.searchsorted(quotes, line_ends) % 2 == 0]
    if final and len(text) and (not len(line_ends) or line_ends[-1] != len(text) - 1):
        line_ends = np.append(line_ends, len(text))
    if not len(line_ends):
        return FoundRows(line_ends, line_ends, 0)
    used = min(int(line_ends[-1]) + 1, len(text))
    if text.count(b"\r", 0, used) != text.count(b"\r\n", 0, used):
        return _walk(text, delimiter, final=final)
    starts = np.concatenate([[0], line_ends[:-1] + 1])
    ends = line_ends
    if b"\r" in text:
        ends = ends - (codes[np.maximum(ends - 1, 0)] == _CARRIAGE_RETURN)
    filled = ends > starts
    return FoundRows(starts[filled], ends[filled], used)


def line_breaks(codes: np.ndarray) -> np.ndarray:
    """Returns where lines end: at each LF, and at each CR that no LF follows.

    Args:
        codes: uint8 array, the text.
    """
    ends = codes == _LINE_FEED
    returns = np.flatnonzero(codes == _CARRIAGE_RETURN)
    alone = returns[codes[np.minimum(returns + 1, len(codes) - 1)] != _LINE_FEED]
    ends[alone] = True
    return np.flatnonzero(ends)


def count_lines(text: bytes, stop: int) -> int:
    """Returns how many lines end before `stop`."""
    alone = text.count(b"\r", 0, stop) - text.count(b"\r\n", 0, stop)
    return text.count(b"\n", 0, stop) + alone


def quotes_are_regular(codes: np.ndarray, quotes: np.ndarray, delimiter: bytes) -> bool:
    """Tells whether each quote opens a field, closes one or is doubled: then every other opens.

    Args:
        codes: uint8 array, the text.
        quotes: where the quotes stand in it.
        delimiter: one byte, between fields.
    """
    neighbours = [*delimiter, *b'\n\r"']
    opening, closing = quotes[0::2], quotes[1::2]
    opens = (opening == 0) | np.isin(codes[np.maximum(opening - 1, 0)], neighbours)
    last = len(codes) - 1
    closes = (closing == last) | np.isin(codes[np.minimum(closing + 1, last)], neighbours)
    return bool(opens.all() and closes.all())


def _walk(text: bytes, delimiter: bytes, *, final: bool) -> FoundRows:
    """Finds the rows of text whose quotes do not follow the rules, one row at a time."""
    field_end = re.compile(b"[\n\r" + re.escape(delimiter) + b"]")
    starts, ends, unclosed = [], [], []
    start = 0
    while start < len(text):
        end, closed = _end_of_row(text, start, delimiter, field_end)
        # A CR that ends the text may be the first half of a CRLF.
        cut_off = end >= len(text) - text.endswith(b"\r", end)
        if cut_off and not final and (closed or end - start <= LONGEST_ROW):
            break
        if not closed:
            end = _end_of_line(text, start)
            unclosed.append((start, end))
        elif end > start:
            starts.append(start)
            ends.append(end)
        start = end + (2 if text.startswith(b"\r\n", end) else 1)
    used = min(start, len(text))
    return FoundRows(np.array(starts, np.int64), np.array(ends, np.int64), used, tuple(unclosed))


def _end_of_row(
    text: bytes, start: int, delimiter: bytes, field_end: re.Pattern[bytes]
) -> tuple[int, bool]:
    """Returns where the row at `start` ends, and whether each of its quotes is closed."""
    place = start
    while True:
        if text.startswith(QUOTE, place):
            place = _after_quoted(text, place)
            if place < 0:
                return len(text), False
        found = field_end.search(text, place)
        if found is None:
            return len(text), True
        if found.group() != delimiter:
            return found.start(), True
        place = found.end()


def _after_quoted(text: bytes, start: int) -> int:
    """Returns where the text goes on after the quoted part at `start`; -1 if it does not."""
    place = start + 1
    limit = start + LONGEST_ROW
    while True:
        place = text.find(QUOTE, place, limit)
        if place < 0 or not text.startswith(QUOTE, place + 1):
            return place + 1 if place >= 0 else -1
        place += 2


def _end_of_line(text: bytes, start: int) -> int:
    found = re.compile(b"[\n\r]").search(text, start)
    return found.start() if found else len(text)
