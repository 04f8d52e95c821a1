"""The committed schema of the built-in use case."""

import csv
from pathlib import Path

import pytest

from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from zeroskew.schema import column_types, read_schema

FILE = Path(__file__).parents[3] / "data_ingestion" / "schema" / "taxi.pbtxt"


def test_its_columns_are_those_of_the_built_in_trips() -> None:
    (trips,) = locate(DataSettings()).files
    with trips.open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream))
    assert list(column_types(read_schema(FILE))) == header


def test_its_types() -> None:
    types = column_types(read_schema(FILE))
    assert {name for name, kind in types.items() if kind == "BYTES"} == {"payment_type", "company"}
    assert {name for name, kind in types.items() if kind == "FLOAT"} == {
        "fare",
        "pickup_latitude",
        "pickup_longitude",
        "dropoff_latitude",
        "dropoff_longitude",
        "trip_miles",
        "tips",
    }
    assert len(types) == 18


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        ("trip_start_month", 1, 12),
        ("trip_start_hour", 0, 23),
        ("trip_start_day", 1, 7),
        ("pickup_community_area", 1, 77),
    ],
)
def test_the_bounds_of_its_small_integers(column: str, low: int, high: int) -> None:
    (feature,) = (one for one in read_schema(FILE).feature if one.name == column)
    assert (feature.int_domain.min, feature.int_domain.max) == (low, high)


def test_it_names_every_way_to_pay() -> None:
    schema = read_schema(FILE)
    (domain,) = schema.string_domain
    assert list(domain.value) == [
        "Cash",
        "Credit Card",
        "Dispute",
        "No Charge",
        "Pcard",
        "Prcard",
        "Unknown",
    ]


def test_tips_are_there_for_the_label_and_never_missing() -> None:
    (tips,) = (one for one in read_schema(FILE).feature if one.name == "tips")
    assert tips.presence.min_fraction == 1.0
    assert tips.float_domain.min == 0.0
