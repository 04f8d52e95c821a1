import json

import pytest
from zeroskew_kubeflow.step.input_data import bring_input_data

from zeroskew import buckets
from zeroskew.errors import DataError


@pytest.fixture
def trips(bucket) -> str:
    for day in ("2026-01-01", "2026-01-02"):
        buckets.write(f"{bucket}/trips/{day}/trips.csv", day.encode())
    buckets.write(f"{bucket}/trips/readme.txt", b"no data")
    buckets.write(f"{bucket}/one.csv", b"1")
    return bucket


def brought(place, tmp_path):
    properties = bring_input_data({"data": json.dumps({"path": place})}, tmp_path)
    path = json.loads(properties["data"])["path"]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    return path, sorted(str(file.relative_to(tmp_path)) for file in files)


def test_a_file(trips, tmp_path):
    name = trips.removeprefix("s3://")
    path, files = brought(f"{trips}/one.csv", tmp_path)
    assert (path, files) == (f"{tmp_path}/{name}/one.csv", [f"{name}/one.csv"])


def test_a_folder(trips, tmp_path):
    name = trips.removeprefix("s3://")
    path, files = brought(f"{trips}/trips/2026-01-02/", tmp_path)
    assert path == f"{tmp_path}/{name}/trips/2026-01-02"
    assert files == [f"{name}/trips/2026-01-02/trips.csv"]


def test_a_pattern_with_spans_brings_what_fits_and_keeps_the_pattern(trips, tmp_path):
    name = trips.removeprefix("s3://")
    path, files = brought(f"{trips}/trips/{{YYYY}}-{{MM}}-{{DD}}/*.csv", tmp_path)
    assert path == f"{tmp_path}/{name}/trips/{{YYYY}}-{{MM}}-{{DD}}/*.csv"
    assert files == [f"{name}/trips/2026-01-0{day}/trips.csv" for day in (1, 2)]


def test_pitfall_input_base_is_fetched_because_the_launcher_does_not(trips, tmp_path):
    properties = bring_input_data({"input_base": f"{trips}/trips", "seed": 1}, tmp_path)
    assert properties["seed"] == 1
    base = tmp_path / properties["input_base"]
    assert (base / "2026-01-01" / "trips.csv").read_text() == "2026-01-01"


def test_other_places_stay_as_they_are(tmp_path):
    given = {"data": json.dumps({"path": "taxi", "serving_log": None}), "input_base": "/data"}
    changed = bring_input_data(given, tmp_path)
    assert json.loads(changed["data"]) == {"path": "taxi", "serving_log": None}
    assert changed["input_base"] == "/data"


def test_nothing_there_is_an_error(trips, tmp_path):
    with pytest.raises(DataError) as caught:
        brought(f"{trips}/trip/*.csv", tmp_path)
    assert f"received: {trips}/trip/*.csv (nothing there)" in str(caught.value)
