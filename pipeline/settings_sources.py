"""Settings from all of their sources, for any model: overrides > environment > file > default."""

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource
from pydantic_settings import SettingsError as _SourceError

from zeroskew.errors import SettingsError, did_you_mean

Model = TypeVar("Model", bound=BaseSettings)


def load(
    model: type[Model], values: Mapping[str, Any], file: Path, overrides: Mapping[str, Any]
) -> Model:
    """Builds the settings of a model from all of their sources.

    Args:
        model: its `env_prefix` names the environment variables.
        values: what the file says.
        file: for messages.
        overrides: what the command line says, nested like the settings.

    Raises:
        SettingsError: a key is unknown or a value is wrong.
    """

    class _WithFile(model):  # type: ignore[valid-type, misc]
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, dict(values))

    try:
        return _WithFile(**overrides)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise _translate(error, model, file) from error
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


def read_file(path: Path) -> dict[str, Any]:
    """Reads a settings file.

    Raises:
        SettingsError: it cannot be read, or holds something else than keys and values.
    """
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


def check_environment(
    model: type[BaseModel], prefix: str, ignored: Collection[str] = (), foreign: str | None = None
) -> None:
    """Refuses an environment variable that names no setting.

    Args:
        model: the settings.
        prefix: what the names of their variables start with.
        ignored: names that are no settings.
        foreign: a longer prefix, of the variables of another model.

    Raises:
        SettingsError: there is such a variable.
    """
    known = set(_known_variables(model, ""))
    for name in sorted(os.environ):
        if not name.startswith(prefix) or name in ignored:
            continue
        key = name.removeprefix(prefix)
        if key not in known and not (foreign and name.startswith(foreign)):
            raise SettingsError(
                f"an environment variable that starts with {prefix} must name a setting",
                received=name,
                action=did_you_mean(key, known, prefix=prefix) or "unset it",
            )


def _known_variables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _known_variables(field.annotation, f"{prefix}{name.upper()}__")


def _translate(error: ValidationError, model: type[BaseModel], path: Path) -> SettingsError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = sorted(_siblings(first["loc"], model))
        return SettingsError(
            f"unknown setting {key!r}",
            allowed=", ".join(known),
            received=f"{key} = {first['input']!r}",
            action=did_you_mean(str(first["loc"][-1]), known) or "remove it",
        )
    said = first["msg"]
    # A message of ours stands behind a prefix of pydantic's; its own begins with a capital.
    ours = said.removeprefix("Value error, ")
    said = ours if ours != said else f"{said[0].lower()}{said[1:]}"
    return SettingsError(
        f"setting {key!r}: {said}" if key else said,
        received=repr(first["input"]) if first["type"] != "missing" else "nothing",
        action=f"correct it on the command line, in the environment or in {path}",
    )


def _siblings(location: tuple[int | str, ...], model: Any) -> set[str]:
    for part in location[:-1]:
        if hasattr(model, "model_fields"):
            field = model.model_fields.get(str(part))
            model = field.annotation if field else None
        else:
            model = next(iter(get_args(model)[1:]), None)
    return set(getattr(model, "model_fields", {}))


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `base` with `changes`; sections are merged, everything else is replaced."""
    result = dict(base)
    for key, value in changes.items():
        inner = result.get(key)
        if isinstance(inner, dict) and isinstance(value, Mapping):
            result[key] = merge(inner, value)
        else:
            result[key] = value
    return result
