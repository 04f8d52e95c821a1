"""`:embed` and `:neighbours`, asked over HTTP and gRPC of a service that runs as a process."""

import json
import shutil
import threading
import time

import grpc
import httpx
import jsonschema
import numpy as np
import pytest
import tensorflow as tf
from embedding_model import write_embedding_model
from in_process import listening
from indexed import entities, push_index, vectors_of
from served import Served, metrics_of
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from model.serving.service.settings import LogSettings, ServeSettings
from model.serving.vectors.space import read_space

ROWS = entities()
LIST = ROWS.to_pylist()
QUERY = {"company": "Red", "fare": 9.0}


@pytest.fixture(scope="module")
def places(spaces, tmp_path_factory):
    """A folder of models with version 1, and one of indexes with index 10."""
    folder = tmp_path_factory.mktemp("pairs")
    models, indexes = folder / "models", folder / "index"
    shutil.copytree(spaces["first"], models / "1")
    shutil.copytree(spaces["first"].with_name("index"), indexes / "10")
    return models, indexes


@pytest.fixture(scope="module")
def searched(places):
    models, indexes = places
    options = ["--set", "serve.lineage=any", "--set", "serve.poll_seconds=0.1"]
    with Served(models, "--name", "small", "--index", indexes, *options) as service:
        yield service


@pytest.fixture(scope="module")
def client(searched):
    with httpx.Client(base_url=searched.rest, timeout=30) as one:
        yield one


@pytest.fixture(scope="module")
def first(spaces):
    """Fingerprint of the space, and the vectors of the rows in the index."""
    return read_space(spaces["first"]).fingerprint, vectors_of(spaces["first"], ROWS)


def post(client, method, place="", **body):
    answer = client.post(f"/v1/models/small{place}:{method}", content=json.dumps(body))
    return answer.status_code, answer.json()


def found(client, **body):
    code, answer = post(client, "neighbours", **body)
    assert code == 200, answer
    return answer["neighbours"]


def refused(client, method="neighbours", **body):
    code, answer = post(client, method, **body)
    return code, answer["error"]


def assert_nearest(neighbours, vectors, query, chosen=None):
    """Compares with the cosines of all rows, or of the places that are chosen."""
    cosines = vectors @ (query / np.linalg.norm(query))
    best = np.sort(cosines if chosen is None else cosines[chosen])[::-1]
    assert [one["score"] for one in neighbours] == pytest.approx(best[: len(neighbours)], abs=1e-6)
    # Rows of one cosine may come in any order.
    own = {row["id"]: cosine for row, cosine in zip(LIST, cosines, strict=True)}
    for one in neighbours:
        assert one["score"] == pytest.approx(own[one["key"]], abs=1e-6)
    assert len({one["key"] for one in neighbours}) == len(neighbours)


def test_it_says_what_it_searches(searched, places):
    assert f"index      40 rows for version 1, from {places[1] / '10'}\n" in searched.said


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


def test_neighbours_of_rows_are_those_that_comparing_with_each_finds(client, spaces, first):
    fingerprint, vectors = first
    rows = [QUERY, {"company": None, "fare": 20.0}]
    code, answer = post(client, "neighbours", instances=rows, limit=7)
    assert code == 200
    (embedded,) = [post(client, "embed", instances=rows)[1]["embeddings"]]
    for neighbours, query in zip(answer.pop("neighbours"), embedded, strict=True):
        assert len(neighbours) == 7
        assert_nearest(neighbours, vectors, np.array(query))
    assert answer == {
        "metric": "cosine",
        "fingerprint": fingerprint,
        "model_version": "1",
        "index_version": "10",
    }


def test_a_neighbour_has_what_stands_beside_its_vector(client):
    ((one,),) = found(client, keys=["row-6"], limit=1)
    assert one["key"] == "row-6"
    assert one["score"] == pytest.approx(1.0, abs=1e-6)
    assert one["columns"] == {"company": "Ada", "fare": 9.2, "month": 7}
    ((one,),) = found(client, keys=["row-5"], limit=1, filter={"id": "row-5"})
    assert one["columns"]["fare"] is None


