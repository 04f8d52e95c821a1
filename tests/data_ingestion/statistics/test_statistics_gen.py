"""Our statistics against those of TFX's own StatisticsGen, on the same files."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow_data_validation as tfdv
from made_up_columns import MANY, rows_of
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.components.statistics_gen import executor as stock
from tfx.components.util import examples_utils
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.proto import example_gen_pb2
from tfx.types import standard_component_specs as specs
from tfx.types.artifact_utils import decode_split_names, encode_split_names
from tfx.types.channel_utils import as_channel
from tfx.types.standard_artifacts import Examples, ExampleStatistics, Schema
from tfx.utils import json_utils

from benchmarks.statistics_difference import find_differences
from data_ingestion.examples.intake import take_in
from data_ingestion.readers.source import SPLITS
from data_ingestion.settings import DataSettings
from data_ingestion.statistics import statistics_gen
from data_ingestion.statistics.statistics_gen import Executor, StatisticsGen
from zeroskew.errors import DataError

BEAM = ["--runner=DirectRunner"]


def as_artifact(folder: Path, splits: Sequence[str]) -> Examples:
    examples = Examples()
    examples.uri, examples.span = str(folder), 7
    examples.split_names = encode_split_names(list(splits))
    examples_utils.set_payload_format(examples, example_gen_pb2.FORMAT_TF_EXAMPLE)
    examples_utils.set_file_format(examples, "tfrecords_gzip")
    return examples


def run(
    executor: type[BaseBeamExecutor],
    examples: Examples,
    target: Path,
    properties: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Any] | None = None,
    beam_args: Sequence[str] = BEAM,
) -> tuple[ExampleStatistics, dict[str, Any]]:
    statistics = ExampleStatistics()
    statistics.uri = str(target)
    context = executor.Context(
        beam_pipeline_args=list(beam_args), tmp_dir=str(target / "tmp"), unique_id="1"
    )
    executor(context).Do(
        {specs.EXAMPLES_KEY: [examples], **(inputs or {})},
        {specs.STATISTICS_KEY: [statistics]},
        dict(properties or {}),
    )
    found = {}
    for split in decode_split_names(statistics.split_names):
        content = Path(target, f"Split-{split}", "FeatureStats.pb").read_bytes()
        found[split] = statistics_pb2.DatasetFeatureStatisticsList.FromString(content)
    return statistics, found


@pytest.fixture(scope="module")
def both(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    examples = as_artifact(folder, ["many", "one", "none", "uneven"])
    target = tmp_path_factory.mktemp("statistics")
    return run(stock.Executor, examples, target / "stock"), run(Executor, examples, target / "ours")


@pytest.mark.parametrize("split", ["many", "one", "uneven"])
def test_equal_to_stock_on_made_up_rows(folder: Path, both: tuple[Any, Any], split: str) -> None:
    (_, expected), (_, received) = both
    rows = rows_of(folder / f"Split-{split}")
    assert find_differences(expected[split], received[split], rows) == []


def test_equal_to_stock_without_rows(both: tuple[Any, Any]) -> None:
    (_, expected), (_, received) = both
    assert received["none"] == expected["none"]
    assert received["none"] == statistics_pb2.DatasetFeatureStatisticsList(
        datasets=[statistics_pb2.DatasetFeatureStatistics()]
    )


def test_the_artifact_has_the_properties_that_stock_gives_it(both: tuple[Any, Any]) -> None:
    (expected, _), (received, _) = both
    assert received.span == expected.span == 7
    assert received.split_names == expected.split_names
    assert received.mlmd_artifact.custom_properties == expected.mlmd_artifact.custom_properties


def test_values_are_counted_exactly_however_many_there_are(both: tuple[Any, Any]) -> None:
    _, (_, received) = both
    (dataset,) = received["many"].datasets
    (of_id,) = [feature for feature in dataset.features if feature.path.step == ["id"]]
    assert of_id.string_stats.unique == MANY
    assert of_id.string_stats.top_values[0].value == "id-9999"
    assert len(of_id.string_stats.rank_histogram.buckets) == 1000


@pytest.fixture(scope="module")
def taxi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taxi")
    folders = {name: str(folder / f"Split-{name}") for name in SPLITS}
    take_in(DataSettings(), None, folders, str(folder / "report"))
    return folder


def test_equal_to_stock_on_taxi_trips(taxi: Path, tmp_path: Path) -> None:
    examples = as_artifact(taxi, SPLITS)
    _, expected = run(stock.Executor, examples, tmp_path / "stock")
    _, received = run(Executor, examples, tmp_path / "ours")
    assert sum(found.datasets[0].num_examples for found in received.values()) == 15_002
    for split in SPLITS:
        rows = rows_of(taxi / f"Split-{split}")
        assert find_differences(expected[split], received[split], rows) == []


class TestComponent:
    @pytest.fixture
    def examples(self, taxi: Path) -> Examples:
        return as_artifact(taxi, ["eval"])

    @pytest.fixture
    def never_fast(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(files: Sequence[str]) -> None:
            raise AssertionError(f"the faster way was taken for {files}")

        monkeypatch.setattr(statistics_gen, "statistics_of_files", fail)

    def test_is_tfx_statistics_gen_with_another_executor(self) -> None:
        component = StatisticsGen(examples=as_channel([Examples()]))
        assert component.executor_spec.executor_class is Executor
        assert component.id == "StatisticsGen"

    def test_excluded_splits(self, folder: Path, tmp_path: Path) -> None:
        examples = as_artifact(folder, ["many", "one", "uneven"])
        excluded = {specs.EXCLUDE_SPLITS_KEY: json_utils.dumps(["many", "uneven"])}
        artifact, found = run(Executor, examples, tmp_path, excluded)
        assert list(found) == ["one"]
        assert artifact.split_names == '["one"]'
        assert not Path(tmp_path, "Split-many").exists()

    @pytest.mark.usefixtures("never_fast")
    def test_options_take_the_stock_way(self, examples: Examples, tmp_path: Path) -> None:
        options = tfdv.StatsOptions(num_top_values=2, weight_feature="fare").to_json()
        properties = {specs.STATS_OPTIONS_JSON_KEY: options}
        _, found = run(Executor, examples, tmp_path, properties)
        (dataset,) = found["eval"].datasets
        assert dataset.num_examples == 3000
        assert dataset.weighted_num_examples > 30_000
        (company,) = [one for one in dataset.features if one.path.step == ["company"]]
        assert len(company.string_stats.top_values) == 2

    @pytest.mark.usefixtures("never_fast")
    def test_a_schema_takes_the_stock_way(self, examples: Examples, tmp_path: Path) -> None:
        schema = Schema()
        schema.uri = str(tmp_path / "schema")
        Path(schema.uri).mkdir()
        Path(schema.uri, "schema.pbtxt").write_text(
            'feature { name: "trip_start_hour" type: INT int_domain { is_categorical: true } }'
        )
        inputs = {specs.SCHEMA_KEY: [schema]}
        _, found = run(Executor, examples, tmp_path / "out", inputs=inputs)
        (dataset,) = found["eval"].datasets
        (hour,) = [one for one in dataset.features if one.path.step == ["trip_start_hour"]]
        assert hour.string_stats.unique == 24

    @pytest.mark.usefixtures("never_fast")
    def test_sampling_takes_the_stock_way(self, examples: Examples, tmp_path: Path) -> None:
        properties = {specs.SAMPLE_RATE_BY_SPLIT_KEY: json_utils.dumps({"eval": 1.0})}
        _, found = run(Executor, examples, tmp_path, properties)
        assert found["eval"].datasets[0].num_examples == 3000

    @pytest.mark.parametrize(
        ("payload", "files", "beam_args"),
        [
            (example_gen_pb2.FORMAT_PARQUET, "parquet", BEAM),
            (example_gen_pb2.FORMAT_TF_SEQUENCE_EXAMPLE, "tfrecords_gzip", BEAM),
            (example_gen_pb2.FORMAT_TF_EXAMPLE, "tfrecords_gzip", ["--runner=FlinkRunner"]),
        ],
    )
    def test_what_takes_the_stock_way(
        self,
        examples: Examples,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        payload: int,
        files: str,
        beam_args: list[str],
    ) -> None:
        taken = []
        monkeypatch.setattr(stock.Executor, "Do", lambda *arguments: taken.append(arguments))
        examples_utils.set_payload_format(examples, payload)
        examples_utils.set_file_format(examples, files)
        run_nothing = Executor(
            Executor.Context(beam_pipeline_args=beam_args, tmp_dir=str(tmp_path), unique_id="1")
        )
        run_nothing.Do({specs.EXAMPLES_KEY: [examples]}, {specs.STATISTICS_KEY: []}, {})
        assert len(taken) == 1

    def test_a_split_without_files(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="each split must have files of examples") as caught:
            run(Executor, as_artifact(tmp_path, ["train"]), tmp_path / "out")
        assert caught.value.received == f"none in {tmp_path}/Split-train"

    def test_a_file_that_is_cut_off(self, taxi: Path, tmp_path: Path) -> None:
        (file,) = Path(taxi, "Split-eval").iterdir()
        (tmp_path / "Split-eval").mkdir()
        (tmp_path / "Split-eval" / file.name).write_bytes(file.read_bytes()[:10_000])
        with pytest.raises(DataError, match="must be a whole gzipped TFRecord file"):
            run(Executor, as_artifact(tmp_path, ["eval"]), tmp_path / "out")
