"""Evaluator that does without Beam where the data is on one machine."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.evaluators.metrics_validator import validate_metrics
from tensorflow_model_analysis.metrics import metric_types
from tfx.components.evaluator import executor as stock
from tfx.components.evaluator.component import Evaluator as StockEvaluator
from tfx.dsl.components.base import executor_spec
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.types import artifact_utils, channel_utils, component_spec
from tfx.types import standard_component_specs as specs
from tfx.types.standard_artifacts import ModelBlessing, ModelEvaluation
from tfx.utils import json_utils, path_utils

from model.evaluation.analysis import (
    Evaluated,
    Metrics,
    NotComparableError,
    analyse,
    as_answers,
    predict_all,
    require_equal_labels,
)
from model.evaluation.answers import write_answers
from model.evaluation.estimates import by_slice
from model.evaluation.evaluator_config import (
    Artifacts,
    eval_config_of,
    model_folder,
    model_specs,
    schema_columns,
    unusual_of,
)
from model.evaluation.metrics import CANDIDATE, ESTIMATES_FILE, NOT_COMPARED_FILE, slice_name
from model.evaluation.primary_metrics import Predictions
from model.evaluation.slices import SliceKey, Slices, columns_of
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import load_features
from model.serving.fingerprint import bear
from model.slice_settings import check_slices, parse_slices
from zeroskew.files import write_atomically
from zeroskew.parallel import IN_THIS_PROCESS, is_distributed

FEATURES_KEY = "features"
SLICES_KEY = "slices"

_BASELINE = specs.BASELINE_MODEL_KEY

logger = logging.getLogger("zeroskew")


class Executor(stock.Executor):
    """TFX's Evaluator; the usual case takes a faster way to the same ModelEvaluation.

    Usual is a SavedModel with one output whose signatures take tf.Examples, with metrics that
    `primary_metrics.py` knows and slices by raw columns. For all else TFMA runs on Beam:
    thresholds, queries, confidence intervals, several inputs, code in a module file, a
    payload other than tf.Example, and files other than gzipped TFRecord; and for a Beam runner on
    other machines, where the rows' answers are still made in this process.
    """

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes what `tfma.load_eval_result` reads; the candidate alone, if it must be.

        Raises:
            DataError: there is no row, or the value of a slice is no UTF-8.
        """
        (evaluation,) = output_dict[specs.EVALUATION_KEY]
        try:
            self._evaluate(input_dict, output_dict, exec_properties)
        except NotComparableError as reason:
            logger.info("the last blessed model is not evaluated: %s", reason)
            alone = {key: given for key, given in input_dict.items() if key != _BASELINE}
            self._evaluate(alone, output_dict, exec_properties)
            write_atomically(Path(evaluation.uri, NOT_COMPARED_FILE), str(reason))
        for model in input_dict.get(specs.MODEL_KEY, ()):
            bear(evaluation, path_utils.serving_model_path(model.uri))

    def _evaluate(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        unusual = unusual_of(input_dict, exec_properties)
        models = [] if unusual else _load(input_dict, exec_properties)
        for spec, model in zip(model_specs(input_dict, exec_properties), models, strict=False):
            reason = model.unusual()
            if reason and spec.is_baseline:
                raise NotComparableError(f"it is {reason}")
            unusual = unusual or reason
        distributed = is_distributed(self._beam_pipeline_args)
        if not unusual:
            self._on_arrays(models, input_dict, output_dict, exec_properties)
        if unusual or distributed:
            logger.info(
                "TFX's own Evaluator runs, because of %s", unusual or "a distributed runner"
            )
            super().Do(input_dict, output_dict, exec_properties)

    def _on_arrays(
        self,
        models: Sequence[Evaluated],
        inputs: Artifacts,
        outputs: Artifacts,
        exec_properties: Mapping[str, Any],
    ) -> None:
        """Keeps the rows' answers and the slices' estimates; on one machine, writes all."""
        config = eval_config_of(inputs, exec_properties)
        slices, sliced = _slices(config, schema_columns(inputs), exec_properties.get(SLICES_KEY))
        splits = json_utils.loads(exec_properties.get(specs.EXAMPLE_SPLITS_KEY) or "null")
        folders = [
            artifact_utils.get_split_uri(inputs[specs.EXAMPLES_KEY], split)
            for split in splits or ["eval"]
        ]
        (evaluation,) = outputs[specs.EVALUATION_KEY]
        with write_answers(evaluation.uri) as write:
            predictions = predict_all(models, folders, sliced, slices, write)
            candidate, *baseline = predictions.values()
            for one in baseline:
                require_equal_labels(candidate, one)
            members = [member for one in slices for member in one.places()]
            if not is_distributed(self._beam_pipeline_args):
                found = list(analyse(config, predictions, members))
                _write(evaluation.uri, found, config, inputs)
        if exec_properties.get(FEATURES_KEY):
            _estimate(evaluation.uri, exec_properties[FEATURES_KEY], predictions, members)


class EvaluatorSpec(specs.EvaluatorSpec):
    """TFX's, the list of features, whose label says how sure a metric is, and the slices."""

    PARAMETERS: ClassVar[dict[str, Any]] = {
        **specs.EvaluatorSpec.PARAMETERS,
        FEATURES_KEY: component_spec.ExecutionParameter(type=str, optional=True),
        SLICES_KEY: component_spec.ExecutionParameter(type=str, optional=True),
    }


class Evaluator(StockEvaluator):
    """TFX's Evaluator with the executor of this module.

    Args:
        features: the feature list's file or module.
        eval_config: as `eval_config` in metrics.py builds it.
        slices: as in the settings; those of `eval_config` alone, if not given.
        inputs: as TFX's Evaluator takes them.
    """

    SPEC_CLASS = EvaluatorSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        features: str,
        eval_config: Any,
        slices: Sequence[Any] | None = None,
        **inputs: Any,
    ) -> None:
        spec = EvaluatorSpec(
            **inputs,
            eval_config=eval_config,
            example_splits=json_utils.dumps(None),
            fairness_indicator_thresholds=json_utils.dumps(None),
            features=features,
            slices=None if slices is None else json.dumps(slices),
            evaluation=channel_utils.as_channel([ModelEvaluation()]),
            blessing=channel_utils.as_channel([ModelBlessing()]),
        )
        BaseBeamComponent.__init__(self, spec=spec)


