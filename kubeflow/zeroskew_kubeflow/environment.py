"""An environment: where on Kubeflow the pipeline runs, and with how much.

`kubeflow/environments/NAME.yaml` holds one; it may start from another with `extends: base.yaml`.
What the pipeline does stands in the pipeline's own settings; `settings:` changes some of them here.

One precedence, as everywhere: command line > environment (`ZEROSKEW_KUBEFLOW_IMAGE=...`) > file >
default. No secret stands in a file: `secrets` names the Kubernetes Secret that holds it.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.settings import KUBEFLOW_ENV_PREFIX
from pipeline.settings_sources import check_environment, load, merge, read_file
from zeroskew.buckets import SCHEMES, is_bucket
from zeroskew.errors import SettingsError, did_you_mean

ENVIRONMENTS = Path("kubeflow") / "environments"
_SECRET_NAME = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|ACCESS_KEY|API_KEY|PRIVATE_KEY", re.I)
_SECRET_IN_URL = re.compile(r"://[^/@\s]*:[^/@\s]+@")
# Without ML Metadata it refuses a pipeline that sets them.
_VARIABLES_OF_THE_SERVER = {"KFP_POD_NAME", "KFP_POD_UID", "KFP_RETRY_INDEX", "NAMESPACE"}
_CRON = re.compile(r"\S+( \S+){5}")
_QUANTITY = r"^[0-9]+(\.[0-9]+)?([kMGTPE]i?)?$"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Accelerator(_Section):
    """GPUs of a step: the name of the node's resource, and how many."""

    type: str = "nvidia.com/gpu"
    count: Annotated[int, Field(ge=1)] = 1


class StepSettings(_Section):
    """What a step gets.

    Attributes:
        cpu: cores, at most; Beam's DirectRunner uses as many.
        memory: at most, such as 4Gi.
        accelerator: GPUs.
        retries: how often a failed step is tried again.
    """

    cpu: Annotated[float, Field(gt=0)] | None = None
    memory: Annotated[str, Field(pattern=_QUANTITY)] | None = None
    accelerator: Accelerator | None = None
    retries: Annotated[int, Field(ge=0)] | None = None


class SecretVariable(_Section):
    """An environment variable whose value is a key of a Kubernetes Secret."""

    variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    secret: str
    key: str


class Volume(_Section):
    """A PersistentVolumeClaim, mounted into every step."""

    claim: str
    path: Annotated[str, Field(pattern=r"^/.+")]


class Toleration(_Section):
    """A taint of nodes that the steps bear."""

    key: str | None = None
    operator: Literal["Equal", "Exists"] = "Equal"
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None


class Server(_Section):
    """The API server of Kubeflow Pipelines.

    Attributes:
        host: its URL.
        namespace: of the user, where Kubeflow has several.
        experiment: that runs are listed under.
        service_account: that the steps run as.
        ca_file: certificates that it is checked with, if they are not public.
        token_variable: environment variable with the bearer token, if one is needed.
        timeout: seconds that an answer may take.
    """

    host: str = "http://localhost:8080"
    namespace: str = "kubeflow"
    experiment: str = "Default"
    service_account: str | None = None
    ca_file: Path | None = None
    token_variable: str = "KFP_TOKEN"
    timeout: Annotated[float, Field(gt=0)] = 30.0

    def page(self, path: str) -> str:
        """Returns the URL of a page of its web interface."""
        return f"{self.host.rstrip('/')}/#/{path}"


class Schedule(_Section):
    """When a recurring run starts.

    Attributes:
        cron: six fields, from seconds to weekday, in UTC.
        max_concurrency: runs at the same time, at most.
        catchup: also start the runs that were missed.
    """

    cron: str = "0 0 3 * * *"
    max_concurrency: Annotated[int, Field(ge=1, le=10)] = 1
    catchup: bool = False

    @field_validator("cron")
    @classmethod
    def _has_six_fields(cls, cron: str) -> str:
        if not _CRON.fullmatch(cron):
            raise ValueError(
                "needs six fields, from seconds to weekday, such as '0 30 4 * * 1'; "
                "crontab(5) has five: put a 0 before them"
            )
        return cron


