from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2

from data_ingestion.anomalies import Anomaly, read_anomalies, stop_on_errors
from zeroskew.errors import AnomalyError

MONTH = Anomaly("train", "month", "ERROR", "Unexpectedly large value: 13.")
TIPS = Anomaly("eval", "tips", "WARNING", "Examples contain missing values.")


def schema_diff(folder: Path, text: str) -> Path:
    """Writes what ExampleValidator writes."""
    file = folder / "SchemaDiff.pb"
    file.write_bytes(text_format.Parse(text, anomalies_pb2.Anomalies()).SerializeToString())
    return file


def test_anomalies_are_read_by_column_with_split_severity_and_words(tmp_path: Path) -> None:
    file = schema_diff(
        tmp_path,
        """
        anomaly_info { key: "tips" value {
          severity: WARNING description: "Examples contain  missing\\nvalues." } }
        anomaly_info { key: "month" value {
          severity: ERROR
          description: "Unexpectedly large value: 13." short_description: "Range" } }
        """,
    )
    assert read_anomalies(file, "train") == [
        MONTH,
        Anomaly("train", "tips", "WARNING", "Examples contain missing values."),
    ]


def test_an_anomaly_of_all_rows_comes_last_and_says_so(tmp_path: Path) -> None:
    file = schema_diff(
        tmp_path,
        """
        dataset_anomaly_info { severity: ERROR description: "Fewer rows than in the last span." }
        anomaly_info { key: "month" value {
          severity: ERROR description: "Unexpectedly large value: 13." } }
        """,
    )
    assert read_anomalies(file, "train") == [
        MONTH,
        Anomaly("train", "the data set", "ERROR", "Fewer rows than in the last span."),
    ]


def test_an_anomaly_without_a_description_has_its_short_one(tmp_path: Path) -> None:
    file = schema_diff(
        tmp_path,
        'anomaly_info { key: "fare" value { severity: ERROR short_description: "Dropped" } }',
    )
    assert read_anomalies(file, "eval") == [Anomaly("eval", "fare", "ERROR", "Dropped")]


def test_clean_data_has_none(tmp_path: Path) -> None:
    assert read_anomalies(schema_diff(tmp_path, "baseline { }"), "train") == []


@pytest.mark.parametrize("anomalies", [[], [TIPS], [TIPS, TIPS]])
def test_warnings_do_not_stop_the_run(anomalies: list[Anomaly]) -> None:
    stop_on_errors(anomalies)


def test_errors_stop_the_run_and_each_is_named() -> None:
    fare = Anomaly("eval", "fare", "ERROR", "Column dropped: not in the data.")
    with pytest.raises(AnomalyError) as caught:
        stop_on_errors([MONTH, TIPS, fare])
    assert str(caught.value) == (
        "no row may break the schema\n"
        "  allowed:  anomalies of severity WARNING\n"
        "  received: 2 of severity ERROR\n"
        "            month (train): Unexpectedly large value: 13.\n"
        "            fare (eval): Column dropped: not in the data.\n"
        "  do:       correct the data or, if it is right, the schema"
    )


def test_an_anomaly_whose_severity_is_not_known_stops_the_run_too(tmp_path: Path) -> None:
    file = schema_diff(tmp_path, 'anomaly_info { key: "fare" value { description: "odd" } }')
    (found,) = read_anomalies(file, "train")
    assert found.severity == "UNKNOWN"
    with pytest.raises(AnomalyError, match=r"fare \(train\): odd"):
        stop_on_errors([found])
