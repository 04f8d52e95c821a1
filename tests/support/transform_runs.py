"""Rows, features and artifacts for runs of a Transform step."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.util import examples_utils
from tfx.proto import example_gen_pb2
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.types.artifact_utils import encode_split_names
from tfx.utils import json_utils

SPLITS = ("train", "eval")
FUNCTION = "model.feature_engineering.preprocessing.preprocessing_fn"
OUTPUTS = {
    specs.TRANSFORM_GRAPH_KEY: standard_artifacts.TransformGraph,
    specs.TRANSFORMED_EXAMPLES_KEY: standard_artifacts.Examples,
    specs.PRE_TRANSFORM_SCHEMA_KEY: standard_artifacts.Schema,
    specs.PRE_TRANSFORM_STATS_KEY: standard_artifacts.ExampleStatistics,
    specs.POST_TRANSFORM_SCHEMA_KEY: standard_artifacts.Schema,
    specs.POST_TRANSFORM_STATS_KEY: standard_artifacts.ExampleStatistics,
    specs.POST_TRANSFORM_ANOMALIES_KEY: standard_artifacts.ExampleAnomalies,
}

SCHEMA = schema_pb2.Schema(
    feature=[
        schema_pb2.Feature(name="fare", type=schema_pb2.FLOAT),
        schema_pb2.Feature(name="hour", type=schema_pb2.INT),
        schema_pb2.Feature(name="company", type=schema_pb2.BYTES),
        schema_pb2.Feature(name="tips", type=schema_pb2.FLOAT),
        schema_pb2.Feature(name="never", type=schema_pb2.BYTES),
        schema_pb2.Feature(name="no feature", type=schema_pb2.INT),
        schema_pb2.Feature(
            name="no vector",
            type=schema_pb2.FLOAT,
            shape=schema_pb2.FixedShape(dim=[schema_pb2.FixedShape.Dim(size=2)]),
            presence=schema_pb2.FeaturePresence(min_fraction=1.0),
        ),
        schema_pb2.Feature(
            name="area",
            type=schema_pb2.INT,
            int_domain=schema_pb2.IntDomain(is_categorical=True),
        ),
    ]
)
FEATURES = """
from model import Bucketized, Categorical, Crossed, FeatureSet, Hashed, Integer, YesNo, Numeric

FEATURES = FeatureSet(
    label=YesNo("tipped", lambda row: row["tips"] > 1.0, uses=("tips",)),
    features=[
        Numeric("fare", impute="median", missing_indicator=True),
        Bucketized("fare", name="fare_bucket", buckets=4),
        Integer("hour", low=0, high=23),
        Categorical("company", max_tokens=3),
        Categorical("area", max_tokens=5),
        Hashed("never", hash_buckets=7),
        Crossed("both", of=("company", "hour"), hash_buckets=20),
    ],
)
"""


COMPANIES = [b"Blue", b"Flash", b"City", b"\xff?", b"x"]


def made_up_rows(count: int, seed: int) -> pa.RecordBatch:
    random = np.random.default_rng(seed)

    def some(values: Sequence[Any]) -> list[Any]:
        return [None if random.random() < 0.1 else value for value in values]

    return pa.RecordBatch.from_pydict(
        {
            "fare": some(random.gamma(2.0, 5.0, count).tolist()),
            "hour": some(random.integers(-2, 26, count).tolist()),
            "company": some(random.choice(COMPANIES, count).tolist()),
            "tips": some(random.gamma(1.0, 1.0, count).tolist()),
            "area": some(random.integers(1, 9, count).tolist()),
            "no feature": some([7] * count),
            "no vector": [[0.5, 1.5]] * count,
            "not in the schema": [1.0] * count,
        }
    )


def inputs_of(folder: Path) -> dict[str, list[Any]]:
    examples, schema = standard_artifacts.Examples(), standard_artifacts.Schema()
    examples.uri, schema.uri = str(folder), str(folder / "schema")
    examples.split_names = encode_split_names(list(SPLITS))
    examples_utils.set_payload_format(examples, example_gen_pb2.FORMAT_TF_EXAMPLE)
    examples_utils.set_file_format(examples, "tfrecords_gzip")
    return {specs.EXAMPLES_KEY: [examples], specs.SCHEMA_KEY: [schema]}


def properties_of(folder: Path, **more: Any) -> dict[str, Any]:
    config = json_utils.dumps({"features": str(folder / "features.py")})
    return {specs.PREPROCESSING_FN_KEY: FUNCTION, specs.CUSTOM_CONFIG_KEY: config, **more}


def run(
    executor: Any,
    folder: Path,
    target: Path,
    inputs: Mapping[str, list[Any]] | None = None,
    beam_args: Sequence[str] = ("--runner=DirectRunner", "--direct_running_mode=in_memory"),
    **properties: Any,
) -> dict[str, list[Any]]:
    outputs = {}
    for key, kind in OUTPUTS.items():
        artifact = kind()
        artifact.uri = str(target / key)
        Path(artifact.uri).mkdir(parents=True)
        outputs[key] = [artifact]
    context = executor.Context(
        beam_pipeline_args=list(beam_args), tmp_dir=str(target / "tmp"), unique_id="1"
    )
    executor(context).Do(
        dict(inputs or inputs_of(folder)), outputs, properties_of(folder, **properties)
    )
    return outputs
