"""A model whose vectors say of which version they are: no other is used, on no path."""

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from model.embeddings.embedder import Embedder
from model.evaluation.parity_rows import made_up_rows
from model.evaluation.service_parity import rows_to_ask
from model.feature_engineering.columns import columns_of
from model.feature_engineering.feature_set import load_features
from model.feature_engineering.preprocessing import preprocessing_fn
from model.feature_engineering.raw_rows import filled_up
from model.feature_engineering.transform.analysis import learn_graph
from model.feature_engineering.transform.raw_batches import RawBatches
from model.feature_engineering.transform_graph import TransformGraph
from model.feature_engineering.vector_versions import VectorVersion
from model.serving.batch.predictor import Predictor
from model.serving.export import save_model
from model.serving.fingerprint import fingerprint_of, stamp
from model.serving.predict import predict_with
from model.serving.raw_columns import open_model, write_columns
from model.serving.vector_versions import read_vector_versions, write_vector_versions
from model.serving.vectors.space import space_of, write_space
from model.settings import TrainerSettings
from model.training.embedding_network import embedding_network
from model.training.network import wire

FEATURES = """
from model import Embedding, FeatureSet, Vector, YesNo
FEATURES = FeatureSet(
    label=YesNo("big", lambda row: row["fare"] > 5, uses=("fare",)),
    features=[Vector("v", dimension=3, version="2", version_column="made_by")],
    embedding=Embedding("v"),
)
"""
SCHEMA = text_format.Parse(
    'feature { name: "v" type: FLOAT value_count { min: 0 max: 3 } } '
    'feature { name: "made_by" type: BYTES value_count { min: 0 max: 1 } } '
    'feature { name: "fare" type: FLOAT value_count { min: 1 max: 1 } }',
    schema_pb2.Schema(),
)
VERSION = VectorVersion("v", "made_by", "2")


def write_rows(file: Path, said: list[str | None]) -> None:
    with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
        for row, one in enumerate(said):
            example = tf.train.Example()
            example.features.feature["fare"].float_list.value.append(float(row))
            example.features.feature["v"].float_list.value.extend([1.0, row, 2.0])
            if one is not None:
                example.features.feature["made_by"].bytes_list.value.append(one.encode())
            writer.write(example.SerializeToString())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("versions")
    (place / "features.py").write_text(FEATURES)
    features, columns = load_features(str(place / "features.py")), columns_of(SCHEMA)
    config = {"features": str(place / "features.py")}
    function = functools.partial(preprocessing_fn, custom_config=config)
    raw = RawBatches(SCHEMA, function, features.vector_versions)
    write_rows(place / "rows.gz", ["2"] * 20)
    learn_graph([str(place / "rows.gz")], raw, SCHEMA, function, str(place / "graph"))
    made = wire(features, TrainerSettings(hidden_units=(4,)), 1)
    embedder = embedding_network(features.embedding, [made])
    graph = TransformGraph(str(place / "graph"), columns)
    head, target = features.label.head([], (), {}), str(place / "7")
    save_model(made.network, head, features, columns, graph, embedder, target=target)
    fingerprint = fingerprint_of(features, SCHEMA, str(place / "graph"))
    stamp(target, fingerprint)
    write_space(target, space_of(features, columns, embedder, fingerprint.whole))
    write_columns(target, SCHEMA, features.sources)
    write_vector_versions(target, features.vector_versions)
    return place


def batch(said: list[str | None]) -> pa.RecordBatch:
    vectors: list[Any] = [[1.0, float(row), 2.0] for row in range(len(said))]
    vectors[-1] = None
    said_bytes = [None if one is None else one.encode() for one in said]
    return pa.RecordBatch.from_pydict(
        {"v": pa.array(vectors, pa.list_(pa.float64())), "made_by": pa.array(said_bytes)}
    )


def test_rows_of_another_version_are_kept_aside_by_name_with_both_values(folder: Path) -> None:
    rows = batch(["2", "1", None, "2", "", "1"])
    want = {
        1: "made_by says '1' of v, not '2'",
        2: "made_by says nothing of v, not '2'",
        4: "made_by says nothing of v, not '2'",
    }
    for found in (Predictor(folder / "7").answer(rows), Embedder(folder / "7").answer(rows)):
        assert found.misfits == want
        assert found.answers.num_rows == 3
    without = pa.RecordBatch.from_arrays([rows.column(0)], ["v"])
    assert list(Embedder(folder / "7").answer(without).misfits) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("said", ["1", ""])
@pytest.mark.parametrize("signature", ["serving_columns", "embed"])
def test_a_request_of_another_version_is_refused(folder: Path, signature: str, said: str) -> None:
    model = open_model(folder / "7")
    vectors = np.ones((2, 3), np.float32)
    right = {"v": vectors, "made_by": np.array([b"2", b"2"], object)}
    assert len(next(iter(model.call(signature, right).values()))) == 2
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        model.call(signature, {**right, "made_by": np.array([b"2", said.encode()], object)})
    message = str(error.value).replace("\\'", "'")
    assert "'made_by' says of each vector in 'v' that it is of version '2'; received" in message


def test_made_up_rows_say_the_version_so_that_all_checks_can_ask(folder: Path) -> None:
    model = open_model(folder / "7")
    columns = [columns_of(SCHEMA)[name] for name in ("v", "made_by")]
    rows = made_up_rows(columns, [VERSION])
    values = {name: filled_up(one) for name, one in rows.columns.items()}
    assert values["made_by"].tolist() == [b"", b"2", b"2", b"2"]
    assert len(next(iter(model.call("serving_columns", values).values()))) == 4
    assert len(model.call("serving_default", {"examples": rows.serialized})) > 0
    asked = rows_to_ask(model, None, read_vector_versions(folder / "7"))
    assert len(predict_with(model, asked)) == 4


def test_training_stops_for_another_version_and_says_how_to_keep_it_aside(folder: Path) -> None:
    write_rows(folder / "mixed.gz", ["2", "1", "2", None, "1"])
    config = {"features": str(folder / "features.py")}
    function = functools.partial(preprocessing_fn, custom_config=config)
    with pytest.raises(Exception, match="says of which version") as error:
        list(RawBatches(SCHEMA, function, [VERSION]).read(str(folder / "mixed.gz")))
    assert str(error.value) == (
        "the column 'made_by' says of which version each vector in 'v' is, and no others are mixed "
        "with them\n"
        "  allowed:  '2', the version in the feature list\n"
        f"  received: '1', nothing in 3 of 5 rows, in {folder}/mixed.gz\n"
        "  do:       embed these rows with that version; or keep them aside by a row rule such as "
        "made_by = '2'"
    )


def test_a_model_without_such_columns_has_no_file(tmp_path: Path) -> None:
    write_vector_versions(str(tmp_path), [])
    assert list(tmp_path.iterdir()) == []
    assert read_vector_versions(tmp_path) == []
