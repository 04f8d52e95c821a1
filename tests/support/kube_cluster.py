"""A stand-in of Kubernetes' API for `kubectl`: a CronJob, its jobs and an InferenceService.

A job that is created runs `serve_newest.py` against this very server, as the real one's pod does.
"""

import copy
import importlib.util
import json
import re
from collections.abc import Callable
from typing import Any

from kubernetes import client
from manifests import MANIFESTS
from threaded_server import ThreadedServer
from werkzeug.wrappers import Request, Response

NAMESPACE, TOKEN = "ml", "a token of CI that no log may show"
_KSERVE = "serving.kserve.io/v1beta1"


class KubeCluster(ThreadedServer):
    """A cluster on this machine, for the time of a `with` block.

    Attributes:
        service: the InferenceService.
        asked: what CI's account has asked for: verb, group, resource and name.
        fails: whether jobs fail.
    """

    def __init__(self, storage: str, url: str, cron_version: str) -> None:
        self.service: dict[str, Any] = {
            "apiVersion": _KSERVE, "kind": "InferenceService",
            "metadata": {"name": "taxi", "namespace": NAMESPACE, "generation": 1},
            "spec": {"predictor": {"model": {"storageUri": storage}}},
            "status": {"url": url, "conditions": [{"type": "Ready", "status": "False"}]},
        }  # fmt: skip
        self.asked: set[tuple[str, str, str, str]] = set()
        self.fails = False
        self._cron_version = cron_version
        self._jobs: dict[str, dict[str, Any]] = {}
        self._logs: dict[str, str] = {}
        super().__init__(self._app)

    @property
    def kubeconfig(self) -> str:
        """What CI keeps as a secret."""
        return json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{"name": "here", "cluster": {"server": self.host}}],
            "users": [{"name": "rollout", "user": {"token": TOKEN}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "rollout"}}],
        })  # fmt: skip

    def _app(self, environ: Any, start_response: Callable[..., Any]) -> Any:
        request = Request(environ)
        parts = request.path.strip("/").split("/")
        answer = self._discovered(parts) if "namespaces" not in parts else self._answer(request)
        if answer is None:
            answer = Response('{"kind": "Status", "code": 404, "reason": "NotFound"}', 404)
        if not isinstance(answer, Response):
            answer = Response(json.dumps(answer))
        answer.content_type = "application/json"
        return answer(environ, start_response)

    def _discovered(self, parts: list[str]) -> Any:
        cron = _resource("cronjobs", "CronJob")
        of_batch = {self._cron_version: [cron], "v1": [_resource("jobs", "Job")]}
        if self._cron_version == "v1":
            of_batch["v1"].append(cron)
        served = {
            "v1": [_resource("pods", "Pod"), _resource("pods/log", "Pod")],
            **{f"batch/{version}": kinds for version, kinds in of_batch.items()},
            _KSERVE: [_resource("inferenceservices", "InferenceService")],
        }
        if parts == ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        if parts == ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups(served)}
        version = "/".join(parts[1:])
        if version not in served:
            return None
        return {"kind": "APIResourceList", "groupVersion": version, "resources": served[version]}

    def _answer(self, request: Request) -> Any:
        path, _, rest = request.path.partition(f"/namespaces/{NAMESPACE}/")
        group = path.split("/")[2] if path.startswith("/apis/") else ""
        resource, name, *below = [*rest.split("/"), ""]
        watches = request.args.get("watch") in ("1", "true")
        # It sends its token over TLS alone.
        if request.user_agent.string.startswith("kubectl/"):
            verb = {"POST": "create", "PATCH": "patch"}.get(request.method) or (
                "get" if name else "watch" if watches else "list"
            )
            found = request.args.get("fieldSelector", "").removeprefix("metadata.name=")
            kind = f"{resource}/{below[0]}" if below and below[0] else resource
            self.asked.add((verb, group, kind, name or found))
        if resource == "cronjobs":
            return {**_cron_job(), "apiVersion": f"batch/{self._cron_version}"}
        if request.method == "POST":
            return self._create(request.get_data())
        if resource == "jobs":
            return self._jobs[name]
        if resource == "pods":
            return self._pods(name, request)
        if request.method == "PATCH":
            self.service["spec"]["predictor"]["model"].update(
                request.get_json(force=True)["spec"]["predictor"]["model"]
            )
        return self._service(name, watches)

    def _service(self, name: str, watches: bool) -> Any:
        if watches:
            # The pod has started.
            self.service["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
            return Response(json.dumps({"type": "MODIFIED", "object": self.service}) + "\n")
        if name:
            return self.service
        return {
            "apiVersion": _KSERVE, "kind": "InferenceServiceList",
            "metadata": {"resourceVersion": "1"}, "items": [copy.deepcopy(self.service)],
        }  # fmt: skip

    def _create(self, sent: bytes) -> dict[str, Any]:
        # Newer ones of kubectl send protobuf, of which the name can be read.
        found = re.search(rb"serve-newest-[0-9]+-[0-9]+", sent)
        assert found is not None
        name, end = found[0].decode(), "Failed" if self.fails else "Complete"
        self._jobs[name] = {
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"selector": {"matchLabels": {"job-name": name}}, "template": {}},
            "status": {"conditions": [{"type": end, "status": "True"}]},
        }  # fmt: skip
        self._logs[name] = "no bucket answers" if self.fails else self._serve_newest()
        return self._jobs[name]

    def _serve_newest(self) -> str:
        file = MANIFESTS / "bucket" / "serve_newest.py"
        spec = importlib.util.spec_from_file_location("serve_newest", file)
        assert spec is not None
        assert spec.loader is not None
        program: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(program)
        with client.ApiClient(client.Configuration(host=self.host)) as connection:
            api = client.CustomObjectsApi(connection)
            return str(program.serve_newest(api, NAMESPACE, "taxi"))

    def _pods(self, name: str, request: Request) -> Any:
        if request.path.endswith("/log"):
            return Response(self._logs[name])
        items = [
            {"apiVersion": "v1", "kind": "Pod",
             "metadata": {"name": one, "namespace": NAMESPACE, "labels": {"job-name": one}},
             "spec": {"containers": [{"name": "serve-newest"}]}, "status": {"phase": "Succeeded"}}
            for one in self._jobs
        ]  # fmt: skip
        if name:
            return next(one for one in items if one["metadata"]["name"] == name)
        return {"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": items}


def _resource(name: str, kind: str) -> dict[str, Any]:
    verbs = ["create", "get", "list", "patch", "watch"]
    return {"name": name, "kind": kind, "namespaced": True, "verbs": verbs, "singularName": ""}


def _groups(served: dict[str, Any]) -> list[dict[str, Any]]:
    versions: dict[str, list[dict[str, str]]] = {}
    for one in served:
        group, _, version = one.rpartition("/")
        if group:
            versions.setdefault(group, []).append({"groupVersion": one, "version": version})
    return [
        {"name": group, "versions": found, "preferredVersion": found[-1]}
        for group, found in versions.items()
    ]


def _cron_job() -> dict[str, Any]:
    container = {"name": "serve-newest", "image": "zeroskew"}
    pod = {"containers": [container], "restartPolicy": "Never"}
    return {
        "kind": "CronJob",
        "metadata": {"name": "serve-newest", "namespace": NAMESPACE, "uid": "1"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": pod}}}},
    }
