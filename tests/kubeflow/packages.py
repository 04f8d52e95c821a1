"""Pipelines compiled to run in the emulator: the taxi pipeline, and one of TFX as released."""

from pathlib import Path

from command_line import NO_TRIALS
from zeroskew_kubeflow.compiling.compiler import compile_package
from zeroskew_kubeflow.compiling.package import Package
from zeroskew_kubeflow.environment import load_environment

from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from pipeline.settings import Settings, load_settings

PROJECT = Path(__file__).parents[2]
SECRET = "a-secret-that-no-log-may-show"
ACCESS_KEY = "an-access-key"


def compile_for(
    output: str, root: str, settings: Settings | None = None, **changes: object
) -> Package:
    """Compiles a pipeline to run on this machine.

    Unless settings are given it is that of taxi, whose Trainer tries no penalties: that would take
    it as long again.
    """
    settings = settings or load_settings(overrides={"trainer": NO_TRIALS})
    environment = load_environment(
        str(PROJECT / "kubeflow" / "environments" / "dev.yaml"),
        {
            "code": str(PROJECT),
            "output": output,
            "pipeline_root": root,
            "volumes": [{"claim": "zeroskew-output", "path": output}]
            if output.startswith("/")
            else [],
            **changes,
        },
    )
    return compile_package(settings, environment, PROJECT)


def compile_stock(root: str) -> Package:
    """Compiles a pipeline of TFX's own components with TFX's own compiler and entrypoint."""
    from tfx.components import CsvExampleGen, StatisticsGen
    from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as stock
    from tfx.orchestration.pipeline import Pipeline

    (trips,) = locate(DataSettings()).files
    examples = CsvExampleGen(input_base=str(trips.parent))
    statistics = StatisticsGen(examples=examples.outputs["examples"])
    config = stock.KubeflowV2DagRunnerConfig(use_pipeline_spec_2_1=True)
    pipeline = Pipeline("taxi", root, components=[examples, statistics])
    job = stock.KubeflowV2DagRunner(config).run(pipeline, write_out=False)
    return Package(job["pipelineSpec"], {}, root)
