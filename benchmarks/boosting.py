"""Gradient boosting with scikit-learn's defaults: what most would try first on a table."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from benchmarks.metrics import Measured, measure_amounts, measure_classes, measure_yes_or_no
from benchmarks.public_tables import PublicTable
from model.features import FEATURES

MOST_CATEGORIES = 255
"""What the trees can hold; a column with more values is left out, as an id."""


def boost_tips(train: pd.DataFrame, evaluation: pd.DataFrame, seed: int) -> Measured:
    """Answers the question of the taxi trips from every column that the label does not hide."""
    columns = [name for name in train if name not in FEATURES.label.secret]
    learned, asked, strings = _tables(train[columns], evaluation)
    model = HistGradientBoostingClassifier(categorical_features=strings, random_state=seed)
    model.fit(learned, _tipped(train))
    return measure_yes_or_no(_tipped(evaluation), model.predict_proba(asked)[:, 1])


def _tipped(rows: pd.DataFrame) -> np.ndarray:
    """Returns the pipeline's own label, 0 or 1 of shape [rows], from the same float32 values."""
    label = FEATURES.label
    row = {name: tf.constant(rows[name].to_numpy(np.float32)) for name in label.uses}
    return np.asarray(label.plain_labels(row)[0])


def boost_delays(train: pd.DataFrame, evaluation: pd.DataFrame, seed: int) -> Measured:
    """Says how late a flight arrives from every other column, and the parts of the date."""
    train, evaluation = (
        rows.dropna(subset=["arr_delay"]).drop(columns=["day"]) for rows in (train, evaluation)
    )
    dates = ("scheduled",)
    return _boost_amounts(train, evaluation, "arr_delay", dates, "America/New_York", seed)


def boost_table(
    table: PublicTable, train: pd.DataFrame, evaluation: pd.DataFrame, seed: int
) -> Measured:
    """Answers the question of a table from all of its other columns, but for one without a name.

    That is the number of the row: of a sorted table it tells the answer.
    """
    label = table.label
    train, evaluation = (
        rows.dropna(subset=[label]).drop(columns="Unnamed: 0", errors="ignore")
        for rows in (train, evaluation)
    )
    if table.amount:
        return _boost_amounts(train, evaluation, label, table.dates, "UTC", seed)
    learned, asked, strings = _tables(
        *(_with_dates(rows.drop(columns=label), table.dates, "UTC") for rows in (train, evaluation))
    )
    model = HistGradientBoostingClassifier(categorical_features=strings, random_state=seed)
    model.fit(learned, train[label])
    probabilities = model.predict_proba(asked)
    if table.positive is None:
        return measure_classes(evaluation[label].to_numpy(), model.classes_, probabilities)
    (place,) = np.flatnonzero(model.classes_ == table.positive)
    positives = (evaluation[label] == table.positive).to_numpy()
    return measure_yes_or_no(positives, probabilities[:, place])


def _boost_amounts(
    train: pd.DataFrame,
    evaluation: pd.DataFrame,
    label: str,
    dates: Sequence[str],
    zone: str,
    seed: int,
) -> Measured:
    learned, asked, strings = _tables(
        *(_with_dates(rows.drop(columns=label), dates, zone) for rows in (train, evaluation))
    )
    model = HistGradientBoostingRegressor(categorical_features=strings, random_state=seed)
    model.fit(learned, train[label])
    return measure_amounts(evaluation[label].to_numpy(), model.predict(asked))


def _with_dates(rows: pd.DataFrame, dates: Sequence[str], zone: str) -> pd.DataFrame:
    """Puts the parts of the dates in their places."""
    parts = {}
    for name in dates:
        moment = pd.to_datetime(rows[name], utc=True).dt.tz_convert(zone).dt
        parts[f"{name} month"] = moment.month
        parts[f"{name} day of week"] = moment.day_of_week
        parts[f"{name} hour"] = moment.hour + moment.minute / 60
    return rows.drop(columns=list(dates)).assign(**parts)


def _tables(
    train: pd.DataFrame, evaluation: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, Collection[str]]:
    """Turns strings into categories of the train rows; others count as missing."""
    known = [name for name in train if train[name].notna().any()]
    categories = {
        name: sorted(train[name].dropna().unique()) for name in known if train[name].dtype == object
    }
    ids = [name for name, values in categories.items() if len(values) > MOST_CATEGORIES]
    columns = [name for name in known if name not in ids]
    learned, asked = train[columns].copy(), evaluation.reindex(columns=columns)
    strings = [name for name in columns if name in categories]
    for name in strings:
        for table in (learned, asked):
            codes = pd.Categorical(table[name], categories=categories[name]).codes
            table[name] = np.where(codes < 0, np.nan, codes)
    return learned, asked, strings