@pytest.mark.parametrize("count", [1, 30])
def test_neighbours_of_keys_are_those_of_their_vectors(client, first, count):
    _, vectors = first
    some = found(client, keys=[f"row-{place}" for place in range(count)])
    assert len(some) == count
    for place, neighbours in enumerate(some):
        assert len(neighbours) == 10
        assert_nearest(neighbours, vectors, vectors[place])


def test_vectors_of_the_space_are_compared_whatever_their_length(client, first):
    fingerprint, vectors = first
    query = (3.0 * vectors[9]).tolist()
    (neighbours,) = found(client, vectors=[query], fingerprint=fingerprint)
    assert_nearest(neighbours, vectors, vectors[9])


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ({"company": "Red"}, lambda row: row["company"] == "Red"),
        ({"company": ["Red", "Ada"]}, lambda row: row["company"] in ("Red", "Ada")),
        ({"fare": {"min": 10, "max": 20.5}}, lambda row: 10 <= (row["fare"] or 0) <= 20.5),
        ({"month": {"min": 11}, "company": "Ada"}, lambda row: row["month"] == 11),
        ({"company": "Green"}, lambda row: False),
        ({}, lambda row: True),
    ],
)
def test_a_filter_leaves_the_nearest_of_those_that_have_what_it_wants(
    client, first, wanted, chosen
):
    _, vectors = first
    left = [place for place, row in enumerate(LIST) if chosen(row)]
    (neighbours,) = found(client, keys=["row-3"], limit=100, filter=wanted)
    assert len(neighbours) == len(left)
    assert_nearest(neighbours, vectors, vectors[3], left)


def test_pages_end_to_end_are_one_long_page(client):
    pages = [
        one
        for offset in range(0, 50, 7)
        for one in found(client, keys=["row-3"], limit=7, offset=offset)[0]
    ]
    (whole,) = found(client, keys=["row-3"], limit=1000)
    assert pages == whole
    assert len(whole) == 40
    assert found(client, keys=["row-3"], limit=10, offset=9_990) == [[]]


@pytest.mark.parametrize(
    ("vector", "text"),
    [
        ([1.0], "a list of 1"),
        ("DIMENSION+1", "a list of "),
        ([True], "a list of 1"),
        ("a", "'a'"),
        (None, "None"),
        ("TEXT", "a list with 'x'"),
        ("BOOLEAN", "a list with True"),
        ("NAN", "a vector of length nan"),
        ("INFINITY", "a vector of length inf"),
        ("HUGE", "a vector of length inf"),
        ("ZERO", "a vector of length 0"),
    ],
)
def test_what_is_no_vector_is_refused_with_its_place(client, first, vector, text):
    fingerprint, vectors = first
    size = vectors.shape[1]
    ones = [1.0] * (size - 1)
    made = {
        "DIMENSION+1": [1.0] * (size + 1),
        "TEXT": [*ones, "x"],
        "BOOLEAN": [*ones, True],
        "NAN": [*ones, float("nan")],
        "INFINITY": [*ones, float("inf")],
        "HUGE": [*ones, 1e300],
        "ZERO": [0] * size,
    }
    query = made.get(vector, vector) if isinstance(vector, str) else vector
    body = {"vectors": [vectors[0].tolist(), query], "fingerprint": fingerprint}
    code, error = refused(client, **body)
    assert code == 400
    assert error.startswith(("vectors[1] must be a vector ", "vectors[1] must have a vector "))
    assert f"received: {text}" in error


