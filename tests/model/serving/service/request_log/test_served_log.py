"""The log of a service that runs: both protocols, its end, and the DataGate that reads it."""

import json
from pathlib import Path

import grpc
import httpx
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from google.protobuf import text_format
from served import ROW, Served, ask, fare_example, metrics_of
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from data_ingestion.gate.drift import compare
from data_ingestion.gate.serving_log import read_serving_log
from data_ingestion.readers.source import locate
from data_ingestion.schema.inference import compute_statistics
from data_ingestion.settings import DataSettings
from zeroskew.schema import column_types

SCHEMA = """
feature { name: "fare" type: FLOAT
          skew_comparator { jensen_shannon_divergence { threshold: 0.2 } } }
feature { name: "month" type: INT }
feature { name: "trip_id" type: INT }
feature { name: "company" type: BYTES skew_comparator { infinity_norm { threshold: 0.2 } } }
feature { name: "tags" type: BYTES value_count { min: 0 } }
feature { name: "vector" type: FLOAT shape { dim { size: 2 } } }
"""
ROWS = [{**ROW, "fare": float(number), "trip_id": number} for number in range(1, 21)]


@pytest.fixture(scope="module")
def folder(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of a service that was asked over REST and gRPC and then ended."""
    folder = tmp_path_factory.mktemp("asked") / "log"
    log = json.dumps({"path": str(folder), "key": "trip_id"})
    with (
        Served(place, "--name", "small", "--set", f"serve.log={log}") as service,
        httpx.Client() as client,
    ):
        ask(service.model, ROWS[:15], client)
        columns = {name: [row[name] for row in ROWS[15:18]] for name in ROW | {"trip_id": 0}}
        body = {"signature_name": "serving_columns", "inputs": columns}
        assert client.post(f"{service.model}:predict", json=body).status_code == 200
        refused = {"signature_name": "serving_columns", "instances": [{**ROW, "trip_id": 0.5}]}
        answer = client.post(f"{service.model}:predict", json=refused)
        assert answer.status_code == 400
        assert "text, a whole number of 64 bits, or null" in answer.json()["error"]
        _ask_by_grpc(service.grpc)
        found = metrics_of(client.get(f"{service.rest}/metrics").text)
        assert found.get('zeroskew_serving_log_rows_total{outcome="dropped"}', 0) == 0
        service.terminate()
        assert service.end()[0] == 0
    return folder


def _ask_by_grpc(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        request = predict_pb2.PredictRequest()
        request.model_spec.name = "small"
        request.model_spec.signature_name = "serving_columns"
        for name, values in {
            "fare": tf.constant([19.0, 20.0]),
            "company": tf.constant(["Blue", ""]),
            "trip_id": tf.constant([19, 20], tf.int64),
        }.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
        stub.Predict(request)
        examples = predict_pb2.PredictRequest()
        examples.model_spec.name = "small"
        tensor = tf.make_tensor_proto([fare_example(21.0)])
        examples.inputs["examples"].CopyFrom(tensor)
        stub.Predict(examples)


def test_what_both_protocols_were_asked_is_there_when_the_service_has_ended(folder):
    rows = [row for file in folder.iterdir() for row in pq.read_table(file).to_pylist()]
    by_fare = {row["fare"]: row for row in rows}
    assert sorted(by_fare) == [float(number) for number in range(1, 22)]
    assert len(rows) == 21
    for fare, row in by_fare.items():
        assert row["answer_double"] == 2 * fare
        assert row["trip_id"] == (int(fare) if fare <= 20 else None)
        assert row["company"] == ("Blue" if fare <= 19 else None)
        assert row["tags"] == (["a", "b"] if fare <= 18 else None)


def test_the_data_gate_reads_it_and_finds_no_skew_where_there_is_none(folder, tmp_path):
    schema = text_format.Parse(SCHEMA, schema_pb2.Schema())
    assert _anomalies(schema, folder, tmp_path, ROWS) == {}


def test_the_data_gate_finds_by_it_where_training_and_serving_differ(folder, tmp_path):
    schema = text_format.Parse(SCHEMA, schema_pb2.Schema())
    others = [{**row, "fare": 100.0 + row["fare"], "company": "Red"} for row in ROWS]
    assert _anomalies(schema, folder, tmp_path, others) == {"fare": "skew", "company": "skew"}


def _anomalies(schema, folder, tmp_path, rows):
    """Returns what the gate finds between rows of training and the log."""
    types = column_types(schema)
    control, unreadable = read_serving_log(DataSettings(serving_log=str(folder)), types, ["train"])
    assert unreadable == []
    trained = tmp_path / "trained.csv"
    names = ["fare", "month", "company", "trip_id"]
    lines = [",".join(names), *(",".join(str(row[name]) for name in names) for row in rows)]
    trained.write_text("\n".join(lines))
    batches = (one.batch for _, one in locate(DataSettings(path=str(trained))).rows(types))
    found = compare(schema, {"train": compute_statistics(batches)}, control)
    return {one.subject: one.kind for one in found}
