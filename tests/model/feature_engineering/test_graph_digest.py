"""Two functions have the same digest if they compute the same, wherever they were traced."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from model.feature_engineering.graph_digest import digest_function


def digest(folder: Path, compute: Callable[[tf.Tensor], tf.Tensor], traced_before: int = 0) -> str:
    for number in range(traced_before):
        tf.function(lambda value, number=number: value + number).get_concrete_function(1.0)
    module = tf.Module()
    module.compute = tf.function(compute, input_signature=[tf.TensorSpec([None], tf.float32)])
    tf.saved_model.save(module, str(folder))
    content = (folder / "saved_model.pb").read_bytes()
    return digest_function(saved_model_pb2.SavedModel.FromString(content), "compute")


def doubled(value: Any) -> Any:
    return tf.function(lambda inner: inner * 2.0)(value) + 1.0


def looped(times: int) -> Callable[[tf.Tensor], tf.Tensor]:
    def compute(value: tf.Tensor) -> tf.Tensor:
        _, found = tf.while_loop(
            lambda turn, _: turn < times, lambda turn, each: (turn + 1, each * value), (0, value)
        )
        return found

    return compute


def nested(factor: float) -> Callable[[tf.Tensor], tf.Tensor]:
    return lambda value: tf.function(lambda inner: inner * factor)(value) + 1.0


@pytest.mark.parametrize("compute", [doubled, looped(3)])
def test_what_was_traced_before_does_not_count(tmp_path: Path, compute: Any) -> None:
    assert digest(tmp_path / "a", compute) == digest(tmp_path / "b", compute, traced_before=3)


@pytest.mark.parametrize(
    "other",
    [nested(3.0), looped(2), lambda value: value * 2.0 + 1.0, lambda value: doubled(value) + 0.0],
    ids=["a constant within a function", "a loop", "no function within", "one more operation"],
)
def test_what_is_computed_counts(tmp_path: Path, other: Callable[[tf.Tensor], tf.Tensor]) -> None:
    assert digest(tmp_path / "a", nested(2.0)) != digest(tmp_path / "b", other)


def test_a_table_is_not_told_by_the_folder_it_was_made_in(tmp_path: Path) -> None:
    def table_made_in(folder: str) -> Callable[[tf.Tensor], tf.Tensor]:
        def compute(value: tf.Tensor) -> tf.Tensor:
            table = tf.raw_ops.HashTableV2(
                key_dtype=tf.float32, value_dtype=tf.float32, shared_name=f"table of {folder}"
            )
            return tf.raw_ops.LookupTableFindV2(table_handle=table, keys=value, default_value=0.0)

        return compute

    found = [digest(tmp_path / name, table_made_in(name)) for name in "ab"]
    assert found[0] == found[1]


def test_the_times_of_a_loop_count(tmp_path: Path) -> None:
    assert digest(tmp_path / "a", looped(2)) != digest(tmp_path / "b", looped(3))