def test_vectors_of_another_space_are_refused_with_both_fingerprints(client, first, spaces):
    fingerprint, vectors = first
    other = read_space(spaces["second"]).fingerprint
    code, error = refused(client, vectors=vectors[:1].tolist(), fingerprint=other)
    assert code == 400
    assert f"allowed:  {fingerprint}, " in error
    assert f"received: {other}, " in error
    code, error = refused(client, vectors=vectors[:1].tolist())
    assert code == 400
    assert f"allowed:  {fingerprint}, " in error
    assert "received: none, " in error
    assert refused(client, keys=["row-1"], fingerprint=other)[0] == 400
    assert len(found(client, keys=["row-1"], fingerprint=fingerprint)) == 1


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"keys": ["row-40"]}, 404, "a key is that of a row in the index"),
        ({"keys": ["row-1"] * 20 + ["x"]}, 404, "a key is that of a row in the index"),
        ({"keys": [7]}, 404, "a key is that of a row in the index"),
        ({"keys": ["row-1", None]}, 400, "keys[1] must be the key of a row in the index"),
        ({"keys": [True]}, 400, "keys[0] must be the key of a row in the index"),
        ({"keys": [["row-1"]]}, 400, "keys[0] must be the key of a row in the index"),
        ({"instances": [{"fair": 1}]}, 400, "the columns of row 0 must be those of"),
        ({"instances": [{}], "keys": ["row-1"]}, 400, "the body must have exactly one of"),
        ({"keys": ["row-1"], "limit": 1001}, 400, "limit must be a whole number"),
        ({"keys": ["row-1"], "offset": 9991}, 400, "offset must be a whole number"),
        ({"keys": ["row-1"], "filter": {"compani": "Red"}}, 400, "a filter names columns"),
        ({"keys": ["row-1"], "filter": {"month": "x"}}, 400, "a filter of 'month' holds values"),
        ({"keys": ["row-1"], "filter": {"month": {"least": 1}}}, 400, "a filter of 'month' holds"),
        ({"keys": ["row-1"], "filter": {"month": None}}, 400, "a filter of 'month' holds"),
    ],
)
def test_a_wrong_question_is_refused(client, body, code, text):
    assert refused(client, **body)[0] == code
    assert refused(client, **body)[1].startswith(text)


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


class Asking:
    """Clients that ask for neighbours without a pause while the block lasts."""

    def __init__(self, searched):
        self._searched = searched
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(3)]
        self.answers, self.errors = [], []

    def __enter__(self):
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *unused):
        self._end.set()
        for one in self._threads:
            one.join()

    def _ask(self):
        with httpx.Client(base_url=self._searched.rest, timeout=30) as client:
            while not self._end.is_set():
                code, answer = post(client, "neighbours", instances=[QUERY], limit=3)
                (self.answers if code == 200 else self.errors).append(answer)


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_model_and_index_change_together_while_it_is_asked(
    searched, client, places, spaces, tmp_path_factory
):
    """Last in this file, for the service has other versions afterwards."""
    models, indexes = places
    spare = tmp_path_factory.mktemp("spare")

    def state():
        statuses = client.get("/v1/models/small").json()["model_version_status"]
        return {one["version"]: one["state"] for one in statuses}

    def pushed(source, target):
        shutil.copytree(source, spare / target.name)
        (spare / target.name).rename(target)

    def answering(model, index):
        def is_so():
            last = asking.answers[-1]
            return (last["model_version"], last["index_version"]) == (model, index)

        return is_so

    push_index(spaces["first"], spare / "11", entities(30))
    with Asking(searched) as asking:
        until(lambda: asking.answers)
        (spare / "11").rename(indexes / "11")
        until(answering("1", "11"))
        pushed(spaces["second"], models / "2")
        until(lambda: state() == {"2": "START", "1": "AVAILABLE"})
        count = len(asking.answers)
        until(lambda: len(asking.answers) > count + 8)
        assert answering("1", "11")()
        pushed(spaces["second"].with_name("index"), indexes / "20")
        until(answering("2", "20"))
        shutil.copytree(spaces["second"].with_name("index"), spare / "21")
        (spare / "21" / "index.faiss").write_bytes(b"no index")
        (spare / "21").rename(indexes / "21")
        until(lambda: any("index 21 is not served" in line for line in searched.errors))
        shutil.rmtree(indexes / "20")
        until(answering("1", "11"))
    assert asking.errors == []
    fingerprints = {name: read_space(folder).fingerprint for name, folder in spaces.items()}
    told: dict[tuple[str, ...], set[str]] = {}
    for one in asking.answers:
        pair = one["model_version"], one["index_version"], one["fingerprint"]
        told.setdefault(pair, set()).add(json.dumps(one["neighbours"]))
    assert {*told} <= {
        ("1", "10", fingerprints["first"]),
        ("1", "11", fingerprints["first"]),
        ("2", "20", fingerprints["second"]),
    }
    # What is answered is what that pair says, whichever it was.
    assert {len(one) for one in told.values()} == {1}
    counted = metrics_of(client.get("/metrics").text)
    assert counted['zeroskew_serving_failed_indexes_total{model="small"}'] == 1
