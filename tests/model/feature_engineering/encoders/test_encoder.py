"""Vectors are those of transformers and of model2vec."""

import json
from pathlib import Path
from typing import Any

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
    # Three texts at a time, and 40 characters.
    monkeypatch.setattr(encoders, "_CHUNK_BYTES", 40)
    monkeypatch.setattr(encoders, "_CHUNK_NUMBERS", 3 * read(folder).model.numbers)
    np.testing.assert_allclose(vectors(folder, TEXTS), whole, atol=1e-6)
    np.testing.assert_allclose(vectors(folder, TEXTS[7:8]), whole[7:8], atol=1e-6)


@pytest.mark.parametrize(("folder", "dimension"), [(BERT, 16), (STATIC, 8)])
def test_no_text_at_all_has_no_vectors(folder: Path, dimension: int) -> None:
    pretrained = in_folder(folder, "", "")
    frozen = Frozen(Encoder.read(pretrained), pretrained)
    assert frozen(tf.constant([], tf.string)).shape == (0, dimension)


def test_one_text_needs_attention_or_the_wider_layer_whatever_is_larger() -> None:
    assert read(BERT).model.numbers == 12 * max(12 * 2, 32)
    assert read(STATIC).model.numbers == read(STATIC).model.limit * 8


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
        ({"model_type": "roberta"}, "model_type: Input should be 'bert', not 'roberta'"),
        ({"hidden_act": "relu"}, "hidden_act: Input should be 'gelu', not 'relu'"),
        (
            {"position_embedding_type": "relative_key"},
            "position_embedding_type: Input should be 'absolute', not 'relative_key'",
        ),
        ({"layer_norm_eps": None}, "layer_norm_eps: Input should be a valid number, not None"),
        ({"num_attention_heads": 3}, "its 3 heads divide its dimension"),
        ({"max_position_embeddings": 2}, "a text has 3 tokens at least"),
    ],
)
def test_another_model_is_refused(tmp_path: Path, changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(FeatureError, match=rule):
        read(changed(BERT, tmp_path, "config.json", **changes))


def module(name: str, path: str) -> dict[str, str]:
    return {"type": f"sentence_transformers.models.{name}", "path": path}


BEGINNING = [module("Transformer", ""), module("Pooling", "1_Pooling")]


@pytest.mark.parametrize(
    ("modules", "received"),
    [
        ([], "none"),
        ([*BEGINNING, module("Dense", "2_Dense")], "Pooling in 1_Pooling, Dense in 2_Dense"),
        ([*BEGINNING, module("Dense", "2_Dense"), module("Normalize", "3_Normalize")], "Dense in"),
        ([BEGINNING[0], module("Normalize", "1_Normalize")], "Normalize in 1_Normalize"),
        ([module("Transformer", "0_Transformer"), BEGINNING[1]], "Transformer in 0_Transformer"),
    ],
)
def test_other_modules_than_these_are_refused(
    tmp_path: Path, modules: list[dict[str, str]], received: str
) -> None:
    folder = changed(BERT, tmp_path, "config.json")
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(FeatureError, match="modules are Transformer, Pooling, Normalize") as error:
        read(folder)
    assert received in str(error.value)


def test_without_the_last_module_vectors_keep_their_lengths(tmp_path: Path) -> None:
    folder = changed(BERT, tmp_path, "config.json")
    (folder / "modules.json").write_text(json.dumps(BEGINNING))
    assert not read(folder).model.normalized


def test_the_limit_is_that_of_sentences_then_of_the_tokenizer_then_of_the_positions(
    tmp_path: Path,
) -> None:
    folder = changed(BERT, tmp_path, "tokenizer_config.json", model_max_length=7)
    assert read(folder).model.limit == 12
    (folder / "sentence_bert_config.json").unlink()
    assert read(folder).model.limit == 7
    changed(BERT, folder, "tokenizer_config.json", model_max_length=int(1e30))
    (folder / "sentence_bert_config.json").unlink()
    assert read(folder).model.limit == 16


def test_weights_that_the_configuration_needs_are_there(tmp_path: Path) -> None:
    folder = changed(BERT, tmp_path, "config.json", num_hidden_layers=3)
    with pytest.raises(FeatureError, match="its weights are those that its configuration needs"):
        vectors(folder, ["good"])
