"""Asks an API server for runs."""

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zeroskew.errors import SettingsError, ZeroskewError
from zeroskew_kubeflow.environment import Server
from zeroskew_kubeflow.server.client_errors import NoSuchResourceError
from zeroskew_kubeflow.server.runs import Run, to_run
from zeroskew_kubeflow.server.workflow import explain

if TYPE_CHECKING:
    from zeroskew_kubeflow.server.transport import KfpClient

_RUN = "/apis/v2beta1/runs/{run_id}"
# The second version of the API has a run's workflow nowhere.
_WORKFLOW = "/apis/v1beta1/runs/{run_id}"


class RunReader:
    """The runs of a server."""

    def __init__(self, kfp_client: "KfpClient", server: Server) -> None:
        self._kfp = kfp_client
        self._server = server

    def read(self, run_id: str) -> Run:
        """Returns a run with its steps.

        Raises:
            SettingsError: there is no such run.
        """
        try:
            # Servers without MLMD leave the steps out if they are not asked for them; those with
            # MLMD pass over what they do not know.
            run = self._kfp.get_json(_RUN, {"view": "FULL"}, run_id=run_id)
        except NoSuchResourceError as error:
            raise SettingsError(
                "the run must be one of the server's",
                received=f"{run_id} ({error.received})",
                action="see `zeroskew kubeflow status`",
            ) from error
        return self._to_run(run)

    def explain(self, run: Run) -> Run:
        """Returns a run whose steps say why they failed, or wait for their pods, if it is known."""
        try:
            answer = self._kfp.get_json(_WORKFLOW, {}, run_id=run.run_id)
            manifest = (answer.get("pipeline_runtime") or {}).get("workflow_manifest")
            workflow = json.loads(manifest or "{}")
        except (ZeroskewError, ValueError):
            # The steps are known without it, only their reasons are not.
            return run
        return explain(run, workflow)

    def newest(self, experiment_id: str, count: int) -> tuple[Run, ...]:
        """Returns the newest runs of an experiment, without their steps."""
        answer = self._kfp.list_runs(
            page_size=count, sort_by="created_at desc", experiment_id=experiment_id
        )
        return tuple(dataclasses.replace(self.convert(run), tasks=()) for run in answer.runs or [])

    def convert(self, run: Any) -> Run:
        """Returns a run that kfp has read."""
        return self._to_run(self._kfp.to_json(run))

    def command_for_pods(self, run_id: str) -> str:
        """Returns the command that shows the pods of a run, and why they wait."""
        return f"kubectl -n {self._server.namespace} describe pods -l pipeline/runid={run_id}"

    def _to_run(self, run: Mapping[str, Any]) -> Run:
        return to_run(run, self._server.page(f"runs/details/{run['run_id']}"))
