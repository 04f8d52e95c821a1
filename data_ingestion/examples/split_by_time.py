"""The moment at which a split by time begins to evaluate."""

import datetime

import numpy as np

from data_ingestion.readers.rows import one_value_column
from data_ingestion.readers.source import Source
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError, SettingsError


def find_cut(data: DataSettings, column: str, source: Source, kind: str) -> float | int | bytes:
    """Returns the first moment of the eval split.

    It is the one that the settings name, or the one that leaves the eval split its share of the
    rows: then all times are read once, and rows that come later may move it.

    Args:
        data: the settings.
        column: holds the time.
        source: the rows.
        kind: the column's type.

    Raises:
        SettingsError: the settings name something else than a moment.
        DataError: no row has a time.
    """
    if data.eval_from is not None:
        return _parse(data.eval_from, kind)
    columns = [
        one_value_column(rows.batch, column, kind) for _, rows in source.rows({column: kind})
    ]
    found = [values.drop_null().to_numpy(zero_copy_only=False) for values in columns]
    times = np.sort(np.concatenate(found))
    if not len(times):
        raise DataError(
            f"rows must have a time in {column!r}, for they are split by it",
            received="no row with a value",
            action="choose another column with data.time, or another data.split",
        )
    cut = times[len(times) * data.train_parts // (data.train_parts + data.eval_parts)]
    return cut if isinstance(cut, bytes) else cut.item()


def _parse(moment: float | int | str | datetime.date, kind: str) -> float | int | bytes:
    """Returns a moment as the column holds it: dates in number columns are seconds since 1970."""
    if kind == "BYTES":
        return str(moment).encode()
    if isinstance(moment, int | float):
        return moment
    try:
        day = datetime.datetime.fromisoformat(str(moment))
    except ValueError as error:
        raise SettingsError(
            "data.eval_from must be a moment",
            allowed="a number as in the column, or a date such as 2016-01-01",
            received=repr(moment),
        ) from error
    utc = day if day.tzinfo else day.replace(tzinfo=datetime.timezone.utc)
    return int(utc.timestamp())
