"""Runs of an Evaluator, ours or TFX's, without the rest of a pipeline."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from google.protobuf import json_format
from tensorflow_model_analysis.proto import config_pb2
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs

from model import YesNo
from model.evaluation.metrics import eval_config


def config_of(*slices: str, **changes: Any) -> str:
    config = eval_config(YesNo("big_tip"), slices)
    config.MergeFrom(config_pb2.EvalConfig(**changes))
    return json_format.MessageToJson(config, preserving_proto_field_name=True)


def run(
    executor: Any,
    inputs: Mapping[str, Sequence[Any]],
    target: Path,
    config: str,
    beam_args: Sequence[str] = ("--runner=DirectRunner", "--direct_running_mode=in_memory"),
    **properties: Any,
) -> str:
    evaluation, blessing = standard_artifacts.ModelEvaluation(), standard_artifacts.ModelBlessing()
    evaluation.uri, blessing.uri = str(target / "evaluation"), str(target / "blessing")
    context = executor.Context(
        beam_pipeline_args=list(beam_args), tmp_dir=str(target / "tmp"), unique_id="1"
    )
    executor(context).Do(
        {key: list(value) for key, value in inputs.items()},
        {specs.EVALUATION_KEY: [evaluation], specs.BLESSING_KEY: [blessing]},
        {specs.EVAL_CONFIG_KEY: config, specs.EXAMPLE_SPLITS_KEY: "null", **properties},
    )
    return str(evaluation.uri)


BY_TWO = config_pb2.SlicingSpec(feature_keys=["company"], feature_values={"month": "3"})
CONFIG = config_of("company", "month", slicing_specs=[BY_TWO])
FEW_SLICES = config_of("company", slicing_specs=[BY_TWO])
