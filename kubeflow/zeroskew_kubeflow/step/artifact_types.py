"""The class of an artifact, from what a compiled pipeline or a server calls its type."""

import importlib
from collections.abc import Mapping
from typing import Any

import yaml

from zeroskew.errors import StepError


def title_of(schema: Mapping[str, Any]) -> str:
    """Returns the title of an artifact's type; empty if it has none.

    Args:
        schema: an ArtifactTypeSchema, JSON form. Servers without ML Metadata give the text of an
            instanceSchema back as if it were a title.
    """
    title = str(schema.get("schemaTitle") or "")
    text = str(schema.get("instanceSchema") or "")
    if "\n" in title or title.startswith("title:"):
        title, text = "", title
    found = yaml.safe_load(text) if text else None
    return title or str((found or {}).get("title") or "")


def artifact_class(title: str) -> type[Any]:
    """Returns the class of an artifact type.

    Args:
        title: `tfx.Examples` for a type of TFX's; `room.Type` for a class of `room.artifacts`;
            else the path of the class.

    Raises:
        StepError: there is no such class.
    """
    package, _, name = title.rpartition(".")
    if package == "tfx":
        modules = ["tfx.types.standard_artifacts", "tfx.types.artifact"]
    else:
        modules = [f"{package}.artifacts", package]
    for module in filter(None, modules):
        try:
            found = getattr(importlib.import_module(module), name, None)
        except ModuleNotFoundError:
            continue
        if isinstance(found, type):
            return found
    raise StepError(
        "each type of artifact must have its class in the image",
        allowed="a TYPE_NAME of the form room.Type, with the class in room/artifacts.py",
        received=repr(title),
    )
