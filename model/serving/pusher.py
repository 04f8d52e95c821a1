"""Pusher: a blessed model appears in the serving folder whole, or not at all."""

import json
from pathlib import Path
from typing import Any

from tfx.components.pusher import executor as stock
from tfx.components.pusher.component import Pusher as StockPusher
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils, standard_component_specs

from model.serving.blessed import BLESSING, SAVED_MODEL, Blessed
from model.serving.fingerprint import bear, require_same, said_fingerprint
from model.serving.lineage import CARD, CARD_FILE, LINEAGE, RECORD_FILE
from zeroskew.versions import add_version


class Executor(stock.Executor):
    """TFX's Pusher, except that a version is whole or not there, in a bucket too.

    A model that is already the newest version is not pushed a second time. A version says how good
    it was when it was blessed, and of what it was made.
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
        blessing = artifact_utils.get_single_instance(
            input_dict[standard_component_specs.MODEL_BLESSING_KEY]
        )
        model = Path(self.GetModelPath(input_dict))
        record = Path(blessing.uri, RECORD_FILE).read_bytes()
        require_same(
            said_fingerprint(model),
            json.loads(record)["fingerprint"],
            "a model",
            "its lineage record",
        )
        destination = json.loads(exec_properties[standard_component_specs.PUSH_DESTINATION_KEY])
        version = add_version(
            model,
            destination["filesystem"]["base_directory"],
            SAVED_MODEL,
            {
                BLESSING: Blessed.from_artifact(blessing).to_json(),
                LINEAGE: record,
                CARD: Path(blessing.uri, CARD_FILE).read_bytes(),
            },
        )
        number = version.rpartition("/")[2]
        bear(pushed, str(model))
        self._MarkPushed(pushed, pushed_destination=version, pushed_version=number)


class Pusher(StockPusher):
    """TFX's Pusher with the executor of this module."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
