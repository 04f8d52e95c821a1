"""Upload, run, schedule and status against an API server of Kubeflow Pipelines."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zeroskew.errors import SettingsError, ZeroskewError
from zeroskew_kubeflow.compiling.package import read_package
from zeroskew_kubeflow.environment import Environment
from zeroskew_kubeflow.server.client_errors import NameTakenError
from zeroskew_kubeflow.server.run_reader import RunReader
from zeroskew_kubeflow.server.runs import Run, Task
from zeroskew_kubeflow.server.schedules import Scheduled, Schedules
from zeroskew_kubeflow.server.server_version import account_warning
from zeroskew_kubeflow.server.submission import check_parameters, check_same, named
from zeroskew_kubeflow.server.wait import USUAL, Patience, wait

if TYPE_CHECKING:
    from zeroskew_kubeflow.server.transport import KfpClient

_HEALTH = "/apis/v2beta1/healthz"

Value = str | int | float | bool


@dataclasses.dataclass(frozen=True)
class Uploaded:
    """A version of a pipeline on the server.

    Attributes:
        pipeline_id: of the pipeline.
        version_id: of the version.
        url: its page.
        created: it is new; False if the server had it already.
    """

    pipeline_id: str
    version_id: str
    url: str
    created: bool


def connect(environment: Environment) -> "Client":
    """Returns a client of the environment's API server; nothing is asked yet.

    Raises:
        SettingsError: the environment is not one of Kubeflow Pipelines, kfp is not installed, or
            the token or the certificates are unusable.
    """
    if environment.target != "kubeflow":
        raise SettingsError(
            "an API server of Kubeflow Pipelines needs an environment that is made for one",
            allowed="target: kubeflow",
            received=f"target: {environment.target}",
            action="compile it instead, and submit the file with google-cloud-aiplatform",
        )
    try:
        from zeroskew_kubeflow.server.transport import make_client
    except ModuleNotFoundError as error:
        raise SettingsError(
            "talking to an API server needs the client of Kubeflow Pipelines",
            received=f"no package {error.name}",
            action='make setup, or in the folder of this project: pip install ".[kubeflow]"',
        ) from error
    kfp_client, namespace = make_client(environment.server)
    return Client(kfp_client, environment, namespace)


class Client:
    """An API server of Kubeflow Pipelines.

    Usage::

        client = connect(load_environment("prod"))
        version = client.upload(Path("build/taxi-prod.yaml"), "taxi", "1f3e5a7")
        run = client.run(version, Path("build/taxi-prod.yaml"), "taxi 1f3e5a7")
        client.wait(run.run_id, print)
    """

    def __init__(
        self, kfp_client: "KfpClient", environment: Environment, namespace: str | None
    ) -> None:
        self._kfp = kfp_client
        self._environment = environment
        self._namespace = namespace
        self._runs = RunReader(kfp_client, environment.server)

    def upload(self, file: Path, name: str, version: str) -> Uploaded:
        """Makes a version of a pipeline, and the pipeline too if there is none of that name.

        Args:
            file: the compiled pipeline.
            name: of the pipeline.
            version: name of the version.

        Raises:
            SettingsError: the server has another pipeline under this version, or refuses it.
        """
        package = read_package(file)
        pipeline_id = self._find_pipeline(name) or self._make_pipeline(name)
        found = self._find_version(pipeline_id, version)
        created = found is None
        if found is None:
            from zeroskew_kubeflow.server.transport import quietly

            try:
                with quietly():
                    found = self._kfp.upload_pipeline_version(
                        str(file), version, pipeline_id=pipeline_id
                    )
            except NameTakenError:
                # Somebody else has uploaded it since.
                found, created = self._find_version(pipeline_id, version), False
                if found is None:
                    raise
        if not created:
            check_same(found.pipeline_spec, package, version)
        version_id = found.pipeline_version_id
        page = f"pipelines/details/{pipeline_id}/version/{version_id}"
        return Uploaded(pipeline_id, version_id, self._environment.server.page(page), created)

    def run(
        self,
        version: Uploaded,
        file: Path,
        job_name: str,
        parameters: Mapping[str, Value] | None = None,
        cache: bool | None = None,
    ) -> Run:
        """Starts a run.

        Args:
            version: of the pipeline.
            file: the compiled pipeline that this version is.
            job_name: what the run is listed as.
            parameters: values that differ from those in the pipeline.
            cache: False runs all steps again. Otherwise each step does as it was compiled: True
                would cache even those that must never be.

        Raises:
            SettingsError: a parameter is unknown or of another type; the server refuses the run.
        """
        from zeroskew_kubeflow.server.transport import quietly

        check_parameters(read_package(file), parameters or {})
        source: dict[str, Any] = {
            "pipeline_id": version.pipeline_id,
            "version_id": version.version_id,
        }
        if cache is False:
            # The server never changes how an uploaded version caches, so it gets a changed copy.
            source = {"pipeline_package_path": str(file), "enable_caching": False}
        with quietly():
            run = self._kfp.run_pipeline(
                self._experiment_id(),
                job_name,
                params=dict(parameters or {}),
                pipeline_root=self._environment.pipeline_root,
                service_account=self._environment.server.service_account,
                **source,
            )
        return self._runs.convert(run)

    def wait(
        self,
        run_id: str,
        on_progress: Callable[[Task], None],
        patience: Patience = USUAL,
    ) -> Run:
        """Waits until a run ends; tells of each step whose state changes, or whose pod waits.

        Args:
            run_id: of the run.
            on_progress: is called with each such step.
            patience: how long each thing may take; after its timeout the run goes on.

        Raises:
            StepError: the run did not succeed, or not in time; it names step and reason.
        """
        return wait(
            lambda: self._runs.read(run_id),
            self._runs.explain,
            on_progress,
            patience,
            self._runs.command_for_pods(run_id),
        )

    def schedule(
        self,
        version: Uploaded,
        file: Path,
        name: str,
        parameters: Mapping[str, Value] | None = None,
    ) -> Scheduled:
        """Makes the recurring run of this name, or replaces it.

        Args:
            version: of the pipeline.
            file: the compiled pipeline that this version is.
            name: of the recurring run, which stays the same from version to version.
            parameters: values that differ from those in the pipeline.

        Raises:
            SettingsError: a parameter is unknown or of another type; the server refuses it.
        """
        check_parameters(read_package(file), parameters or {})
        schedules = Schedules(self._kfp, self._environment, self._experiment_id())
        page = self._environment.server.page("recurringrun/details")
        scheduled = schedules.replace(
            name, version.pipeline_id, version.version_id, dict(parameters or {}), page
        )
        return dataclasses.replace(scheduled, warning=self._account_warning())

    def latest_runs(self, count: int = 10) -> tuple[Run, ...]:
        """Returns the newest runs of the environment's experiment, without their steps."""
        experiment = self._find_experiment()
        return () if experiment is None else self._runs.newest(experiment, count)

    def describe(self, run_id: str) -> Run:
        """Returns a run with its steps, and why they failed, or wait for their pods.

        Raises:
            SettingsError: there is no such run.
        """
        return self._runs.explain(self._runs.read(run_id))

    def _account_warning(self) -> str | None:
        account = self._environment.server.service_account
        if account is None:
            return None
        try:
            return account_warning(account, self._kfp.get_json(_HEALTH, {}))
        except ZeroskewError:
            return account_warning(account, {})

    def _find_pipeline(self, name: str) -> str | None:
        answer = self._kfp.list_pipelines(filter=named(name), namespace=self._namespace)
        return answer.pipelines[0].pipeline_id if answer.pipelines else None

    def _make_pipeline(self, name: str) -> str:
        """Makes a pipeline with no version: kfp's upload would name its first one as itself."""
        calls = self._kfp.pipelines
        create = getattr(calls, "pipeline_service_create_pipeline", None) or calls.create_pipeline
        body = self._kfp.api_models.V2beta1Pipeline(display_name=name, namespace=self._namespace)
        try:
            return str(create(body).pipeline_id)
        except NameTakenError:
            found = self._find_pipeline(name)
            if found is None:
                raise
            return found

    def _find_version(self, pipeline_id: str, name: str) -> Any | None:
        answer = self._kfp.list_pipeline_versions(pipeline_id, filter=named(name))
        return answer.pipeline_versions[0] if answer.pipeline_versions else None

    def _find_experiment(self) -> str | None:
        answer = self._kfp.list_experiments(
            filter=named(self._environment.server.experiment), namespace=self._namespace
        )
        return answer.experiments[0].experiment_id if answer.experiments else None

    def _experiment_id(self) -> str:
        from zeroskew_kubeflow.server.transport import quietly

        with quietly():
            experiment = self._kfp.create_experiment(
                self._environment.server.experiment, namespace=self._namespace
            )
        return str(experiment.experiment_id)
