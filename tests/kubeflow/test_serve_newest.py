"""The job of the bucket's manifests, against a server that speaks as Kubernetes does."""

import http.server
import importlib.util
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from manifests import MANIFESTS

PATH = "/apis/serving.kserve.io/v1beta1/namespaces/ml/inferenceservices/taxi"
REQUEST = '{"instances": [{"fare": 1.5}]}'
spec = importlib.util.spec_from_file_location(
    "serve_newest", MANIFESTS / "bucket" / "serve_newest.py"
)
assert spec is not None
assert spec.loader is not None
job: Any = importlib.util.module_from_spec(spec)
spec.loader.exec_module(job)


class Cluster(http.server.ThreadingHTTPServer):
    """Answers for one InferenceService; a merge patch changes its model."""

    def __init__(self, model: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.model = model
        self.patches: list[Any] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Cluster

    def do_GET(self) -> None:
        self.answer()

    def do_PATCH(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        patch = json.loads(body)
        self.server.patches.append((self.headers["Content-Type"], patch))
        self.server.model.update(patch["spec"]["predictor"]["model"])
        self.answer()

    def answer(self) -> None:
        found = self.path == PATH
        content = json.dumps({"spec": {"predictor": {"model": self.server.model}}}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster({"storageUri": str(tmp_path / "serving")}) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def serve_newest(cluster: Cluster) -> str:
    configuration = client.Configuration(host=cluster.url)
    with client.ApiClient(configuration) as connection:
        return str(job.serve_newest(client.CustomObjectsApi(connection), "ml", "taxi"))


def push(cluster: Cluster, version: int) -> None:
    folder = Path(cluster.model["storageUri"]) / str(version)
    (folder / "assets.extra").mkdir(parents=True)
    (folder / "saved_model.pb").touch()
    (folder / "assets.extra" / "request.json").write_text('{"instances": [\n{"fare": 1.5}]}\n')


def test_nothing_happens_before_the_first_model(cluster: Cluster) -> None:
    assert serve_newest(cluster).startswith("no model has been pushed to ")
    assert cluster.patches == []


def test_a_newer_model_changes_the_environment_which_restarts_the_service(
    cluster: Cluster,
) -> None:
    cluster.model["env"] = [{"name": "OTHER", "value": "stays"}]
    push(cluster, 9)
    push(cluster, 10)
    assert serve_newest(cluster) == f"taxi starts with model 10\n{REQUEST}"
    assert cluster.patches == [
        (
            "application/merge-patch+json",
            {
                "spec": {
                    "predictor": {
                        "model": {
                            "env": [
                                {"name": "OTHER", "value": "stays"},
                                {"name": "MODEL_VERSION", "value": "10"},
                            ]
                        }
                    }
                }
            },
        )
    ]


def test_the_same_model_changes_nothing_a_second_time(cluster: Cluster) -> None:
    push(cluster, 10)
    serve_newest(cluster)
    assert serve_newest(cluster) == f"taxi was started with the newest model, 10\n{REQUEST}"
    assert len(cluster.patches) == 1
    push(cluster, 11)
    assert serve_newest(cluster) == f"taxi starts with model 11\n{REQUEST}"
    assert cluster.model["env"] == [{"name": "MODEL_VERSION", "value": "11"}]


def test_a_model_without_a_request_of_its_own_is_served_too(cluster: Cluster) -> None:
    push(cluster, 10)
    (Path(cluster.model["storageUri"]) / "10" / "assets.extra" / "request.json").unlink()
    assert serve_newest(cluster) == "taxi starts with model 10"
    assert cluster.model["env"] == [{"name": "MODEL_VERSION", "value": "10"}]
