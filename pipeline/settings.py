"""Settings: where and how much. What a feature is stands in the features file.

One precedence: command line > environment > file > default.

- command line: `--data`, `--output`, `--seed`, ... and `--set trainer.epochs=5` for any setting;
- environment: `ZEROSKEW_SEED=2`, `ZEROSKEW_TRAINER__EPOCHS=5`;
- file: the YAML file given with `--config`, else `pipeline/taxi.yaml`;
- default: the values in this module and in model/settings.py.

An unknown key is an error. In a file, the paths of what a run reads (`features`, `schema_file`,
`data.path`, `data.rules`, `data.serving_log`) are relative to that file; `output`, and all other
paths, to the current folder.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from data_ingestion.database_urls import is_url
from data_ingestion.settings import BUILT_IN, PLACES_OF_ROWS, DataSettings
from model.serving.service.settings import ServeSettings
from model.serving.vectors.settings import EmbeddingsSettings, IndexSettings
from model.settings import GateSettings, TrainerSettings
from model.slice_settings import parse_slices
from pipeline.beam import BeamSettings, check_beam_args
from pipeline.settings_sources import check_environment, load, merge, read_file

DEFAULT_FILE = Path(__file__).with_name("taxi.yaml")
SERVING = "serving"
"""Folder in `output` with the blessed models, a numbered one for each."""
INDEXES = "index"
"""Folder in `output` with the indexes that are served, a numbered one for each."""
ENV_PREFIX = "ZEROSKEW_"
KUBEFLOW_ENV_PREFIX = "ZEROSKEW_KUBEFLOW_"
_ENV_OF_THE_SETUP = {"ZEROSKEW_PYTHON"}


class Settings(BaseSettings):
    """All settings of a run.

    Attributes:
        name: of the pipeline, in its metadata.
        features: the features file: a module, or the path of a .py file.
        schema_file: the curated schema, text form.
        data: which rows.
        output: folder that receives artifacts, metadata, logs and the served model.
        seed: of training; the same seed gives the same model on the same machine.
        cache: reuse the results of steps whose inputs have not changed.
        max_missing_labels: share of a split's rows that may lack the label; they are left out.
        slices: what is evaluated on its own: each value of a raw column, ``payment_type``; ranges
            of a number, ``{fare: [10, 20]}`` or ``{fare: {quantiles: 4}}``; or all combinations of
            two such, ``[payment_type, {fare: [10, 20]}]``. Whole numbers of more than 50 values are
            cut by themselves. Rows without a value are a slice, too: ``fare=missing``.
        parity_rows: rows of the eval split that the parity check compares.
        trainer: how the network is built and trained.
        gate: what a model must reach to be blessed.
        embeddings: what stands beside the vectors that are made of the rows once a model is pushed;
            without it none are made.
        index: how these vectors are searched.
        beam: which engine runs the steps that grow with the data.
        beam_args: more options for Apache Beam.
        serve: how `zeroskew serve` serves the model.
    """

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
    )

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")] = "zeroskew"
    features: str = "model.features"
    schema_file: Path
    data: DataSettings = DataSettings()
    output: Path = Path("runs")
    seed: Annotated[int, Field(ge=0)] = 1
    cache: bool = True
    max_missing_labels: Annotated[float, Field(ge=0, lt=1)] = 0.05
    slices: tuple[Any, ...] = ()
    parity_rows: Annotated[int, Field(ge=1)] = 500
    trainer: TrainerSettings = TrainerSettings()
    gate: GateSettings = GateSettings()
    embeddings: EmbeddingsSettings | None = None
    index: IndexSettings = IndexSettings()
    beam: BeamSettings = BeamSettings()
    beam_args: tuple[str, ...] = ()
    serve: ServeSettings = ServeSettings()

    @field_validator("slices")
    @classmethod
    def _are_slices(cls, slices: tuple[Any, ...]) -> tuple[Any, ...]:
        parse_slices(slices)
        return slices

    @field_validator("beam_args")
    @classmethod
    def _fit_beam(cls, extra: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        check_beam_args(extra, info.data.get("beam", BeamSettings()))
        return extra


def load_settings(
    file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    below: Mapping[str, Any] | None = None,
) -> Settings:
    """Reads the settings from all of their sources.

    Args:
        file: a YAML file; `pipeline/taxi.yaml` unless given.
        overrides: what the command line says, nested like the settings.
        below: what an environment of Kubeflow changes in the file.

    Raises:
        SettingsError: the file cannot be read, a key is unknown or a value is wrong.
    """
    path = file or DEFAULT_FILE
    values = merge(_resolve_paths(read_file(path), path.parent), below or {})
    check_environment(Settings, ENV_PREFIX, _ENV_OF_THE_SETUP, KUBEFLOW_ENV_PREFIX)
    return load(Settings, values, path, overrides or {})


def _resolve_paths(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    resolved = dict(values)
    if isinstance(values.get("schema_file"), str):
        resolved["schema_file"] = folder / values["schema_file"]
    if str(values.get("features", "")).endswith(".py"):
        resolved["features"] = str((folder / values["features"]).resolve())
    data = values.get("data")
    if isinstance(data, dict):
        resolved["data"] = {**data, **dict(_data_paths(data, folder))}
    return resolved


def _data_paths(data: dict[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    for key in PLACES_OF_ROWS:
        path = str(data.get(key) or BUILT_IN)
        if path != BUILT_IN and not is_url(path):
            yield key, str(folder / path)
    if data.get("rules"):
        yield "rules", str((folder / str(data["rules"])).resolve())
