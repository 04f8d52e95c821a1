"""BigQuery cannot be reached here; what is proven is the pipeline that would ask it."""

import json

import pytest
from google.protobuf import json_format
from tfx.proto import example_gen_pb2
from tfx.types import standard_component_specs as specs

from data_ingestion.readers.databases.big_query import big_query_example_gen, is_big_query
from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from pipeline.dag import create_pipeline
from pipeline.settings import load_settings
from zeroskew.errors import SettingsError

QUERY = "SELECT * FROM trips WHERE fare < 100"
DATA = DataSettings(path="bigquery://acme", query=QUERY)
BEAM_ARGS = ("--temp_location=gs://bucket/folder",)


def test_a_path_with_a_project_is_bigquery_and_nothing_is_read_before_the_run() -> None:
    assert is_big_query(DATA)
    assert not is_big_query(DataSettings(path="postgresql://host/trips"))
    assert locate(DATA).readers == {}


def test_it_is_tfxs_own_component_with_the_query_the_project_and_one_split() -> None:
    stock = big_query_example_gen(DATA, BEAM_ARGS)
    assert stock.id == "BigQueryExampleGen"
    asked = json_format.Parse(
        stock.exec_properties[specs.INPUT_CONFIG_KEY], example_gen_pb2.Input()
    )
    assert [split.pattern for split in asked.splits] == [QUERY]
    written = json.loads(stock.exec_properties[specs.OUTPUT_CONFIG_KEY])
    assert written == {"split_config": {"splits": [{"name": "all", "hash_buckets": 1}]}}
    assert stock.executor_spec.beam_pipeline_args == [*BEAM_ARGS, "--project=acme"]


def test_the_pipeline_takes_in_what_it_writes() -> None:
    data = {"path": "bigquery://acme", "query": QUERY}
    pipeline = create_pipeline(load_settings(None, {"data": data, "beam_args": list(BEAM_ARGS)}))
    steps = {step.id: step for step in pipeline.components}
    upstream = {step.id for step in steps["ExampleGen"].upstream_nodes}
    assert upstream == {"BigQueryExampleGen", "CuratedSchema"}
    assert steps["StatisticsGen"].inputs["examples"].producer_component_id == "ExampleGen"


@pytest.mark.parametrize(
    ("data", "beam_args", "received"),
    [
        (DataSettings(path="bigquery://acme"), BEAM_ARGS, "data.query=None"),
        (DataSettings(path="bigquery://", query=QUERY), BEAM_ARGS, "data.path=bigquery://,"),
        (DATA, (), "no beam_args"),
        (DATA, ("--runner=DataflowRunner",), "--runner=DataflowRunner"),
    ],
)
def test_what_is_missing_is_said(
    data: DataSettings, beam_args: tuple[str, ...], received: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        big_query_example_gen(data, beam_args)
    assert received in str(caught.value)
