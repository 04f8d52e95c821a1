"""`:embed`, and what else is said of vectors, by a service that runs as a process."""

import grpc
import httpx
import jsonschema
import numpy as np
import pytest
import tensorflow as tf
from embedding_model import write_embedding_model
from generated import MODES, assert_answers, operations_of
from in_process import listening
from served import metrics_of
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)
from vector_questions import LIST, QUERY, found, post, refused

from model.serving.service.settings import LogSettings, ServeSettings


@pytest.fixture(scope="module")
def client(searched):
    with httpx.Client(base_url=searched.rest, timeout=30) as one:
        yield one


def test_it_says_what_it_searches(searched):
    assert "\nindex      40 rows for version 1, from " in searched.said
    assert "/index/10\n" in searched.said


def test_rows_become_vectors_by_rows_and_by_columns(client, spaces, first):
    fingerprint, vectors = first
    rows = [{name: one[name] for name in ("company", "fare")} for one in LIST[:6]]
    said = {"fingerprint": fingerprint, "model_version": "1"}
    code, answer = post(client, "embed", instances=rows)
    embeddings = answer.pop("embeddings")
    assert (code, answer) == (200, said)
    np.testing.assert_allclose(embeddings, vectors[:6], atol=1e-6)
    columns = {name: [row[name] for row in rows] for name in ("company", "fare")}
    code, answer = post(client, "embed", "/versions/1", inputs=columns)
    assert (code, answer) == (200, {"embeddings": embeddings, **said})
    body = {"signature_name": "embed", "instances": rows}
    assert post(client, "predict", **body) == (200, {"predictions": embeddings})


def test_a_column_left_out_of_what_is_embedded_is_missing(client):
    code, answer = post(client, "embed", instances=[{}, {"company": None, "fare": None}])
    assert code == 200
    assert answer["embeddings"][0] == answer["embeddings"][1]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"instances": [{"fair": 1.0}]}, "the columns of row 0 must be those of the signature"),
        ({"instances": [{"fare": "1"}]}, "instances[0].fare does not fit its column"),
        ({"instances": []}, "instances must be a list with at least one row"),
        ({"keys": ["row-1"]}, "the body must have the key 'instances'"),
        ({"instances": [{}], "inputs": {}}, "the body must have one of the keys"),
        ({"instances": [{}], "signature_name": "x"}, "what is asked for vectors is one signature"),
    ],
)
def test_what_is_no_row_is_not_embedded(client, body, text):
    code, error = refused(client, "embed", **body)
    assert code == 400
    assert error.startswith(text)


def test_without_an_index_there_are_vectors_and_no_neighbours(spaces, place):
    with listening(spaces["first"]) as address, httpx.Client(base_url=address) as client:
        assert post(client, "embed", instances=[QUERY])[0] == 200
        code, error = refused(client, keys=["row-1"])
        assert code == 404
        assert "start it with --index" in error
        paths = client.get("/openapi.json").json()["paths"]
        assert "/v1/models/small:embed" in paths
        assert "/v1/models/small:neighbours" not in paths
    with listening(place / "3") as address, httpx.Client(base_url=address) as client:
        code, error = refused(client, "embed", instances=[{}])
        assert code == 400
        assert error.startswith("vectors are given by a model whose feature list declares")
        assert refused(client, keys=["row-1"])[0] == 404


def test_rows_to_predict_can_be_embedded_though_not_all_of_it_is_read(
    small_world, tmp_path_factory, tmp_path
):
    folder = tmp_path_factory.mktemp("lone") / "1"
    write_embedding_model(small_world, folder, of=("company",))
    settings = ServeSettings(log=LogSettings(path=tmp_path / "log"))
    with listening(folder, settings) as address, httpx.Client(base_url=address) as client:
        code, whole = post(client, "embed", instances=[QUERY])
        assert code == 200
        assert post(client, "embed", instances=["Red"])[1] == whole
        assert post(client, "embed", inputs={"company": ["Red"]})[1] == whole
        assert refused(client, "embed", instances=[{"compani": "Red"}])[0] == 400
        # A vector is no answer that is logged, though one text could be a tf.Example.
        asked = {"signature_name": "embed", "instances": ["Red"]}
        assert post(client, "predict", **asked)[1] == {"predictions": whole["embeddings"]}
        schema = client.get("/openapi.json").json()["paths"]["/v1/models/small:embed"]
    body = schema["post"]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.validate({"instances": [QUERY]}, body)
    assert not list((tmp_path / "log").iterdir())


