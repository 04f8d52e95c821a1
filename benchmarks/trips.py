"""More taxi trips than there are: drawn from the built-in ones, with numbers of their own.

Repeating the same rows would flatter whatever remembers values, so each drawn trip has its own
time, distance, duration, fare and tip.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings

ROWS_AT_ONCE = 250_000
_QUARTER_HOUR = 900
_SPREAD = {"fare": 2, "tips": 2, "trip_miles": 1, "trip_seconds": 0}
"""Columns that are scaled by up to a quarter, not beyond their bounds, and their decimals."""


def draw_trips(rows: int, seed: int = 1) -> Iterator[pa.Table]:
    """Yields tables of at most `ROWS_AT_ONCE` trips, `rows` in all."""
    (file,) = locate(DataSettings()).files
    real = pa.csv.read_csv(str(file))
    random = np.random.default_rng(seed)
    for start in range(0, rows, ROWS_AT_ONCE):
        count = min(ROWS_AT_ONCE, rows - start)
        yield _vary(real.take(pa.array(random.integers(len(real), size=count))), random)


def _vary(trips: pa.Table, random: np.random.Generator) -> pa.Table:
    for name, decimals in _SPREAD.items():
        values = trips[name].combine_chunks().cast(pa.float64())
        scale = pa.array(random.uniform(0.75, 1.25, len(trips)))
        varied = pc.round(pc.multiply(values, scale), ndigits=decimals)
        varied = pc.min_element_wise(varied, pc.max(values), skip_nulls=False)
        trips = _replace(trips, name, varied.cast(trips.schema.field(name).type))
    shift = pa.array(random.integers(-4000, 4000, len(trips)) * _QUARTER_HOUR)
    moved = pc.add(trips["trip_start_timestamp"].combine_chunks(), shift)
    return _replace(trips, "trip_start_timestamp", moved)


def _replace(trips: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return trips.set_column(trips.schema.get_field_index(name), name, column)


def write_csv(folder: Path, rows: int, files: int) -> None:
    """Writes trips to CSV files of about the same size."""
    for number, count in enumerate(_shares(rows, files)):
        with open(folder / f"trips-{number}.csv", "w", newline="", encoding="utf-8") as stream:
            for place, table in enumerate(draw_trips(count, seed=number)):
                trips = table.to_pandas(integer_object_nulls=True)
                trips.to_csv(stream, index=False, header=place == 0)


def write_parquet(folder: Path, rows: int, files: int) -> None:
    """Writes trips to Parquet files (zstd) of about the same size."""
    for number, count in enumerate(_shares(rows, files)):
        trips = _batches(count, number)
        target = folder / f"trips-{number}.parquet"
        with pa.parquet.ParquetWriter(str(target), trips.schema, compression="zstd") as writer:
            for batch in trips:
                writer.write_batch(batch)


def _batches(rows: int, seed: int) -> pa.RecordBatchReader:
    tables = draw_trips(rows, seed)
    first = next(tables)
    rest = (batch for table in tables for batch in table.to_batches())
    return pa.RecordBatchReader.from_batches(
        first.schema, itertools.chain(first.to_batches(), rest)
    )


def _shares(rows: int, files: int) -> list[int]:
    return [rows // files + (number < rows % files) for number in range(files)]
