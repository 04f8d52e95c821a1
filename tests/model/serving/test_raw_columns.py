"""What a SavedModel says of its raw columns."""

from pathlib import Path

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from model.serving.raw_columns import open_model, types_of, write_columns
from zeroskew.cell_types import ListType, tags_of
from zeroskew.errors import DataError

SCHEMA = text_format.Parse(
    """
    feature { name: "fare" type: FLOAT presence { min_count: 1 } float_domain { min: 0 }
              annotation { tag: "number:$1,234.5" tag: "missing:NA" } }
    feature { name: "tags" type: BYTES value_count { min: 0 } annotation { tag: "cells:|" } }
    feature { name: "vector" type: FLOAT shape { dim { size: 2 } } }
    feature { name: "tips" type: FLOAT }
    string_domain { name: "unused" value: "a" }
    """,
    schema_pb2.Schema(),
)
NAMES = ["fare", "tags", "vector"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    module = tf.Module()

    @tf.function
    def serve(fare: tf.Tensor, tags: tf.Tensor, vector: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"value": fare, "tags": tags, "vector": vector}

    specs = {
        "fare": tf.TensorSpec([None], tf.float32, "fare"),
        "tags": tf.TensorSpec([None, None], tf.string, "tags"),
        "vector": tf.TensorSpec([None, 2], tf.float32, "vector"),
    }
    signature = serve.get_concrete_function(**specs)
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_columns": signature})
    return tmp_path


def test_columns_are_read_as_the_schema_of_the_training_says(model: Path) -> None:
    write_columns(str(model), SCHEMA, NAMES)
    types = types_of(model, open_model(model))
    assert types == {"fare": "FLOAT", "tags": "BYTES", "vector": "FLOAT"}
    assert tags_of(types["fare"]) == ["number:$1,234.5", "missing:NA"]
    assert tags_of(types["tags"]) == ["cells:|"]
    text = (model / "assets.extra" / "columns.pbtxt").read_text(encoding="utf-8")
    kept = text_format.Parse(text, schema_pb2.Schema())
    assert [one.name for one in kept.feature] == NAMES
    assert not kept.string_domain
    assert not kept.feature[0].HasField("presence")
    assert kept.feature[2].shape.dim[0].size == 2


def test_of_a_model_without_them_the_signature_tells(model: Path) -> None:
    types = types_of(model, open_model(model))
    assert types == {"fare": "FLOAT", "tags": "BYTES", "vector": "FLOAT"}
    assert tags_of(types["fare"]) == []
    lists = {name: kind.length for name, kind in types.items() if isinstance(kind, ListType)}
    assert lists == {"tags": None, "vector": 2}


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the model must be a SavedModel that a run has pushed"):
        open_model(tmp_path)
