"""Bad input through the real command: a message and an exit code, and nothing half-written."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from failing_run import fails
from zeroskew_command import ROOT

from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings

SCHEMA = ROOT / "data_ingestion" / "schema" / "taxi.pbtxt"
(TRIPS,) = locate(DataSettings()).files
REQUIRED = (
    "company, dropoff_community_area, dropoff_latitude, dropoff_longitude, fare, payment_type, "
    "pickup_community_area, pickup_latitude, pickup_longitude, tips, trip_miles, trip_seconds, "
    "trip_start_day, trip_start_hour, trip_start_month, trip_start_timestamp"
)
FEATURES = """
from model import FeatureSet, YesNo, Numeric

FEATURES = FeatureSet(
    label=YesNo("big_tip", lambda row: row["tips"] > 0.2 * row["fare"], uses=("tips", "fare"),
                known_before=("fare",)),
    features=[Numeric("trip_miles"), {line}],
)
"""


def trips(count: int) -> list[list[str]]:
    """Returns the header and the first rows of the built-in data."""
    with TRIPS.open(encoding="utf-8", newline="") as stream:
        return [row for row, _ in zip(csv.reader(stream), range(count + 1), strict=False)]


def write(file: Path, rows: list[list[str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return file


class TestData:
    @pytest.mark.parametrize("path", ["none.csv", "no such folder/none.csv"])
    def test_a_missing_file(self, output: Path, tmp_path: Path, path: str) -> None:
        fails(
            output,
            "--data",
            tmp_path / path,
            has_page=True,
            exit_code=4,
            kind="DataError",
            lines=[
                "the data must exist",
                "  allowed:  'taxi' (built in), a file (*.csv, *.csv.gz, *.parquet, *.parq, "
                "*tfrecord*), "
                "a folder of them, or a pattern",
                f"  received: {tmp_path / path} (no such file)",
                "  do:       check the path given with --data or in the settings",
            ],
        )

    @pytest.mark.parametrize(
        ("rows", "content"), [([], "nothing"), (trips(0), "only a header line")]
    )
    def test_a_file_without_rows(
        self, output: Path, tmp_path: Path, rows: list[list[str]], content: str
    ) -> None:
        file = write(tmp_path / "trips.csv", rows)
        fails(
            output,
            "--data",
            file,
            has_page=True,
            exit_code=4,
            kind="DataError",
            lines=[
                "a data file must hold a header line and at least one row",
                f"  received: {file} with {content}",
                "  do:       check the program that wrote the file",
            ],
        )

    @pytest.mark.parametrize(
        ("column", "renamed", "action"),
        [
            ("payment_type", "payment_tipe", "did you mean 'payment_tipe'?"),
            ("tips", "gratuity", "add the column 'tips' to the file"),
        ],
    )
    def test_a_column_that_a_feature_or_the_label_needs_is_missing(
        self, output: Path, tmp_path: Path, column: str, renamed: str, action: str
    ) -> None:
        header, *rows = trips(20)
        names = [renamed if name == column else name for name in header]
        file = write(tmp_path / "trips.csv", [names, *rows])
        fails(
            output,
            "--data",
            file,
            has_page=True,
            exit_code=4,
            kind="DataError",
            lines=[
                f"every data file must have the column {column!r}",
                f"  allowed:  {REQUIRED}",
                f"  received: {file} with the columns {', '.join(names)}",
                f"  do:       {action}",
            ],
        )


class TestFeatures:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Callable[[str], Path]:
        """Writes a use case with one more line in its feature list."""

        def settings(line: str) -> Path:
            features = tmp_path / "features.py"
            features.write_text(FEATURES.replace("{line}", line), encoding="utf-8")
            file = tmp_path / "settings.yaml"
            file.write_text(f"features: features.py\nschema_file: {SCHEMA}\n", encoding="utf-8")
            return file

        return settings

    def test_an_unknown_column(
        self, output: Path, tmp_path: Path, settings: Callable[[str], Path]
    ) -> None:
        fails(
            output,
            "--config",
            settings('Numeric("fair")'),
            has_page=True,
            exit_code=2,
            kind="FeatureError",
            lines=[
                "feature 'fair' reads a column that the schema does not have",
                f"  allowed:  {', '.join(trips(0)[0])}",
                f"  received: 'fair', in {tmp_path / 'features.py'}, line 7",
                "  do:       did you mean 'fare'?",
            ],
        )

    def test_the_column_that_the_label_is_computed_from(
        self, output: Path, tmp_path: Path, settings: Callable[[str], Path]
    ) -> None:
        fails(
            output,
            "--config",
            settings('Numeric("tips")'),
            has_page=True,
            exit_code=2,
            kind="FeatureError",
            lines=[
                "no feature may read a column that the label 'big_tip' is computed from",
                "  allowed:  columns whose value is known before the label is",
                f"  received: feature 'tips' reads 'tips', in {tmp_path / 'features.py'}, line 7",
                "  do:       remove the feature or, if the value is known when serving, say so in "
                'the label: known_before=("tips",)',
            ],
        )

    def test_text_for_a_feature_that_reads_numbers(
        self, output: Path, tmp_path: Path, settings: Callable[[str], Path]
    ) -> None:
        fails(
            output,
            "--config",
            settings('Numeric("company")'),
            has_page=True,
            exit_code=2,
            kind="FeatureError",
            lines=[
                "the numeric feature 'company' cannot read this type of column",
                "  allowed:  a column of type FLOAT or INT",
                f"  received: 'company', which is BYTES, in {tmp_path / 'features.py'}, line 7",
                "  do:       use Categorical, Hashed, Text or MultiCategory for text",
            ],
        )

    def test_a_label_that_the_network_refuses_by_its_values(
        self, output: Path, tmp_path: Path
    ) -> None:
        features = tmp_path / "features.py"
        features.write_text(
            "from model import Amount, FeatureSet, Numeric\n"
            "FEATURES = FeatureSet(\n"
            '    Amount("pickup_longitude", scaling="log"), [Numeric("fare")]\n'
            ")\n",
            encoding="utf-8",
        )
        file = tmp_path / "settings.yaml"
        file.write_text(f"features: features.py\nschema_file: {SCHEMA}\n", encoding="utf-8")
        fails(
            output,
            "--config",
            file,
            has_page=True,
            exit_code=2,
            kind="FeatureError",
            lines=[
                "the label 'pickup_longitude' is 0 or more, for its scaling is logarithmic",
                f"  received: -87.806, in {features}, line 3",
                '  do:       leave out scaling="log", or mend the data',
            ],
        )
