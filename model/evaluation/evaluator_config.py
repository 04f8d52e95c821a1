"""What an Evaluator was given: its configuration, its models, and whether TFX must do it all."""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow_model_analysis as tfma
from google.protobuf import json_format
from tfx.types import standard_component_specs as specs
from tfx.utils import path_utils

from model.evaluation.analysis import computations_of
from model.evaluation.primary_metrics import not_on_arrays
from model.evaluation.slices import columns_of
from model.feature_engineering.columns import Column
from model.feature_engineering.columns import columns_of as columns_of_schema
from zeroskew.examples import unusual_format
from zeroskew.schema import read_schema, schema_file

Artifacts = Mapping[str, Sequence[Any]]

_STOCK_ONLY = (
    specs.FEATURE_SLICING_SPEC_KEY,
    specs.FAIRNESS_INDICATOR_THRESHOLDS_KEY,
    specs.MODULE_FILE_KEY,
    specs.MODULE_PATH_KEY,
)


def unusual_of(inputs: Artifacts, exec_properties: Mapping[str, Any]) -> str:
    """Names what only TFX's own way covers; empty if there is no such thing."""
    asked = [name for name in _STOCK_ONLY if exec_properties.get(name) not in (None, "", "null")]
    if asked:
        return ", ".join(asked)
    examples, *others = inputs[specs.EXAMPLES_KEY]
    if others or unusual_format(examples):
        return unusual_format(examples) or "several inputs"
    if not inputs.get(specs.MODEL_KEY) or not inputs.get(specs.SCHEMA_KEY):
        return "an input that is left out, model or schema"
    return _unusual_config(
        eval_config_of(inputs, exec_properties),
        schema_columns(inputs),
    )


def schema_columns(inputs: Artifacts) -> dict[str, Column]:
    """Returns the columns of the schema by name."""
    return columns_of_schema(read_schema(schema_file(inputs[specs.SCHEMA_KEY][0])))


def eval_config_of(inputs: Artifacts, exec_properties: Mapping[str, Any]) -> Any:
    """Returns the configuration as TFX's executor completes it."""
    config = json_format.Parse(exec_properties[specs.EVAL_CONFIG_KEY], tfma.EvalConfig())
    has_baseline = bool(inputs.get(specs.BASELINE_MODEL_KEY))
    return tfma.utils.update_eval_config_with_defaults(
        config, has_baseline=has_baseline, rubber_stamp=True
    )


def model_specs(inputs: Artifacts, exec_properties: Mapping[str, Any]) -> list[Any]:
    """Returns the models' specifications, the candidate's first."""
    specifications = eval_config_of(inputs, exec_properties).model_specs
    return sorted(specifications, key=lambda spec: spec.is_baseline)


def _unusual_config(config: Any, columns: Mapping[str, Any]) -> str:
    if tfma.metrics.metric_thresholds_from_metrics_specs(config.metrics_specs, eval_config=config):
        return "thresholds"
    if config.cross_slicing_specs:
        return "cross slices"
    options = config.options
    if options.compute_confidence_intervals.value or options.min_slice_size.value > 1:
        return "confidence intervals or a least size of slices"
    for spec in config.model_specs:
        if spec.model_type not in ("", tfma.TF_GENERIC):
            return f"a model of type {spec.model_type}"
        if spec.example_weight_keys or spec.label_keys:
            return "several outputs"
        if not spec.signature_name or len(spec.preprocessing_function_names) != 1:
            return "a model without signatures for predictions and labels"
    if any(spec.query_key for spec in config.metrics_specs):
        return "a query"
    unknown = [
        name for spec in config.slicing_specs for name in columns_of(spec) if name not in columns
    ]
    if unknown or any(spec.slice_keys_sql for spec in config.slicing_specs):
        return f"slices by what is no raw column: {', '.join(unknown) or 'SQL'}"
    reasons = map(not_on_arrays, computations_of(config))
    return next((reason for reason in reasons if reason), "")


def model_folder(inputs: Artifacts, *, is_baseline: bool) -> str:
    """Returns the folder of a SavedModel."""
    (model,) = inputs[specs.BASELINE_MODEL_KEY if is_baseline else specs.MODEL_KEY]
    folder: str = path_utils.serving_model_path(model.uri, path_utils.is_old_model_artifact(model))
    return folder
