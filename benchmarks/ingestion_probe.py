"""One way to take data in, run once in a process of its own.

Usage::

    python -m benchmarks.ingestion_probe stock-csv|stock-parquet|ours|arrow SOURCE FOLDER

The clock covers the run of the pipeline, not the imports before it. The last line of stdout is
`{"rows": n, "seconds": s, "peak_mib": m}`; the peak is that of this process.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data_ingestion.readers.databases.connections import Database
from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings

SCHEMA = Path(__file__).parents[1] / "data_ingestion" / "schema" / "taxi.pbtxt"


def stock_csv(source: str) -> Sequence[Any]:
    """Returns TFX's CsvExampleGen."""
    from tfx.components import CsvExampleGen

    return [CsvExampleGen(input_base=source)]


def stock_parquet(source: str) -> Sequence[Any]:
    """Returns TFX's FileBasedExampleGen with its Parquet executor."""
    from tfx.components.example_gen.component import FileBasedExampleGen
    from tfx.components.example_gen.custom_executors import parquet_executor
    from tfx.dsl.components.base import executor_spec

    spec = executor_spec.BeamExecutorSpec(parquet_executor.Executor)
    return [FileBasedExampleGen(input_base=source, custom_executor_spec=spec)]


def ours(source: str) -> Sequence[Any]:
    """Returns this project's ExampleGen, which reads what the schema states."""
    from data_ingestion.components import CuratedSchema
    from data_ingestion.examples.example_gen import ExampleGen

    schema = CuratedSchema(file=str(SCHEMA), fingerprint="")
    return [schema, ExampleGen(_settings(source), schema=schema.outputs["schema"])]


def run_pipeline(components: Sequence[Any], folder: Path) -> tuple[int, float]:
    """Runs components on this machine with TFX's own runner.

    Returns:
        The examples that were written, and the seconds it took.
    """
    import tensorflow as tf
    from tfx.orchestration import metadata
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner
    from tfx.orchestration.pipeline import Pipeline

    connection = metadata.sqlite_metadata_connection_config(str(folder / "metadata.sqlite"))
    pipeline = Pipeline(
        pipeline_name="probe",
        pipeline_root=str(folder / "artifacts"),
        components=list(components),
        metadata_connection_config=connection,
    )
    start = time.perf_counter()
    LocalDagRunner().run(pipeline)
    seconds = time.perf_counter() - start
    files = [str(file) for file in folder.glob("artifacts/*ExampleGen/examples/*/Split-*/*.gz")]
    records = tf.data.TFRecordDataset(files, "GZIP", num_parallel_reads=2)
    return int(records.reduce(np.int64(0), lambda count, _: count + 1)), seconds


def read_with_arrow(source: str) -> tuple[int, float]:
    """Only reads, and keeps nothing: a file after the other, or the whole query."""
    import pyarrow.csv
    import pyarrow.parquet

    data = _settings(source)
    start = time.perf_counter()
    rows = 0
    if data.query is not None:
        with Database(data.path).connect() as connection:
            rows = sum(batch.num_rows for batch in connection.query(data.query)[1])
    else:
        for file in locate(data).files:
            is_csv = file.suffix == ".csv"
            read = pyarrow.csv.read_csv if is_csv else pyarrow.parquet.read_table
            rows += len(read(str(file)))
    return rows, time.perf_counter() - start


def _settings(source: str) -> DataSettings:
    is_json = source.startswith("{")
    return DataSettings.model_validate_json(source) if is_json else DataSettings(path=source)


_PIPELINES: dict[str, Callable[[str], Sequence[Any]]] = {
    "stock-csv": stock_csv,
    "stock-parquet": stock_parquet,
    "ours": ours,
}


def main() -> None:
    """Runs the way that the command line names."""
    way, source, folder = sys.argv[1:]
    if way == "arrow":
        rows, seconds = read_with_arrow(source)
    else:
        rows, seconds = run_pipeline(_PIPELINES[way](source), Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    main()
