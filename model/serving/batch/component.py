"""BatchPredict: a model's answers to the examples of a pipeline, as a TFX component.

Usage::

    BatchPredict(examples=new_rows.outputs["examples"], model=trainer.outputs["model"])
    BatchPredict(
        examples=new_rows.outputs["examples"],
        model=pusher.outputs["pushed_model"],
        schema=schema.outputs["schema"],
        keys=["trip_id"],
        splits=["all"],
    )

TFX's BulkInferrer writes protos of what it was asked and answered; this one writes tables.
"""

import json
import logging
from collections.abc import Sequence
from typing import Any, ClassVar

from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact_utils, channel_utils, component_spec
from tfx.types import standard_component_specs as specs
from tfx.types.standard_artifacts import Examples, Model, ModelBlessing, PushedModel, Schema
from tfx.utils import path_utils

from model.artifacts import Predictions
from model.feature_engineering.columns import Column, columns_of
from model.serving.batch.examples import predict_examples
from model.serving.batch.predictor import Predictor
from zeroskew.artifacts import ABSENT
from zeroskew.errors import DataError, SettingsError, did_you_mean
from zeroskew.examples import files_of_split, unusual_format
from zeroskew.schema import read_schema, schema_file
from zeroskew.versions import version_at_hand

PREDICTIONS_FILE = "predictions.parquet"
KEYS_KEY = "keys"
PREDICTIONS_KEY = "predictions"
SPLITS_KEY = "splits"

logger = logging.getLogger("zeroskew")


class BatchPredictSpec(component_spec.ComponentSpec):
    """What goes in and out; one of the two models is given."""

    PARAMETERS: ClassVar[dict[str, Any]] = {
        KEYS_KEY: component_spec.ExecutionParameter(type=str),
        SPLITS_KEY: component_spec.ExecutionParameter(type=str),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        specs.EXAMPLES_KEY: component_spec.ChannelParameter(type=Examples),
        specs.MODEL_KEY: component_spec.ChannelParameter(type=Model, optional=True),
        specs.PUSHED_MODEL_KEY: component_spec.ChannelParameter(type=PushedModel, optional=True),
        specs.MODEL_BLESSING_KEY: component_spec.ChannelParameter(
            type=ModelBlessing, optional=True
        ),
        specs.SCHEMA_KEY: component_spec.ChannelParameter(type=Schema, optional=True),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        PREDICTIONS_KEY: component_spec.ChannelParameter(type=Predictions),
    }


class Executor(base_executor.BaseExecutor):
    """Answers all examples of the splits; none if the model was not blessed, or not pushed."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes `predictions.parquet` for each split; an artifact without them says so.

        Raises:
            DataError: the model cannot take an example.
            SettingsError: a key is not in the schema, or the examples have no such split.
        """
        (examples,) = input_dict[specs.EXAMPLES_KEY]
        (predictions,) = output_dict[PREDICTIONS_KEY]
        place = _model_of(input_dict)
        if place is None:
            logger.info("no predictions: the model was not blessed, or not pushed")
            predictions.set_int_custom_property(ABSENT, 1)
            return
        keys = _keys_of(input_dict, json.loads(exec_properties[KEYS_KEY]))
        splits = _splits_of(examples, json.loads(exec_properties[SPLITS_KEY]))
        predictions.split_names = artifact_utils.encode_split_names(splits)
        with version_at_hand(place) as folder:
            predictor = Predictor(folder, [key.name for key in keys])
            for split in splits:
                target = artifact_utils.get_split_uri([predictions], split)
                files = files_of_split(examples, split)
                rows = predict_examples(files, predictor, keys, f"{target}/{PREDICTIONS_FILE}")
                predictions.set_int_custom_property(f"rows_{split}", rows)


class BatchPredict(base_component.BaseComponent):
    """Answers of a model to the rows of an Examples artifact.

    Args:
        examples: gzipped TFRecords of tf.Examples.
        model: a Model, or a PushedModel.
        model_blessing: if it is given and does not bless the model, nothing is predicted.
        schema: says what the keys hold.
        keys: columns that stand beside the answers; the number of the row, as `row`, without them.
        splits: which are read; all, unless given.
    """

    SPEC_CLASS = BatchPredictSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        examples: Any,
        model: Any,
        model_blessing: Any = None,
        schema: Any = None,
        keys: Sequence[str] = (),
        splits: Sequence[str] = (),
    ) -> None:
        is_pushed = model.type is PushedModel
        super().__init__(
            BatchPredictSpec(
                examples=examples,
                model=None if is_pushed else model,
                pushed_model=model if is_pushed else None,
                model_blessing=model_blessing,
                schema=schema,
                keys=json.dumps(list(keys)),
                splits=json.dumps(list(splits)),
                predictions=channel_utils.as_channel([Predictions()]),
            )
        )


def _model_of(inputs: dict[str, list[Any]]) -> str | None:
    """Returns the folder of the SavedModel; None if it is not to be asked."""
    for blessing in inputs.get(specs.MODEL_BLESSING_KEY, []):
        if blessing.get_int_custom_property("blessed") != 1:
            return None
    for pushed in inputs.get(specs.PUSHED_MODEL_KEY, []):
        if pushed.get_int_custom_property("pushed") != 1:
            return None
        return str(pushed.get_string_custom_property("pushed_destination"))
    (model,) = inputs[specs.MODEL_KEY]
    return str(path_utils.serving_model_path(model.uri))


def _keys_of(inputs: dict[str, list[Any]], names: Sequence[str]) -> list[Column]:
    schemas = inputs.get(specs.SCHEMA_KEY, [])
    columns = columns_of(read_schema(schema_file(schemas[0]))) if schemas else {}
    for name in names:
        if name not in columns:
            raise SettingsError(
                "a key of BatchPredict is a column of the schema that it is given",
                allowed=", ".join(columns) or "none, for there is no schema",
                received=repr(name),
                action=did_you_mean(name, columns),
            )
    return [columns[name] for name in names]


def _splits_of(examples: Any, wanted: Sequence[str]) -> list[str]:
    unusual = unusual_format(examples)
    if unusual:
        raise DataError(
            "BatchPredict reads gzipped TFRecords of tf.Examples",
            received=f"{unusual} in {examples.uri}",
            action="use TFX's BulkInferrer for them",
        )
    known = artifact_utils.decode_split_names(examples.split_names)
    for split in wanted:
        if split not in known:
            raise SettingsError(
                "a split of BatchPredict is one of its examples",
                allowed=", ".join(known),
                received=repr(split),
                action=did_you_mean(split, known),
            )
    return list(wanted or known)
