"""Cuts the built-in taxi trips into one span for each year, as data that comes year by year.

Usage: python examples/yearly_taxi/cut.py [FOLDER]
"""

import csv
import datetime
import sys
from pathlib import Path

from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings


def cut(folder: Path) -> dict[int, int]:
    """Writes `FOLDER/2013/trips.csv` and so on.

    Returns:
        The number of trips by year.
    """
    (trips,) = locate(DataSettings()).files
    with trips.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    time = header.index("trip_start_timestamp")
    by_year: dict[int, list[list[str]]] = {}
    for row in rows:
        moment = datetime.datetime.fromtimestamp(int(row[time]), datetime.timezone.utc)
        by_year.setdefault(moment.year, []).append(row)
    for year, of_year in by_year.items():
        target = folder / str(year) / "trips.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *of_year])
    return {year: len(by_year[year]) for year in sorted(by_year)}


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("spans")
    for year, count in cut(place).items():
        print(f"{place / str(year) / 'trips.csv'}: {count:,} trips")
