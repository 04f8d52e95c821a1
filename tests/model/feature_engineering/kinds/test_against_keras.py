"""Our kinds beside Keras' preprocessing layers, on the rows of `world`."""

import keras
import numpy as np
import tensorflow as tf

from model import Hashed


def test_a_zscore_is_that_of_normalization(world):
    fare = world.values("fare")
    present = fare[~np.isnan(fare)]
    layer = keras.layers.Normalization(axis=None)
    layer.adapt(present)
    received = world.transformed["fare_xf"][~np.isnan(fare)]
    np.testing.assert_allclose(received, np.asarray(layer(present)), atol=1e-5)


def test_hash_buckets_are_those_of_hashing(world):
    words = ["Blue", "Red", "größe", "☃"]
    layer = keras.layers.Hashing(num_bins=7)
    assert world.apply(company=words)["company_hash_xf"].tolist() == [*np.asarray(layer(words))]
    numbers = np.array([17031, -5, 2**40])
    feature = Hashed("tract", hash_buckets=10)
    read = feature.read({"tract": tf.constant(numbers)}, {})
    (ids,) = feature.transform(read[:, tf.newaxis], {})
    layer = keras.layers.Hashing(num_bins=10)
    assert ids.numpy()[:, 0].tolist() == np.asarray(layer(numbers)).tolist()


def test_a_list_of_categories_is_that_of_string_lookup(world):
    learned = ["a", "b", "c", "d"]
    layer = keras.layers.StringLookup(vocabulary=learned, mask_token="", output_mode="int")
    lists = [["a", "c"], ["never seen"], ["d", "b"]]
    padded = tf.ragged.constant(lists).to_tensor("")
    ids = world.apply(tags=lists)["tag_counts_xf"]
    assert set(ids[0].tolist()) == set(np.asarray(layer(padded))[0].tolist())
    assert ids[1, 0] == np.asarray(layer(padded))[1, 0] == 1
