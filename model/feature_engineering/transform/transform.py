"""Transform that applies its graph without Beam where the data is on one machine."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow_data_validation as tfdv
import tensorflow_transform as tft
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.components.transform import executor as stock
from tfx.components.transform import executor_utils
from tfx.components.transform.component import Transform as StockTransform
from tfx.components.util import udf_utils
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils
from tfx.types import standard_component_specs as specs
from tfx.utils import json_utils

from model.feature_engineering.columns import columns_of
from model.feature_engineering.feature_set import FeatureSet, load_features
from model.feature_engineering.transform.analysis import learn_graph
from model.feature_engineering.transform.dead_features import DEAD_FEATURES_FILE, find_dead
from model.feature_engineering.transform.materialisation import (
    Graph,
    Shard,
    Statistics,
    materialise,
)
from model.feature_engineering.transform.raw_batches import PreprocessingFn, RawBatches
from model.feature_engineering.transform.unequal_lists import UNEQUAL_LISTS_FILE, find_unequal
from model.feature_engineering.transform.unread_dates import UNREAD_DATES_FILE, UnreadDates
from model.feature_engineering.typical_row import typical_row, write_typical_row
from zeroskew.examples import files_of_split, unusual_format
from zeroskew.files import open_to_read, open_to_write
from zeroskew.parallel import is_distributed
from zeroskew.schema import read_schema, schema_file
from zeroskew.statistics.compute import StatisticsCounter

_SCHEMA_FILE = "schema.pbtxt"
_ANOMALIES_FILE = "SchemaDiff.pb"
_PREFIX = "transformed_examples"
_STOCK_ONLY_PROPERTIES = (
    specs.MODULE_FILE_KEY,
    specs.MODULE_PATH_KEY,
    specs.STATS_OPTIONS_UPDATER_FN_KEY,
    specs.FORCE_TF_COMPAT_V1_KEY,
    specs.SAVE_OPTIONS_KEY,
    specs.SPLITS_CONFIG_KEY,
)

logger = logging.getLogger("zeroskew")

Artifacts = Mapping[str, Sequence[Any]]


class Executor(stock.Executor):
    """TFX's Transform; the usual case takes a faster way to the same artifacts.

    TFX's own way is taken for what the faster one does not cover: a cache of analyzers, a module
    file, options for statistics, TensorFlow 1, chosen splits, several inputs, no materialisation, a
    payload other than tf.Example, files other than gzipped TFRecord, and a Beam runner on other
    machines.
    """

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes transform graph, transformed examples, and statistics before and after.

        With the statistics, it warns of features that are the same in every row, of lists of the
        same events that differ in length and, on one machine, of dates that could not be read.

        Raises:
            DataError: a split has no file, a file is damaged, or a column is not of the schema's
                type.
        """
        features = _features(exec_properties)
        schema = read_schema(schema_file(input_dict[specs.SCHEMA_KEY][0]))
        unusual = self._unusual(input_dict, output_dict, exec_properties)
        if unusual:
            logger.info("TFX's own Transform runs, because of %s", unusual)
            super().Do(input_dict, output_dict, exec_properties)
            _tell_of_features(output_dict, exec_properties, features, schema, unread={})
            return
        (examples,) = input_dict[specs.EXAMPLES_KEY]
        (graph,) = output_dict[specs.TRANSFORM_GRAPH_KEY]
        function = _preprocessing_fn(exec_properties)
        shards = _shards(examples, output_dict)

        raw = RawBatches(schema, function, features.vector_versions if features else ())
        analysed = [shard.source for shard in shards if shard.analysed]
        learn_graph(analysed, raw, schema, function, graph.uri)
        transformed_schema = tft.TFTransformOutput(graph.uri).transformed_metadata.schema
        statistics = Statistics(StatisticsCounter(schema), StatisticsCounter(transformed_schema))
        dates = UnreadDates(features.features if features else ())
        before, after = materialise(Graph(graph.uri), raw, shards, statistics, dates)
        if not exec_properties.get(specs.DISABLE_STATISTICS_KEY):
            _write_statistics(output_dict, "pre", before, schema)
            _write_statistics(output_dict, "post", after, transformed_schema)
            anomalies = tfdv.validate_statistics(after, transformed_schema)
            _write(output_dict, specs.POST_TRANSFORM_ANOMALIES_KEY, _ANOMALIES_FILE, anomalies)
        _tell_of_features(output_dict, exec_properties, features, schema, dates.found())

    def _unusual(
        self, inputs: Artifacts, outputs: Artifacts, exec_properties: Mapping[str, Any]
    ) -> str:
        """Names what only TFX's own way covers; empty if there is no such thing."""
        asked = [name for name in _STOCK_ONLY_PROPERTIES if exec_properties.get(name)]
        if asked:
            return ", ".join(asked)
        if is_distributed(self._beam_pipeline_args):
            return "a distributed runner"
        if specs.ANALYZER_CACHE_KEY in inputs or specs.UPDATED_ANALYZER_CACHE_KEY in outputs:
            return "the cache of analyzers"
        if not outputs.get(specs.TRANSFORMED_EXAMPLES_KEY):
            return "materialize=False"
        first, *others = inputs[specs.EXAMPLES_KEY]
        return "several inputs" if others else unusual_format(first)