class Environment(BaseSettings):
    """Where and how the pipeline runs on Kubeflow Pipelines or Vertex AI Pipelines.

    Attributes:
        target: ``kubeflow``, or ``vertex`` for Vertex AI Pipelines.
        image: the container image of all steps, pinned by its digest.
        image_pull_policy: when a node pulls the image.
        image_pull_secrets: Kubernetes Secrets that give access to the registry.
        pipeline_root: bucket that receives artifacts: minio://, s3:// or gs://.
        output: what outlives a run (served models, what data has passed): a mounted folder, or a
            bucket.
        code: folder of the image that holds the project.
        cache: reuse the results of steps whose inputs have not changed.
        env: environment variables of the steps.
        secrets: environment variables of the steps that come from Kubernetes Secrets.
        volumes: claims that are mounted.
        node_selector: labels of nodes that the steps may run on.
        tolerations: taints that they bear.
        defaults: what each step gets ...
        steps: ... and what a step gets instead, by its name.
        server: the API server.
        schedule: of recurring runs.
        settings: settings of the pipeline that differ in this environment.
    """

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=KUBEFLOW_ENV_PREFIX,
        env_nested_delimiter="__",
    )

    target: Literal["kubeflow", "vertex"] = "kubeflow"
    image: Annotated[str, Field(pattern=r"^[a-z0-9][\w./:@-]*$")]
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    image_pull_secrets: tuple[str, ...] = ()
    pipeline_root: str
    output: str
    code: str = "/app"
    cache: bool = True
    env: dict[str, str] = {}
    secrets: tuple[SecretVariable, ...] = ()
    volumes: tuple[Volume, ...] = ()
    node_selector: dict[str, str] = {}
    tolerations: tuple[Toleration, ...] = ()
    defaults: StepSettings = StepSettings(cpu=1, memory="2Gi", retries=2)
    steps: dict[str, StepSettings] = {}
    server: Server = Server()
    schedule: Schedule = Schedule()
    settings: dict[str, Any] = {}

    def step(self, name: str) -> StepSettings:
        """Returns what a step gets."""
        own = self.steps.get(name, StepSettings()).model_dump(exclude_none=True)
        return StepSettings(**{**self.defaults.model_dump(exclude_none=True), **own})

    @field_validator("pipeline_root")
    @classmethod
    def _is_a_bucket(cls, root: str) -> str:
        if not is_bucket(root):
            raise ValueError(f"must start with {', '.join(SCHEMES)}: pods share no disk")
        return root.rstrip("/")

    @field_validator("output")
    @classmethod
    def _outlives_a_pod(cls, output: str) -> str:
        if not output.startswith((*SCHEMES, "/")):
            raise ValueError(f"must be a mounted folder, or start with {', '.join(SCHEMES)}")
        return output.rstrip("/")

    @field_validator("env")
    @classmethod
    def _holds_no_secret(cls, variables: dict[str, str]) -> dict[str, str]:
        for name, value in variables.items():
            if _SECRET_NAME.search(name) or _SECRET_IN_URL.search(value):
                raise ValueError(f"{name} looks like a secret; name its Secret under `secrets`")
        return variables

    @model_validator(mode="after")
    def _is_consistent(self) -> "Environment":
        if self.cache and "@sha256:" not in self.image:
            raise ValueError(
                "cached steps know an image by its name alone: pin it by its digest "
                "(name@sha256:...), or set cache: false"
            )
        own = {*self.env, *(one.variable for one in self.secrets)} & _VARIABLES_OF_THE_SERVER
        if own:
            raise ValueError(f"{', '.join(sorted(own))}: the server sets these itself")
        if self.target == "vertex":
            self._fits_vertex()
        elif self.output.startswith("/") and not any(
            f"{self.output}/".startswith(f"{volume.path}/") for volume in self.volumes
        ):
            raise ValueError("output lies on no volume, so it would be lost with the pod")
        return self

    def _fits_vertex(self) -> None:
        if not (self.pipeline_root.startswith("gs://") and self.output.startswith("gs://")):
            raise ValueError("Vertex AI knows gs:// alone, in pipeline_root and output")
        kubernetes = {
            "image_pull_secrets": self.image_pull_secrets,
            "secrets": self.secrets,
            "volumes": self.volumes,
            "node_selector": self.node_selector,
            "tolerations": self.tolerations,
        }
        given = [name for name, value in kubernetes.items() if value]
        if given:
            raise ValueError(f"Vertex AI has no {', '.join(given)}: it runs no Kubernetes of yours")


def load_environment(
    name_or_file: str, overrides: Mapping[str, Any] | None = None, folder: Path = ENVIRONMENTS
) -> Environment:
    """Reads an environment from all of its sources.

    Args:
        name_or_file: the name of a file in `folder` without its ending, or the path of one.
        overrides: what the command line says, nested like the environment.
        folder: where environments with a name lie.

    Raises:
        SettingsError: there is no such file, a key is unknown or a value is wrong.
    """
    file = Path(name_or_file)
    if file.suffix not in {".yaml", ".yml"}:
        file = folder / f"{name_or_file}.yaml"
    if not file.is_file():
        known = sorted(one.stem for one in folder.glob("*.yaml"))
        raise SettingsError(
            "an environment must have its file",
            allowed=", ".join(known) or f"a file in {folder}",
            received=f"{file} (no such file)",
            action=did_you_mean(name_or_file, known) or "check what is given with --env",
        )
    check_environment(Environment, KUBEFLOW_ENV_PREFIX)
    return load(Environment, _read_with_bases(file, ()), file, overrides or {})


def _read_with_bases(file: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    values = read_file(file)
    base = values.pop("extends", None)
    if base is None:
        return values
    parent = (file.parent / str(base)).resolve()
    if parent in seen:
        raise SettingsError("environments must not extend each other", received=str(file))
    return merge(_read_with_bases(parent, (*seen, file.resolve())), values)
