"""BigQuery: TFX's own ExampleGen asks it, ours takes in what that one writes."""

from collections.abc import Sequence
from typing import Any

from data_ingestion.settings import DataSettings
from zeroskew.errors import SettingsError

SCHEME = "bigquery://"


def is_big_query(data: DataSettings) -> bool:
    """Tells whether the rows come from BigQuery: `path: bigquery://PROJECT`, and a query."""
    return data.path.startswith(SCHEME)


def big_query_example_gen(data: DataSettings, beam_args: Sequence[str]) -> Any:
    """Returns TFX's BigQueryExampleGen, which writes all rows to one split.

    Beam reads BigQuery by way of files: the Beam options must name a `--temp_location`.

    Args:
        data: with the project and the query.
        beam_args: options for Beam.

    Raises:
        SettingsError: there is no query, no project or no place for Beam's files.
    """
    project = data.path.removeprefix(SCHEME)
    if not project or data.query is None:
        raise SettingsError(
            "BigQuery is asked by a project, in a query",
            allowed="data.path with bigquery://PROJECT, and data.query",
            received=f"data.path={data.path}, data.query={data.query}",
        )
    if not any(argument.startswith("--temp_location") for argument in beam_args):
        raise SettingsError(
            "Beam reads BigQuery by way of files in Cloud Storage",
            allowed="--temp_location=gs://BUCKET/FOLDER among beam_args",
            received=", ".join(beam_args) or "no beam_args",
            action="add it to beam_args",
        )
    # These imports bring Google Cloud along, which only this source needs.
    from tfx.extensions.google_cloud_big_query.example_gen.component import BigQueryExampleGen
    from tfx.proto import example_gen_pb2

    one_split = example_gen_pb2.SplitConfig.Split(name="all", hash_buckets=1)
    splits = example_gen_pb2.SplitConfig(splits=[one_split])
    stock = BigQueryExampleGen(
        query=data.query, output_config=example_gen_pb2.Output(split_config=splits)
    )
    return stock.with_beam_pipeline_args([*beam_args, f"--project={project}"])
