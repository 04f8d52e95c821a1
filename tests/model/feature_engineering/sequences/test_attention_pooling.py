import keras
import numpy as np
import pytest

from model.feature_engineering.sequences.attention_pooling import AttentionPooling

EVENTS = np.random.default_rng(4).normal(size=(3, 6, 5)).astype(np.float32)
PRESENT = np.arange(6) >= np.array([[0], [2], [6]])


@pytest.fixture(scope="module")
def layer() -> AttentionPooling:
    made = AttentionPooling(width=4, last=9)
    made(EVENTS, PRESENT)
    random = np.random.default_rng(1)
    made.set_weights([random.normal(size=one.shape) for one in made.get_weights()])
    return made


def test_what_is_not_present_has_no_say(layer: AttentionPooling) -> None:
    others = np.where(PRESENT[:, :, np.newaxis], EVENTS, 1e6).astype(np.float32)
    np.testing.assert_allclose(layer(others, PRESENT), layer(EVENTS, PRESENT), atol=1e-5)


def test_no_event_becomes_zeros(layer: AttentionPooling) -> None:
    vectors = np.asarray(layer(EVENTS, PRESENT))
    assert vectors[2].tolist() == [0.0] * 4
    assert (np.abs(vectors[:2]) > 0.01).all()


def test_positions_count_from_the_newest_event(layer: AttentionPooling) -> None:
    wider = np.concatenate([np.zeros((3, 3, 5), np.float32), EVENTS], axis=1)
    present = np.concatenate([np.zeros((3, 3), bool), PRESENT], axis=1)
    np.testing.assert_allclose(layer(wider, present), layer(EVENTS, PRESENT), atol=1e-5)


def test_order_counts(layer: AttentionPooling) -> None:
    turned = np.asarray(layer(EVENTS[:1, ::-1], PRESENT[:1]))
    assert np.abs(turned - np.asarray(layer(EVENTS[:1], PRESENT[:1]))).max() > 0.01


def test_it_is_saved_and_read_again(layer: AttentionPooling, tmp_path) -> None:
    inputs = keras.Input((6, 5)), keras.Input((6,), dtype="bool")
    model = keras.Model(inputs, layer(*inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    expected = np.asarray(model([EVENTS, PRESENT]))
    assert np.asarray(again([EVENTS, PRESENT])).tolist() == expected.tolist()
