"""What the server does: pipelines, experiments, runs and recurring runs in memory."""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import yaml

from api_server import answers
from api_server.description import RefusedError, model
from api_server.runs import START, Fate, RunState
from api_server.undescribed import Extended

_TYPES = {
    "STRING": (str,),
    "NUMBER_INTEGER": (int, float),
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": (bool,),
}
_API = "/apis/v2beta1"


class Service:
    """The state of a server.

    Attributes:
        version: of Kubeflow Pipelines; from 3 on it has no MLMD.
        fate: what happens to steps.
        foreign_names: pipelines of other namespaces, which nobody else sees.
        accounts: what its setting ALLOWEDSERVICEACCOUNTS lists, from 2.18 on.
        usable: accounts that the caller may use; all of them if there is one user.
    """

    def __init__(self, multi_user: bool = False, version: str = "2.17.0") -> None:
        self.multi_user = multi_user
        self.version = version
        self.fate = Fate()
        self.accounts: set[str] = set()
        self.usable: set[str] = set()
        self.foreign_names: set[str] = set()
        self.pipelines: dict[str, Any] = {}
        self.versions: dict[str, Any] = {}
        self.experiments: dict[str, Any] = {}
        self.runs: dict[str, RunState] = {}
        self.recurring_runs: dict[str, Any] = {}

    def handlers(self) -> dict[tuple[str, str], Callable[..., Any]]:
        """Returns what answers which operation."""
        one = f"{_API}/recurringruns/{{recurring_run_id}}"
        return {
            ("GET", f"{_API}/pipelines"): self._list_pipelines,
            ("POST", f"{_API}/pipelines"): self._create_pipeline,
            ("GET", f"{_API}/pipelines/{{pipeline_id}}/versions"): self._list_versions,
            ("POST", f"{_API}/pipelines/upload_version"): self._upload_version,
            ("GET", f"{_API}/experiments"): self._list_experiments,
            ("POST", f"{_API}/experiments"): self._create_experiment,
            ("GET", f"{_API}/runs"): self._list_runs,
            ("POST", f"{_API}/runs"): self._create_run,
            ("GET", f"{_API}/runs/{{run_id}}"): self._get_run,
            ("GET", "/apis/v1beta1/runs/{run_id}"): self._get_run_v1,
            ("GET", f"{_API}/healthz"): lambda: {"tag_name": self.version},
            ("GET", f"{_API}/recurringruns"): self._list_recurring_runs,
            ("POST", f"{_API}/recurringruns"): self._create_recurring_run,
            ("POST", f"{one}:enable"): lambda **ids: self._set_mode("ENABLE", **ids),
            ("POST", f"{one}:disable"): lambda **ids: self._set_mode("DISABLE", **ids),
            ("DELETE", one): self._delete_recurring_run,
        }

    def _list_pipelines(self, **query: Any) -> Any:
        namespace = self._namespace(query.get("namespace"))
        found = [one for one in self.pipelines.values() if one.namespace == namespace]
        return _page(found, query, "V2beta1ListPipelinesResponse", "pipelines")

    def _create_pipeline(self, body: Any) -> Any:
        body.namespace = self._namespace(body.namespace)
        taken = {one.display_name for one in self.pipelines.values()} | self.foreign_names
        if not body.display_name or body.display_name in taken:
            raise RefusedError(
                f"Failed to create a new pipeline. The name {body.display_name} already exists. "
                "Please specify a new name",
                409,
            )
        body.pipeline_id, body.created_at = _new_id(), START
        self.pipelines[body.pipeline_id] = body
        return body

    def _list_versions(self, pipeline_id: str, **query: Any) -> Any:
        found = [one for one in self.versions.values() if one.pipeline_id == pipeline_id]
        return _page(found, query, "V2beta1ListPipelineVersionsResponse", "pipeline_versions")

    def _upload_version(
        self, file: bytes, pipelineid: str, name: str, description: str | None = None
    ) -> Any:
        if pipelineid not in self.pipelines:
            raise RefusedError("Failed to create a pipeline version")
        for one in self.versions.values():
            if (one.pipeline_id, one.display_name) == (pipelineid, name):
                raise RefusedError("Failed to create a pipeline version", 409)
        version = model("V2beta1PipelineVersion")(
            pipeline_id=pipelineid,
            pipeline_version_id=_new_id(),
            display_name=name,
            description=description,
            created_at=START,
            pipeline_spec=_read(file),
        )
        self.versions[version.pipeline_version_id] = version
        return version

    def _list_experiments(self, **query: Any) -> Any:
        namespace = self._namespace(query.get("namespace"))
        found = [one for one in self.experiments.values() if one.namespace == namespace]
        return _page(found, query, "V2beta1ListExperimentsResponse", "experiments")

    def _create_experiment(self, body: Any) -> Any:
        body.namespace = self._namespace(body.namespace)
        body.experiment_id, body.created_at = _new_id(), START
        self.experiments[body.experiment_id] = body
        return body

    def _list_runs(self, experiment_id: str, sort_by: str, **query: Any) -> Any:
        if sort_by != "created_at desc":
            raise RefusedError(f"Invalid input error: Cannot sort by {sort_by}")
        newest_first = [self._to_model(run) for run in reversed(self.runs.values())]
        found = [run for run in newest_first if run.experiment_id == experiment_id]
        return _page(found, query, "V2beta1ListRunsResponse", "runs")

    def _create_run(self, body: Any) -> Any:
        spec = self._check_job(body)
        run = RunState(body, _new_id(), spec, self.fate)
        self.runs[run.run_id] = run
        return self._to_model(run)

    def _get_run(self, run_id: str, view: str = "DEFAULT") -> Any:
        run = self._run(run_id)
        run.advance()
        if self._is_older_than(3) or view != "FULL":
            return self._to_model(run)
        return Extended(self._to_model(run), answers.to_tasks(run))

    def _get_run_v1(self, run_id: str) -> dict[str, Any]:
        return answers.to_detail_v1(self._run(run_id))

    def _run(self, run_id: str) -> RunState:
        if run_id not in self.runs:
            raise RefusedError(f"Failed to get a run: Run {run_id} not found", 404)
        return self.runs[run_id]

    def _to_model(self, run: RunState) -> Any:
        return answers.to_model(run, has_mlmd=self._is_older_than(3))

    def _is_older_than(self, *version: int) -> bool:
        # The images of the old releases do not know what they are: they say "unknown".
        return tuple(map(int, re.findall(r"\d+", self.version))) < version

    def _list_recurring_runs(self, experiment_id: str, **query: Any) -> Any:
        found = [one for one in self.recurring_runs.values() if one.experiment_id == experiment_id]
        return _page(found, query, "V2beta1ListRecurringRunsResponse", "recurring_runs")

    def _create_recurring_run(self, body: Any) -> Any:
        self._check_job(body)
        if self._is_older_than(2, 17):
            body.service_account = None
        if len(body.trigger.cron_schedule.cron.split()) != 6:
            raise RefusedError("Invalid input error: The cron schedule must have six fields")
        if not 1 <= int(body.max_concurrency) <= 10:
            raise RefusedError("Invalid input error: The max concurrency must be from 1 to 10")
        body.recurring_run_id, body.created_at = _new_id(), START
        self.recurring_runs[body.recurring_run_id] = body
        return body

    def _set_mode(self, mode: str, recurring_run_id: str) -> dict[str, Any]:
        self._recurring_run(recurring_run_id).mode = mode
        return {}

    def _delete_recurring_run(self, recurring_run_id: str) -> dict[str, Any]:
        self._recurring_run(recurring_run_id)
        del self.recurring_runs[recurring_run_id]
        return {}

    def _recurring_run(self, recurring_run_id: str) -> Any:
        if recurring_run_id not in self.recurring_runs:
            raise RefusedError(f"Recurring run {recurring_run_id} not found", 404)
        return self.recurring_runs[recurring_run_id]

    def _check_job(self, body: Any) -> dict[str, Any]:
        """Checks what a run and a recurring run have in common; returns their pipeline."""
        if body.experiment_id not in self.experiments:
            raise RefusedError(f"Experiment {body.experiment_id} not found", 404)
        reference, spec = body.pipeline_version_reference, body.pipeline_spec
        if (reference is None) == (spec is None):
            raise RefusedError("Invalid input error: exactly one pipeline source must be given")
        if reference is not None:
            version = self.versions.get(reference.pipeline_version_id)
            if version is None or version.pipeline_id != reference.pipeline_id:
                raise RefusedError("Failed to fetch a pipeline version: not found", 404)
            spec = version.pipeline_spec
        self._check_account(body.service_account)
        spec = spec.get("pipeline_spec", spec)
        inputs = spec["root"].get("inputDefinitions", {}).get("parameters", {})
        for name, value in (body.runtime_config.parameters or {}).items():
            kind = inputs.get(name, {}).get("parameterType")
            if not isinstance(value, _TYPES.get(kind, ())):
                raise RefusedError(f"Invalid input error: parameter {name}: {value!r}")
        return dict(spec)

    def _check_account(self, account: str | None) -> None:
        if not account or self._is_older_than(2, 18):
            return
        if account not in self.accounts:
            raise RefusedError(f"Invalid input error: Service account {account} is not allowed")
        if self.multi_user and account not in self.usable:
            raise RefusedError(
                "PermissionDenied: User 'jo' is not authorized with reason:  (request:"
                " &ResourceAttributes{Namespace:ml,Verb:use,Group:,Version:v1,"
                f"Resource:serviceaccounts,Subresource:,Name:{account},}})",
                403,
            )

    def _namespace(self, given: str | None) -> str:
        """Returns the namespace that counts; a server for one user knows none."""
        if self.multi_user and not given:
            raise RefusedError("Invalid input error: Namespace cannot be empty in multi-user mode")
        return given or "" if self.multi_user else ""


