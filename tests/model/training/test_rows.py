import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pyarrow as pa
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model.feature_engineering.network_inputs import part
from model.training.rows import Layout, Part, find_files, read_rows
from zeroskew.errors import DataError

LAYOUT = Layout({"fare_xf": 1}, {"company_xf": 1}, "tipped")


def batch(**columns):
    return pa.RecordBatch.from_pydict(
        {name: pa.array(values, pa.list_(kind)) for name, (values, kind) in columns.items()}
    )


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.floats(width=32), st.integers(0, 2**31 - 1), st.integers(0, 1)), min_size=1
    )
)
def test_what_is_packed_comes_out_bit_for_bit(rows):
    fares, companies, tipped = ([[row[place]] for row in rows] for place in range(3))
    packed = LAYOUT.pack(
        batch(
            company_xf=(companies, pa.int64()),
            fare_xf=(fares, pa.float32()),
            tipped=(tipped, pa.int64()),
            row_weight=([[1.0]] * len(rows), pa.float32()),
        )
    )
    assert (packed.dtype, packed.shape) == (np.int32, (len(rows), 3))
    tensors, label = LAYOUT.unpack(tf.constant(packed))
    assert tensors["numbers"].dtype == tf.float32
    assert tensors["ids"].dtype == tf.int64
    np.testing.assert_array_equal(tensors["numbers"].numpy(), np.array(fares, np.float32))
    assert tensors["ids"].numpy().tolist() == companies
    assert label.numpy().tolist() == tipped


@pytest.mark.parametrize("fares", [[[1.0], []], [[1.0], [1.0, 2.0]]])
def test_more_or_fewer_than_one_value_in_a_row_is_refused(fares):
    rows = batch(
        company_xf=([[1], [2]], pa.int64()),
        fare_xf=(fares, pa.float32()),
        tipped=([[0], [1]], pa.int64()),
        row_weight=([[1.0], [1.0]], pa.float32()),
    )
    with pytest.raises(DataError) as caught:
        LAYOUT.pack(rows)
    assert caught.value.received == f"{sum(map(len, fares))} values of 'fare_xf' in 2 rows"


def test_a_tensor_that_is_not_there_is_refused():
    with pytest.raises(DataError, match="0 values of 'fare_xf' in 1 rows"):
        LAYOUT.pack(batch(company_xf=([[1]], pa.int64()), tipped=([[0]], pa.int64())))


def test_the_rows_of_files_are_those_that_transform_wrote(world):
    layout = Layout.of(world.features)
    files = find_files([f"{world.transformed_dir}/*"])
    known = world.transformed["row_weight"] > 0
    assert 0 < known.sum() < 30
    rows = np.concatenate(list(read_rows(files, layout)))
    tensors, label = layout.unpack(tf.constant(rows))
    for name, values in part(world.features.outputs, tensors).items():
        wanted = world.transformed[name][known].reshape(len(values), -1)
        np.testing.assert_allclose(values.numpy(), wanted, atol=1e-6)
    assert label.numpy()[:, 0].tolist() == world.transformed["big_tip"][known].tolist()


def test_a_row_whose_label_is_not_known_is_left_out():
    packed = LAYOUT.pack(
        batch(
            company_xf=([[1], [2], [3]], pa.int64()),
            fare_xf=([[1.0], [2.0], [3.0]], pa.float32()),
            tipped=([[0], [1], [1]], pa.int64()),
            row_weight=([[1.0], [0.0], [0.5]], pa.float32()),
        )
    )
    assert packed[:, 1].tolist() == [1, 3]
    assert LAYOUT.labels(packed).tolist() == [0, 1]


def test_a_label_that_is_a_number_and_weights_go_along():
    layout = Layout({"fare_xf": 1}, {}, "price", label_is_number=True, is_weighted=True)
    packed = layout.pack(
        batch(
            fare_xf=([[1.0], [2.0]], pa.float32()),
            price=([[1.5], [-2.5]], pa.float32()),
            row_weight=([[0.5], [2.0]], pa.float32()),
        )
    )
    inputs, label, weight = layout.unpack(tf.constant(packed))
    assert {name: one.numpy().tolist() for name, one in inputs.items()} == {
        "numbers": [[1.0], [2.0]]
    }
    assert label.numpy().tolist() == [[1.5], [-2.5]]
    assert weight.numpy().tolist() == [[0.5], [2.0]]
    assert layout.labels(packed).tolist() == [1.5, -2.5]


def test_a_folder_without_files_has_no_rows():
    assert find_files(["/no/such/folder/*"]) == []


@given(st.lists(st.integers(0, 2**62 - 1), max_size=50), st.floats(0.01, 0.99))
def test_each_row_is_in_one_part_and_equal_rows_are_in_the_same(keys, share):
    array = np.array(keys, np.int64)
    ours, others = (part.holds(array) for part in (Part(0, share), Part(share, 1)))
    assert (ours ^ others).all()
    assert Part(0, share).holds(np.repeat(array, 2)).tolist() == np.repeat(ours, 2).tolist()


def test_a_part_holds_about_its_share():
    keys = np.random.default_rng(1).integers(0, 2**62, 100_000)
    assert abs(Part(0, 0.1).holds(keys).mean() - 0.1) < 0.005


def test_only_the_rows_of_a_part_are_packed():
    rows = batch(
        company_xf=([[1], [2]], pa.int64()),
        fare_xf=([[1.0], [2.0]], pa.float32()),
        tipped=([[0], [1]], pa.int64()),
        row_weight=([[1.0], [1.0]], pa.float32()),
        row_key=([[10], [900_000]], pa.int64()),
    )
    assert LAYOUT.pack(Part(0, 0.5).of(rows))[:, 1].tolist() == [1]
    assert LAYOUT.pack(Part(0.5, 1).of(rows))[:, 1].tolist() == [2]
