"""A row as the train rows mostly are, and none of them: what examples and first requests hold.

Numbers are medians. A word is shown only if it is in so many rows that it names nobody.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from model.feature_engineering.columns import Column
from zeroskew.files import open_to_read, open_to_write

FILE = "typical_row.json"
_LEAST_SHARE = 0.01
_A_WORD = "a word"
_NO_TEXT = ("__BYTES_VALUE__", "__LARGE_BYTES__")
"""What TFDV counts values as that are no UTF-8, or too long."""

Row = Mapping[str, Any]


def typical_row(statistics: Any, columns: Iterable[Column]) -> dict[str, Any]:
    """Returns a value of each column; a list of one where rows hold lists, a vector's numbers.

    Args:
        statistics: the train split's, a `DatasetFeatureStatistics`; None if nothing was counted.
        columns: the columns.
    """
    counted = statistics.features if statistics is not None else ()
    found = {one.path.step[0] if one.path.step else one.name: one for one in counted}
    return {one.name: _typical(one, found.get(one.name)) for one in columns}


def write_typical_row(folder: str, row: Row) -> None:
    """Writes a row into the folder of a transform graph."""
    with open_to_write(f"{folder}/{FILE}") as stream:
        stream.write(json.dumps(row, ensure_ascii=False, indent=2).encode())


def read_typical_row(folder: str) -> Row:
    """Reads what `write_typical_row` wrote."""
    with open_to_read(f"{folder}/{FILE}") as stream:
        row: Row = json.loads(stream.read())
    return row


def _typical(column: Column, statistics: Any) -> Any:
    word = _frequent_word(statistics)
    value: Any = word or _A_WORD
    if column.type != "BYTES":
        # Whole numbers that are categories are counted as words are.
        known = float(word) if word else _median(statistics)
        value = round(known) if column.type == "INT" else _short(known)
    return value if column.length == 1 else [value] * (column.length or 1)


def _frequent_word(statistics: Any) -> str:
    """Returns the most frequent word; an empty one if none may be shown."""
    if statistics is None:
        return ""
    words = statistics.string_stats
    top = next(iter(words.top_values), None)
    if top is None or top.frequency < _LEAST_SHARE * words.common_stats.num_non_missing:
        return ""
    return "" if top.value in _NO_TEXT else str(top.value)


def _median(statistics: Any) -> float:
    median = 0.0 if statistics is None else statistics.num_stats.median
    return median if math.isfinite(median) else 0.0


def _short(number: float) -> float:
    """Returns the shortest number that is the same float32."""
    return float(str(np.float32(number)))