def _page(found: list[Any], query: dict[str, Any], answer: str, attribute: str) -> Any:
    """Returns those that a filter lets through, a page at a time."""
    for predicate in json.loads(query.get("filter") or "{}").get("predicates", []):
        rule = predicate["operation"], predicate["key"]
        if rule not in {("EQUALS", "display_name"), (1, "display_name"), ("NOT_EQUALS", "state")}:
            raise RefusedError("Invalid input error: Cannot filter by that")
        equal = rule[0] != "NOT_EQUALS"
        wanted = predicate["stringValue"]
        found = [one for one in found if (getattr(one, rule[1]) == wanted) is equal]
    start, size = int(query.get("page_token") or 0), int(query.get("page_size") or 0) or 20
    more = str(start + size) if len(found) > start + size else None
    page = found[start : start + size]
    names = {attribute: page or None, "next_page_token": more}
    return model(answer)(total_size=len(found), **names)


def _read(file: bytes) -> dict[str, Any]:
    try:
        spec, *platform = yaml.safe_load_all(file.decode())
        fits = spec["schemaVersion"] == "2.1.0" and spec["pipelineInfo"]["name"]
    except (KeyError, TypeError, ValueError, yaml.YAMLError):
        fits = False
    if not fits:
        raise RefusedError("Invalid input error: unknown template format")
    return {"pipeline_spec": spec, "platform_spec": platform[0]} if platform else dict(spec)


def _new_id() -> str:
    return str(uuid.uuid4())
