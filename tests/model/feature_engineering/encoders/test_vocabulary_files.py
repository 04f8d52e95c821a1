"""A tokenizer is read if it is BERT's, and refused otherwise."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from tiny_encoders import BERT, STATIC, changed, read

from model.feature_engineering.encoders.pretrained import in_folder
from zeroskew.errors import FeatureError

TOKENIZER = json.loads((STATIC / "tokenizer.json").read_text(encoding="utf-8"))

NEW = {"content": "[NEW]", "id": 205}


def test_both_files_say_the_same() -> None:
    one, other = read(BERT).vocabulary, read(STATIC).vocabulary
    assert list(one.tokens) == list(other.tokens)
    assert (one.special, other.special) == (("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), ())
    assert one.lower
    assert other.lower


def test_a_cased_one_is_taken(tmp_path: Path) -> None:
    normalizer = {**TOKENIZER["normalizer"], "lowercase": False}
    assert not read(
        changed(STATIC, tmp_path / "1", "tokenizer.json", normalizer=normalizer)
    ).vocabulary.lower
    folder = changed(BERT, tmp_path / "2", "tokenizer_config.json", do_lower_case=False)
    assert not read(folder).vocabulary.lower


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"model": {"type": "BPE"}}, "model.type: Input should be 'WordPiece', not 'BPE'"),
        ({"normalizer": {"type": "NFC"}}, "type: Input should be 'BertNormalizer', not 'NFC'"),
        ({"pre_tokenizer": None}, "pre_tokenizer: .*, not None"),
        (
            {"normalizer": {**TOKENIZER["normalizer"], "strip_accents": False}},
            "its tokenizer is BERT's, cased or uncased",
        ),
        (
            {"added_tokens": [{"content": "[NEW]", "id": 999}]},
            "its tokens have the ids 0, 1, 2 and so on",
        ),
        *(
            ({"added_tokens": [{**NEW, flag: True}]}, r"single_word, .*\n.*\['\[NEW\]'\]")
            for flag in ("single_word", "lstrip", "rstrip", "normalized")
        ),
        *(
            ({"added_tokens": [NEW, {"content": other, "id": 206}]}, "tokens do not overlap")
            for other in ("NEW", "[NEW]S", "]x", "x[")
        ),
    ],
)
def test_another_tokenizer_is_refused(tmp_path: Path, changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(FeatureError, match=rule):
        read(changed(STATIC, tmp_path, "tokenizer.json", **changes))


def test_added_tokens_that_are_found_as_they_are_written_are_taken(tmp_path: Path) -> None:
    added = [{"content": "[SEP]", "id": 3, "special": True}, {"content": "[MASK]", "id": 4}]
    found = read(changed(STATIC, tmp_path, "tokenizer.json", added_tokens=added)).vocabulary
    assert (found.special, len(found.tokens)) == (("[SEP]", "[MASK]"), 205)


def test_that_there_are_none_need_not_be_said(tmp_path: Path) -> None:
    folder = changed(STATIC, tmp_path, "tokenizer.json")
    content = {name: one for name, one in TOKENIZER.items() if name != "added_tokens"}
    (folder / "tokenizer.json").write_text(json.dumps(content))
    assert read(folder).vocabulary.special == ()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"strip_accents": False}, "its tokenizer is BERT's, cased or uncased"),
        ({"do_lower_case": False, "strip_accents": True}, "lowercase False, strip_accents True"),
        ({"tokenize_chinese_chars": False}, "tokenize_chinese_chars: Input should be True"),
        ({"do_basic_tokenize": False}, "do_basic_tokenize: Input should be True"),
        ({"tokenizer_class": "RobertaTokenizer"}, "tokenizer_class: .*, not 'RobertaTokenizer'"),
        ({"unk_token": "<unk>"}, "unk_token"),
        ({"unk_token": {"content": "<unk>"}}, "the tokens that are no words are .*\n.*<unk>"),
        ({"added_tokens_decoder": {"9": NEW}}, r"the tokens that are no words are .*\n.*\[NEW\]"),
        (
            {"added_tokens_decoder": {"4": {"content": "[MASK]", "lstrip": True}}},
            r"its added tokens have none of .*\n.*\[MASK\]",
        ),
    ],
)
def test_beside_lines_the_options_must_be_berts(
    tmp_path: Path, changes: dict[str, Any], rule: str
) -> None:
    with pytest.raises(FeatureError, match=rule):
        read(changed(BERT, tmp_path, "tokenizer_config.json", **changes))


def test_without_one_there_is_no_encoder(tmp_path: Path) -> None:
    folder = changed(BERT, tmp_path, "config.json")
    (folder / "vocab.txt").unlink()
    with pytest.raises(FeatureError, match=r"it has tokenizer.json or vocab.txt"):
        read(folder)


def test_a_table_maps_tokens_to_rows_that_it_has(tmp_path: Path) -> None:
    folder = changed(STATIC, tmp_path, "config.json")
    places = {"embeddings": np.ones((9, 2), np.float32), "mapping": np.arange(205)}
    save_file(places, folder / "model.safetensors")
    pretrained = in_folder(folder, "", "")
    with pytest.raises(FeatureError, match=r"mapping is of its 9 rows\n.*0 to 204"):
        read(folder).model.arrays(pretrained)


def test_a_table_has_a_vector_for_each_token(tmp_path: Path) -> None:
    folder = changed(STATIC, tmp_path / "static", "config.json")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("[UNK]\na\n")
    with pytest.raises(FeatureError, match="it has a vector for each of 2 tokens"):
        read(folder)
