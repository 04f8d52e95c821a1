import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model.feature_engineering.canonical import all_missing, from_canonical, to_canonical
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.row_keys import fingerprint

TAGS = Column("tags", "BYTES", None)
SEEN = Column("seen", "INT", None)
VECTOR = Column("vector", "FLOAT", 2)
SPARSE = {
    "tags": tf.SparseTensorSpec([None, None], tf.string),
    "seen": tf.SparseTensorSpec([None, None], tf.int64),
    "vector": tf.SparseTensorSpec([None, None], tf.float32),
}

words = st.text("abc", min_size=1, max_size=3)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "tags": st.lists(words, max_size=4),
            "seen": st.lists(st.integers(MISSING_INT + 1, 2**63 - 1), max_size=4),
            "vector": st.none() | st.tuples(*[st.floats(-1e6, 1e6, width=32)] * 2),
        }
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60)
@given(rows)
def test_every_way_in_gives_the_same_canonical_columns(table: list[dict]) -> None:
    nothing = [float("nan")] * 2
    tags = tf.ragged.constant([one["tags"] for one in table], tf.string, ragged_rank=1)
    seen = tf.ragged.constant([one["seen"] for one in table], tf.int64, ragged_rank=1)
    vector = tf.constant([one["vector"] or nothing for one in table])
    row = {"tags": tags, "seen": seen, "vector": vector}
    columns = [TAGS, SEEN, VECTOR]
    dense = {
        "tags": tags.to_tensor(),
        "seen": seen.to_tensor(tf.constant(MISSING_INT, tf.int64)),
        "vector": vector,
    }
    for raw in (dense, from_canonical(row, SPARSE)):
        found = to_canonical(raw, columns)
        assert found["tags"].to_list() == tags.to_list()
        assert found["seen"].to_list() == seen.to_list()
        np.testing.assert_array_equal(found["vector"], vector)
        np.testing.assert_array_equal(fingerprint(found, row), fingerprint(row, row))


def test_lists_that_differ_only_in_order_have_different_keys() -> None:
    row = {"tags": tf.ragged.constant([["a", "b"], ["b", "a"], ["ab"], []], ragged_rank=1)}
    assert len(set(fingerprint(row, ["tags"]).numpy().tolist())) == 4


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0, 3.0], [1.0, float("nan")]])
def test_a_vector_of_another_length_or_with_a_hole_is_refused(values: list[float]) -> None:
    raw = {"vector": tf.sparse.from_dense([values])}
    with pytest.raises(tf.errors.InvalidArgumentError, match="takes vectors of 2 finite numbers"):
        to_canonical(raw, [VECTOR])


def test_columns_that_are_not_there_are_all_missing() -> None:
    count = tf.constant(2, tf.int64)
    assert all_missing(TAGS, count).to_list() == [[], []]
    assert np.isnan(all_missing(VECTOR, count)).tolist() == [[True, True]] * 2
    assert all_missing(Column("month", "INT"), count).numpy().tolist() == [MISSING_INT] * 2