class Transform(StockTransform):
    """TFX's Transform with the executor of this module."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)


def _preprocessing_fn(exec_properties: Mapping[str, Any]) -> PreprocessingFn:
    function = udf_utils.get_fn(dict(exec_properties), specs.PREPROCESSING_FN_KEY)
    bound: PreprocessingFn = executor_utils.MaybeBindCustomConfig(exec_properties, function)
    return bound


def _shards(examples: Any, outputs: Artifacts) -> list[Shard]:
    """Returns the files of all splits, and gives the transformed examples their split names."""
    splits = executor_utils.ResolveSplitsConfig(None, [examples])
    transformed = outputs[specs.TRANSFORMED_EXAMPLES_KEY]
    executor_utils.SetSplitNames(splits.transform, transformed)
    shards = []
    for split in splits.transform:
        files = files_of_split(examples, split)
        folder = artifact_utils.get_split_uri(transformed, split)
        for number, file in enumerate(files):
            target = f"{folder}/{_PREFIX}-{number:05d}-of-{len(files):05d}.gz"
            shards.append(Shard(file, target, split in splits.analyze))
    return shards


def _write_statistics(outputs: Artifacts, when: str, statistics: Any, schema: Any) -> None:
    _write(outputs, f"{when}_transform_stats", stock.STATS_FILE, statistics)
    (artifact,) = outputs[f"{when}_transform_schema"]
    with open_to_write(f"{artifact.uri}/{_SCHEMA_FILE}") as stream:
        stream.write(text_format.MessageToString(schema, as_utf8=True).encode())


def _write(outputs: Artifacts, key: str, name: str, message: Any) -> None:
    (artifact,) = outputs[key]
    with open_to_write(f"{artifact.uri}/{name}") as stream:
        stream.write(message.SerializeToString())


def _tell_of_features(
    outputs: Artifacts,
    exec_properties: Mapping[str, Any],
    features: FeatureSet | None,
    schema: Any,
    unread: Mapping[str, str],
) -> None:
    """Reports dead features, unread dates and unequal lists; writes a typical row."""
    if features is None:
        return
    before = None
    if not exec_properties.get(specs.DISABLE_STATISTICS_KEY):
        before, after = (_read_statistics(outputs, when) for when in ("pre", "post"))
        _report(outputs, DEAD_FEATURES_FILE, find_dead(before, after, features))
        _report(outputs, UNREAD_DATES_FILE, unread)
        _report(outputs, UNEQUAL_LISTS_FILE, find_unequal(after, features))
    columns = columns_of(schema)
    row = typical_row(before, [columns[name] for name in features.sources])
    row |= {one.column: one.value(columns[one.column].type) for one in features.vector_versions}
    (graph,) = outputs[specs.TRANSFORM_GRAPH_KEY]
    write_typical_row(graph.uri, row)


def _features(exec_properties: Mapping[str, Any]) -> FeatureSet | None:
    """Returns the list; None where a preprocessing_fn of another kind is given."""
    config = json_utils.loads(exec_properties.get(specs.CUSTOM_CONFIG_KEY) or "{}")
    return load_features(config["features"]) if "features" in config else None


def _report(outputs: Artifacts, name: str, found: Mapping[str, str]) -> None:
    """Writes beside the statistics, and into the log, what speaks against features."""
    for feature, text in found.items():
        logger.warning("the feature %r %s", feature, text)
    (artifact,) = outputs[specs.POST_TRANSFORM_STATS_KEY]
    with open_to_write(f"{artifact.uri}/{name}") as stream:
        stream.write(json.dumps(found, ensure_ascii=False, indent=2).encode())


def _read_statistics(outputs: Artifacts, when: str) -> Any:
    (artifact,) = outputs[f"{when}_transform_stats"]
    with open_to_read(f"{artifact.uri}/{stock.STATS_FILE}") as stream:
        found = statistics_pb2.DatasetFeatureStatisticsList.FromString(stream.read())
    (dataset,) = found.datasets
    return dataset