def test_the_document_says_what_is_asked_and_answered(client, first):
    fingerprint, vectors = first
    document = client.get("/openapi.json").json()
    bodies = {
        "embed": [{"instances": [QUERY, {}]}, {"inputs": {"fare": [1.0, None]}}],
        "neighbours": [
            {"instances": [QUERY], "limit": 2, "filter": {"company": ["Red"]}},
            {"keys": ["row-1"], "offset": 3, "filter": {"month": {"min": 2}}},
            {"vectors": vectors[:2].tolist(), "fingerprint": fingerprint},
        ],
    }
    for method, some in bodies.items():
        operation = document["paths"][f"/v1/models/small:{method}"]["post"]
        places = operation["requestBody"], operation["responses"]["200"]
        schemas = [one["content"]["application/json"]["schema"] for one in places]
        for body in [*some, places[0]["content"]["application/json"]["example"]]:
            jsonschema.validate(body, schemas[0])
            code, answer = post(client, method, **body)
            assert code == 200
            jsonschema.validate(answer, schemas[1])
    wrong = [{"keys": [1]}, {"keys": ["a"], "limit": 0}, {"vectors": [[1.0]]}, {}]
    for body in wrong:
        assert not jsonschema.Draft202012Validator(schemas[0]).is_valid(body)
        assert refused(client, **body)[0] in (400, 404)
    assert ":neighbours" in client.get("/docs").text


@pytest.mark.parametrize("kind", MODES)
def test_generated_questions_are_answered_as_the_document_says(searched, client, kind):
    operations = operations_of(searched.rest)
    for method in ("embed", "neighbours"):
        assert_answers(operations[f"POST /v1/models/small:{method}"], kind)
    assert len(found(client, keys=["row-1"])) == 1


def test_over_grpc_the_signature_embed_is_asked_with_predict(searched, first):
    _, vectors = first
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "small", "embed"
    for name, values in {
        "company": np.array([one["company"] or "" for one in LIST[:5]], object),
        "fare": np.array([one["fare"] for one in LIST[:5]], np.float32),
    }.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    asked = get_model_metadata_pb2.GetModelMetadataRequest()
    asked.model_spec.name = "small"
    asked.metadata_field.append("signature_def")
    with grpc.insecure_channel(searched.grpc) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        answer = stub.Predict(request, timeout=20)
        metadata = stub.GetModelMetadata(asked, timeout=20).metadata["signature_def"]
    assert [*answer.outputs] == ["embedding"]
    assert (answer.model_spec.version.value, answer.model_spec.signature_name) == (1, "embed")
    np.testing.assert_allclose(tf.make_ndarray(answer.outputs["embedding"]), vectors[:5], atol=1e-6)
    definitions = get_model_metadata_pb2.SignatureDefMap()
    assert metadata.Unpack(definitions)
    assert {*definitions.signature_def["embed"].inputs} == {"company", "fare"}


def test_what_was_asked_is_counted(client):
    def counted():
        return metrics_of(client.get("/metrics").text)

    before = counted()
    found(client, keys=["row-1"])
    assert refused(client, keys=[])[0] == 400
    post(client, "embed", instances=[{"company": "Red"}])
    after = counted()

    def more(name):
        return after[f"zeroskew_serving_{name}"] - before.get(f"zeroskew_serving_{name}", 0.0)

    assert more('requests_total{code="200",method="neighbours",protocol="REST"}') == 1
    assert more('requests_total{code="400",method="neighbours",protocol="REST"}') == 1
    assert more('requests_total{code="200",method="embed",protocol="REST"}') == 1
    assert more('vector_seconds_count{method="neighbours"}') == 2
    assert more('vector_seconds_count{method="embed"}') == 1
    assert more('missing_values_total{column="fare"}') == 1
    assert after['zeroskew_serving_index_rows{index="10",model="small",version="1"}'] == 40
    assert after['zeroskew_serving_failed_indexes_total{model="small"}'] == 0
