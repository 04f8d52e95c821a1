"""TensorFlow Serving's file of models (`--model_config_file`), as this service reads it.

| of `ModelConfig`        | becomes                                                          |
| ----------------------- | ---------------------------------------------------------------- |
| `name`, `base_path`     | what clients call the model, and its folder of versions          |
| `model_version_policy`  | `latest`, `all`: setting `versions`; `specific`: `pinned`        |
| `version_labels`        | setting `labels`                                                 |
| `model_platform`        | must be `tensorflow`                                             |
"""

import dataclasses
import sys
from pathlib import Path
from typing import Any

from model.serving.service.settings import ServeSettings
from zeroskew.errors import SettingsError
from zeroskew.lazy import lazy_import

model_server_config_pb2 = lazy_import("tensorflow_serving.config.model_server_config_pb2")
text_format = lazy_import("google.protobuf.text_format")

_PLATFORMS = ("", "tensorflow")
_ALL = sys.maxsize
"""More versions than any folder has."""


@dataclasses.dataclass(frozen=True)
class Configured:
    """What such a file says.

    Attributes:
        name: of the model.
        place: its folder of versions.
        settings: how it is served.
    """

    name: str
    place: Path
    settings: ServeSettings


def read_model_config(file: Path, settings: ServeSettings) -> Configured:
    """Reads a file with one model.

    Args:
        file: a `ModelServerConfig` as text.
        settings: all that the file does not say; what it says of versions and labels is its own.

    Raises:
        SettingsError: it cannot be read, or says what this service does not do.
    """
    config = model_server_config_pb2.ModelServerConfig()
    try:
        text_format.Parse(file.read_text(encoding="utf-8"), config)
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise _wrong(file, "a ModelServerConfig as text", str(error)) from error
    if config.HasField("custom_model_config"):
        raise _wrong(file, "model_config_list", "custom_model_config")
    models = config.model_config_list.config
    if len(models) != 1:
        names = ", ".join(one.name for one in models) or "none"
        raise _wrong(file, "one model: start a service for each", names)
    _check(file, models[0])
    given = {
        "versions": ServeSettings().versions,
        "pinned": (),
        **_chosen(file, models[0].model_version_policy),
        "labels": dict(models[0].version_labels),
    }
    changed = settings.model_copy(update=given)
    return Configured(models[0].name, Path(models[0].base_path).resolve(), changed)


def _check(file: Path, model: Any) -> None:
    for field in ("name", "base_path"):
        if not getattr(model, field):
            raise _wrong(file, f"a model with {field}", "none")
    if "://" in model.base_path:
        raise _wrong(file, "base_path: a folder of this machine", model.base_path)
    if model.model_platform not in _PLATFORMS or model.model_type == model_server_config_pb2.OTHER:
        platform = model.model_platform or "model_type: OTHER"
        raise _wrong(file, 'model_platform: "tensorflow"', platform)
    if model.HasField("logging_config"):
        raise _wrong(file, "no logging_config: serve.log says what is logged", "logging_config")


def _chosen(file: Path, policy: Any) -> dict[str, Any]:
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return {"versions": _ALL}
    if choice == "latest":
        # As TensorFlow Serving takes 0 for it.
        return {"versions": max(1, policy.latest.num_versions)}
    if choice == "specific":
        numbers = tuple(policy.specific.versions)
        if not numbers or min(numbers) < 0:
            raise _wrong(file, "specific: versions, each a whole number", f"{list(numbers)}")
        return {"pinned": numbers}
    return {}


def _wrong(file: Path, allowed: str, received: str) -> SettingsError:
    return SettingsError(
        "--model-config names a file of models such as TensorFlow Serving takes",
        allowed=allowed,
        received=f"{received} in {file}",
        action="see docs/service.md for what is read of it",
    )
