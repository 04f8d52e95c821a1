"""Runs the DAG on this machine, one step after the other, and tells a listener."""

import datetime
import time
from typing import Any, Protocol

from tfx.dsl.compiler import constants
from tfx.orchestration import metadata
from tfx.orchestration.local import local_dag_runner, runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils

from pipeline.metadata import Execution, read_execution
from zeroskew.errors import StepError, ZeroskewError


class Listener(Protocol):
    """What wants to know how a run goes on."""

    def planned(self, steps: list[str]) -> None:
        """The run is about to start with these steps."""

    def started(self, step: str) -> None:
        """A step has started."""

    def finished(self, step: str, seconds: float, execution: Execution) -> None:
        """A step has finished."""

    def failed(self, step: str, seconds: float) -> None:
        """A step has failed, and the run with it."""


class LocalRunner(local_dag_runner.LocalDagRunner):
    """TFX's local runner with a listener; a step that cannot run stops the run.

    The stock runner goes on when a step is skipped for want of input, and ends as if all were
    well.

    Args:
        listener: is told of each step.
    """

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener

    def run_with_ir(self, pipeline: Any, run_options: Any = None) -> None:
        """Runs a compiled pipeline.

        Raises:
            ZeroskewError: a step says what is wrong.
            StepError: a step failed in another way.
        """
        if run_options:
            raise StepError("the local runner runs all steps; cached ones cost nothing")
        runtime_parameter_utils.substitute_runtime_parameter(
            pipeline,
            {constants.PIPELINE_RUN_ID_PARAMETER_NAME: datetime.datetime.now().isoformat()},
        )
        deployment = runner_utils.extract_local_deployment_config(pipeline)
        kind = deployment.metadata_connection_config.WhichOneof("connection_config")
        connection = getattr(deployment.metadata_connection_config, kind)
        for node in pipeline.nodes:
            # A page is made by the code of today, and one that could not be made is tried again.
            if node.pipeline_node.node_info.id == "Report":
                node.pipeline_node.execution_options.caching_options.enable_cache = False
        self._listener.planned([node.pipeline_node.node_info.id for node in pipeline.nodes])
        for node in pipeline.nodes:
            self._run_node(pipeline, node.pipeline_node, deployment, connection)

    def _run_node(self, pipeline: Any, node: Any, deployment: Any, connection: Any) -> None:
        step = node.node_info.id
        start = time.perf_counter()
        try:
            self._listener.started(step)
            execution = _launch(pipeline, node, deployment, connection)
        except BaseException as error:
            self._listener.failed(step, time.perf_counter() - start)
            if isinstance(error, ZeroskewError) or not isinstance(error, Exception):
                raise
            summary = " ".join(str(error).split())[:300]
            raise StepError(
                f"the step {step} failed",
                received=f"{type(error).__name__}: {summary}",
            ) from error
        self._listener.finished(step, time.perf_counter() - start, execution)


def _launch(pipeline: Any, node: Any, deployment: Any, connection: Any) -> Execution:
    step = node.node_info.id
    info = launcher.Launcher(
        pipeline_node=node,
        mlmd_connection=metadata.Metadata(connection),
        pipeline_info=pipeline.pipeline_info,
        pipeline_runtime_spec=pipeline.runtime_spec,
        executor_spec=runner_utils.extract_executor_spec(deployment, step),
        custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, step),
    ).launch()
    if info is None or not info.execution_id:
        raise StepError(f"the step {step} was skipped, because an input of it is missing")
    with metadata.Metadata(connection) as handle:
        return read_execution(handle.store, info.execution_id)
