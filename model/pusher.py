"""Pusher: a blessed model appears in the serving folder whole, or not at all."""

import filecmp
import json
import time
from pathlib import Path
from typing import Any

from tfx.components import Pusher as StockPusher
from tfx.components.pusher import executor as stock
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils, standard_component_specs

from zeroskew.files import copy_folder_atomically


class Executor(stock.Executor):
    """TFX's Pusher, except that it copies to a hidden folder first and renames it last.

    A model that is already the newest version is not pushed a second time.
    """

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Pushes the model to the serving folder if it is blessed."""
        self._log_startup(input_dict, output_dict, exec_properties)
        pushed = artifact_utils.get_single_instance(
            output_dict[standard_component_specs.PUSHED_MODEL_KEY]
        )
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed)
            return
        destination = json.loads(exec_properties[standard_component_specs.PUSH_DESTINATION_KEY])
        version = push(
            Path(self.GetModelPath(input_dict)), Path(destination["filesystem"]["base_directory"])
        )
        self._MarkPushed(pushed, pushed_destination=str(version), pushed_version=version.name)


class Pusher(StockPusher):
    """TFX's Pusher with the executor of this module."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)


def push(model: Path, serving: Path) -> Path:
    """Copies a SavedModel to the next version of a serving folder.

    Versions are seconds since 1970, as TF Serving expects: the largest number is the newest.

    Returns:
        The version's folder: a new one, or the newest if it holds the same model.
    """
    versions = sorted(
        (path for path in serving.glob("*") if path.name.isdigit()), key=lambda path: int(path.name)
    )
    newest = versions[-1] if versions else None
    if newest is not None and _same_content(model, newest):
        return newest
    number = max(int(time.time()), int(newest.name) + 1 if newest else 0)
    version = serving / str(number)
    copy_folder_atomically(model, version)
    return version


def _same_content(left: Path, right: Path) -> bool:
    files = {file.relative_to(left) for file in left.rglob("*") if file.is_file()}
    others = {file.relative_to(right) for file in right.rglob("*") if file.is_file()}
    return files == others and all(
        filecmp.cmp(left / file, right / file, shallow=False) for file in files
    )