def _load(inputs: Artifacts, exec_properties: Mapping[str, Any]) -> list[Evaluated]:
    return [
        Evaluated(spec, model_folder(inputs, is_baseline=spec.is_baseline))
        for spec in model_specs(inputs, exec_properties)
    ]


def _slices(
    config: Any, columns: Mapping[str, Column], settings: str | None
) -> tuple[list[Slices], list[Column]]:
    """Returns what to slice by, and all of its columns."""
    if settings is None:
        found = {one: columns[one] for spec in config.slicing_specs for one in columns_of(spec)}
        return [Slices(spec) for spec in config.slicing_specs], list(found.values())
    asked = parse_slices(json.loads(settings))
    check_slices(asked, columns)
    by_settings = (
        Slices(tfma.SlicingSpec(feature_keys=one.columns), one, columns) for one in asked
    )
    found = {name: columns[name] for one in asked for name in one.columns}
    return [Slices(tfma.SlicingSpec()), *by_settings], list(found.values())


def _estimate(
    target: str,
    features: str,
    predictions: Mapping[str, Predictions],
    slices: Sequence[tuple[SliceKey, np.ndarray]],
) -> None:
    """Writes how sure each metric of each slice is."""
    label = load_features(features).label
    named = [(slice_name(key), places) for key, places in slices]
    found = {
        name or CANDIDATE: by_slice(label, as_answers(one), named)
        for name, one in predictions.items()
    }
    write_atomically(Path(target, ESTIMATES_FILE), json.dumps(found))


def _write(
    target: str, found: Sequence[tuple[SliceKey, Metrics]], config: Any, inputs: Artifacts
) -> None:
    """Writes metrics and plots with TFMA's own writers."""
    kinds: dict[str, list[tuple[SliceKey, Metrics]]] = {"metrics": [], "plots": []}
    for key, values in found:
        for kind, is_plot in (("metrics", False), ("plots", True)):
            mine = {
                name: value
                for name, value in values.items()
                if isinstance(name, metric_types.PlotKey) == is_plot
            }
            kinds[kind].append((key, mine))
    models = [
        tfma.default_eval_shared_model(
            eval_saved_model_path=model_folder(inputs, is_baseline=spec.is_baseline),
            model_name=spec.name,
            eval_config=config,
        )
        for spec in config.model_specs
    ]
    with beam.Pipeline(argv=list(IN_THIS_PROCESS)) as pipeline:
        evaluation = {
            kind: pipeline | kind >> beam.Create(rows, reshuffle=False)
            for kind, rows in kinds.items()
        }
        evaluation["attributions"] = pipeline | "attributions" >> beam.Create([], reshuffle=False)
        evaluation["validations"] = evaluation["metrics"] | beam.Map(validate_metrics, config)
        writers = tfma.default_writers(
            output_path=target,
            eval_shared_model=models if len(models) > 1 else models[0],
            eval_config=config,
        )
        _ = evaluation | tfma.WriteResults(writers=writers)
