"""Vectors are those of transformers and of model2vec."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tiny_encoders import BERT, REFERENCES, STATIC, TEXTS, changed, read

from model.feature_engineering.encoders import encoder as encoders
from model.feature_engineering.encoders.encoder import Encoder
from model.feature_engineering.encoders.frozen import Frozen
from model.feature_engineering.encoders.pretrained import in_folder
from zeroskew.errors import FeatureError


def vectors(folder: Path, texts: list[str]) -> np.ndarray:
    pretrained = in_folder(folder, "", "")
    found: np.ndarray = Frozen(Encoder.read(pretrained), pretrained)(tf.constant(texts)).numpy()
    return found


@pytest.mark.parametrize(("folder", "family"), [(BERT, "bert"), (STATIC, "static")])
def test_vectors_are_those_of_their_own_libraries(folder: Path, family: str) -> None:
    np.testing.assert_allclose(vectors(folder, TEXTS), REFERENCES[family]["vectors"], atol=2e-6)


@pytest.mark.parametrize("folder", [BERT, STATIC])
def test_a_text_has_the_same_vector_whatever_is_computed_with_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = vectors(folder, TEXTS)
    # Three texts at a time.
    monkeypatch.setattr(encoders, "_CHUNK_NUMBERS", 3 * read(folder)._numbers)
    np.testing.assert_allclose(vectors(folder, TEXTS), whole, atol=1e-6)
    np.testing.assert_allclose(vectors(folder, TEXTS[7:8]), whole[7:8], atol=1e-6)


@pytest.mark.parametrize(("folder", "dimension"), [(BERT, 16), (STATIC, 8)])
def test_no_text_at_all_has_no_vectors(folder: Path, dimension: int) -> None:
    pretrained = in_folder(folder, "", "")
    frozen = Frozen(Encoder.read(pretrained), pretrained)
    assert frozen(tf.constant([], tf.string)).shape == (0, dimension)


def test_without_words_a_static_table_gives_zeros() -> None:
    assert not vectors(STATIC, ["", "\u00bf"]).any()


def test_the_first_token_may_stand_for_the_text(tmp_path: Path) -> None:
    folder = changed(BERT, tmp_path, "config.json")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    (folder / "modules.json").unlink()
    model = read(folder).model
    assert (model.pooling, model.normalized) == ("first", False)
    lengths = np.linalg.norm(vectors(folder, TEXTS[:3]), axis=1)
    # Layer normalisation with the weights of a fresh network: variance 1 in 16 numbers.
    np.testing.assert_allclose(lengths, 4.0, rtol=1e-4)


def test_fewer_tokens_can_be_taken_but_not_more() -> None:
    pretrained = in_folder(BERT, "", "")
    assert Encoder.read(pretrained).model.limit == 12
    assert Encoder.read(pretrained, 5).model.limit == 5
    with pytest.raises(FeatureError, match="max_length is 12 at most"):
        Encoder.read(pretrained, 13)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"model_type": "roberta"}, "its model_type is 'bert'"),
        ({"hidden_act": "relu"}, "its hidden_act is 'gelu'"),
        ({"position_embedding_type": "relative_key"}, "its position_embedding_type is 'absolute'"),
    ],
)
def test_another_model_is_refused(tmp_path: Path, changes: dict[str, str], rule: str) -> None:
    with pytest.raises(FeatureError, match=rule):
        read(changed(BERT, tmp_path, "config.json", **changes))


def test_weights_that_the_configuration_needs_are_there(tmp_path: Path) -> None:
    folder = changed(BERT, tmp_path, "config.json", num_hidden_layers=3)
    with pytest.raises(FeatureError, match="its weights are those that its configuration needs"):
        vectors(folder, ["good"])
