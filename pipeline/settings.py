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

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

import yaml
from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as _SourceError

from data_ingestion.readers.database_urls import is_url
from data_ingestion.settings import BUILT_IN, DataSettings
from model.settings import GateSettings, TrainerSettings
from zeroskew.errors import SettingsError, did_you_mean

DEFAULT_FILE = Path(__file__).with_name("taxi.yaml")
ENV_PREFIX = "ZEROSKEW_"
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
        slices: raw columns; each of their values is evaluated on its own.
        parity_rows: rows of the eval split that the parity check compares.
        trainer: how the network is built and trained.
        gate: what a model must reach to be blessed.
        beam_args: options for Apache Beam, which runs in this process without any. Workers
            elsewhere need this package: `--setup_file=./setup.py`.
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
    slices: tuple[str, ...] = ()
    parity_rows: Annotated[int, Field(ge=1)] = 500
    trainer: TrainerSettings = TrainerSettings()
    gate: GateSettings = GateSettings()
    beam_args: tuple[str, ...] = ()


def load_settings(file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Reads the settings from all of their sources.

    Args:
        file: a YAML file; `pipeline/taxi.yaml` unless given.
        overrides: what the command line says, nested like the settings.

    Raises:
        SettingsError: the file cannot be read, a key is unknown or a value is wrong.
    """
    path = file or DEFAULT_FILE
    values = _resolve_paths(_read_file(path), path.parent)
    _check_environment()

    class _WithFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, values)

    try:
        return _WithFile(**(overrides or {}))
    except ValidationError as error:
        raise _translate(error, path) from error
    except _SourceError as error:
        raise SettingsError(
            "a list or a section in an environment variable is written as JSON",
            allowed="such as ZEROSKEW_SLICES='[\"payment_type\"]'",
            received=str(error),
            action="correct the variable, or set one key of a section: ZEROSKEW_TRAINER__EPOCHS=5",
        ) from error


def parse_assignments(assignments: list[str]) -> dict[str, Any]:
    """Turns ``["trainer.epochs=5"]`` into ``{"trainer": {"epochs": 5}}``; values are YAML.

    Raises:
        SettingsError: one of them has no ``=``, is no YAML, or contradicts another.
    """
    nested: dict[str, Any] = {}
    for assignment in assignments:
        key, separator, value = assignment.partition("=")
        if not separator:
            raise SettingsError(
                "--set takes a setting and its value",
                allowed="--set KEY=VALUE, such as --set trainer.epochs=5",
                received=f"--set {assignment}",
            )
        *sections, last = key.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise SettingsError(
                    f"setting {section!r} has either a value or settings below it",
                    received=f"--set {section}={place} and --set {assignment}",
                    action="remove one of them",
                )
        place[last] = _parse_value(assignment, value)
    return nested


def _parse_value(assignment: str, value: str) -> Any:
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise SettingsError(
            "--set takes a value in YAML",
            allowed="such as 5, true, taxi, [a, b] or {auc: 0.9}",
            received=f"--set {assignment}",
            action="close brackets and quotes",
        ) from error


def _read_file(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(
            "the settings file must be a YAML file that can be read",
            received=f"{path}: {' '.join(str(error).split())}",
            action="check the path given with --config",
        ) from error
    if not isinstance(content, dict):
        raise SettingsError(
            "the settings file must hold keys and values",
            received=f"{path} with a {type(content).__name__}",
            action="see pipeline/taxi.yaml for an example",
        )
    return content


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
    for key in ("path", "serving_log"):
        path = str(data.get(key) or BUILT_IN)
        if path != BUILT_IN and not is_url(path):
            yield key, str(folder / path)
    if data.get("rules"):
        yield "rules", str((folder / str(data["rules"])).resolve())


def _check_environment() -> None:
    known = set(_known_variables(Settings, ""))
    for name in sorted(os.environ):
        key = name.removeprefix(ENV_PREFIX)
        if name.startswith(ENV_PREFIX) and key not in known and name not in _ENV_OF_THE_SETUP:
            raise SettingsError(
                f"an environment variable that starts with {ENV_PREFIX} must name a setting",
                received=name,
                action=did_you_mean(key, known, prefix=ENV_PREFIX) or "unset it",
            )


def _known_variables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _known_variables(field.annotation, f"{prefix}{name.upper()}__")


def _translate(error: ValidationError, path: Path) -> SettingsError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = sorted(_siblings(first["loc"]))
        return SettingsError(
            f"unknown setting {key!r}",
            allowed=", ".join(known),
            received=f"{key} = {first['input']!r}",
            action=did_you_mean(str(first["loc"][-1]), known) or "remove it",
        )
    return SettingsError(
        f"setting {key!r}: {first['msg'][0].lower()}{first['msg'][1:]}",
        received=repr(first["input"]) if first["type"] != "missing" else "nothing",
        action=f"correct it on the command line, in the environment or in {path}",
    )


def _siblings(location: tuple[int | str, ...]) -> set[str]:
    model: Any = Settings
    for part in location[:-1]:
        if hasattr(model, "model_fields"):
            field = model.model_fields.get(str(part))
            model = field.annotation if field else None
        else:
            model = next(iter(get_args(model)[1:]), None)
    return set(getattr(model, "model_fields", {}))
