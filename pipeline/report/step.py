"""Report: the last step, which makes the page of a run from what the other steps have made."""

import datetime
import json
import logging
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import component_spec, standard_artifacts
from tfx.types.channel import Channel

from data_ingestion.artifacts import DataVerdict, IngestionReport, RejectedRows
from model.artifacts import (
    IndexReport,
    ParityReport,
    PushedIndex,
    ServingReport,
    TrivialBaselineScores,
    VectorIndex,
    Vectors,
)
from pipeline.artifacts import RunReport

logger = logging.getLogger("zeroskew")

PAGE, SETTINGS, DATA, TRAINING, GATE = "page", "settings", "data", "training", "gate"
READ: Mapping[str, Mapping[str, type[Any]]] = {
    "CuratedSchema": {"schema": standard_artifacts.Schema},
    "ExampleGen": {
        "examples": standard_artifacts.Examples,
        "report": IngestionReport,
        "rejected": RejectedRows,
    },
    "StatisticsGen": {"statistics": standard_artifacts.ExampleStatistics},
    "ExampleValidator": {"anomalies": standard_artifacts.ExampleAnomalies},
    "LastPassedData": {"verdict": DataVerdict},
    "DataGate": {"verdict": DataVerdict},
    "TrivialBaselines": {"scores": TrivialBaselineScores},
    "Transform": {
        "transform_graph": standard_artifacts.TransformGraph,
        "pre_transform_stats": standard_artifacts.ExampleStatistics,
        "post_transform_stats": standard_artifacts.ExampleStatistics,
    },
    "Trainer": {"model": standard_artifacts.Model, "model_run": standard_artifacts.ModelRun},
    "Evaluator": {"evaluation": standard_artifacts.ModelEvaluation},
    "Parity": {"report": ParityReport},
    "ServingCheck": {"report": ServingReport},
    "ModelGate": {"blessing": standard_artifacts.ModelBlessing},
    "Pusher": {"pushed_model": standard_artifacts.PushedModel},
    "Embeddings": {"vectors": Vectors},
    "Index": {"index": VectorIndex},
    "IndexCheck": {"report": IndexReport},
    "IndexPusher": {"pushed": PushedIndex},
}
"""By step and output key, what the page reads."""
_MAY_BE_ABSENT = {"LastPassedData", "Embeddings", "Index", "IndexCheck", "IndexPusher"}
# Places of one machine, and what comes as a property of its own, which an orchestrator may change.
_LEFT_OUT = {"data", "gate", "output", "schema_file", "trainer"}


def _input(step: str, key: str) -> str:
    return f"{step}_{key}"


class Executor(base_executor.BaseExecutor):
    """Makes the page. One that cannot be made says why, and stops no run: the model is pushed."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the page into the folder of the artifact."""
        self._log_startup(input_dict, output_dict, exec_properties)
        from pipeline.report.page import write_artifact, write_broken_page

        (page,) = output_dict[PAGE]
        try:
            write_artifact(Path(page.uri), _run(input_dict, exec_properties))
        except Exception as error:
            logger.exception("the page of the run could not be made")
            page.set_string_custom_property("error", f"{type(error).__name__}: {error}"[:300])
            write_broken_page(Path(page.uri), traceback.format_exc())


def _run(inputs: Mapping[str, list[Any]], properties: Mapping[str, Any]) -> Any:
    """Returns the run as far as its artifacts tell of it: neither times nor memory."""
    from pipeline.metadata import Execution
    from pipeline.report.recording import record_of
    from pipeline.report.runs import Run, Step

    outputs: dict[str, dict[str, list[Any]]] = {}
    for step, keys in READ.items():
        for key in keys:
            if inputs.get(_input(step, key)):
                outputs.setdefault(step, {})[key] = inputs[_input(step, key)]
    settings = {
        **json.loads(properties[SETTINGS]),
        "data": json.loads(properties[DATA]),
        "trainer": json.loads(properties[TRAINING])["trainer"],
        "gate": json.loads(properties[GATE]),
    }
    now = datetime.datetime.now().astimezone()
    return Run(
        name="",
        began=None,
        output=None,
        steps={
            step: Step(step, Execution(False, found), True, None) for step, found in outputs.items()
        },
        record=record_of(outputs, settings, now),
    )


class ReportSpec(component_spec.ComponentSpec):
    """The page is made of all that stands in `READ`, and of the settings."""

    PARAMETERS: ClassVar[dict[str, Any]] = {
        name: component_spec.ExecutionParameter(type=str)
        for name in (SETTINGS, DATA, TRAINING, GATE)
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        _input(step, key): component_spec.ChannelParameter(
            type=kind, optional=step in _MAY_BE_ABSENT
        )
        for step, keys in READ.items()
        for key, kind in keys.items()
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {PAGE: component_spec.ChannelParameter(type=RunReport)}


class Report(base_component.BaseComponent):
    """Makes the page of a run, after all other steps.

    Args:
        steps: all of them.
        settings: of the run, as plain values.
        data: where the rows come from, as JSON.
        training: the Trainer's custom configuration, as JSON.
        gate: the ModelGate's settings, as JSON.
    """

    SPEC_CLASS = ReportSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        steps: Sequence[Any],
        *,
        settings: Mapping[str, Any],
        data: str,
        training: str,
        gate: str,
    ) -> None:
        by_name = {step.id: step for step in steps}
        others = {name: one for name, one in settings.items() if name not in _LEFT_OUT}
        spec = ReportSpec(
            **{SETTINGS: json.dumps(others), DATA: data, TRAINING: training, GATE: gate},
            **{
                _input(step, key): by_name[step].outputs[key]
                for step, keys in READ.items()
                if step in by_name
                for key in keys
            },
            **{PAGE: Channel(type=RunReport)},
        )
        super().__init__(spec=spec)
        self.add_upstream_nodes(steps)
