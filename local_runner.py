"""The pipeline for the `tfx` command, which runs this file.

    tfx pipeline create --engine=local --pipeline_path=local_runner.py
    tfx run create --engine=local --pipeline_name=taxi

Settings come from the environment (`ZEROSKEW_OUTPUT=...`) and pipeline/taxi.yaml.
"""

from tfx.orchestration.local.local_dag_runner import LocalDagRunner

from pipeline.checks import check
from pipeline.dag import create_pipeline
from pipeline.settings import load_settings
from zeroskew.source_code.sources import read_once


@read_once()
def run() -> None:
    """Checks the input, then runs every step on this machine."""
    settings = load_settings()
    check(settings)
    LocalDagRunner().run(create_pipeline(settings))


if __name__ == "__main__":
    run()
