"""A tokenizer is read if it is BERT's, and refused otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_encoders import BERT, STATIC, changed, read

from zeroskew.errors import FeatureError

TOKENIZER = json.loads((STATIC / "tokenizer.json").read_text(encoding="utf-8"))


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
        ({"model": {"type": "BPE"}}, "its tokenizer is BERT's\n.*BPE"),
        ({"normalizer": {"type": "NFC"}}, "its tokenizer is BERT's\n.*NFC"),
        ({"pre_tokenizer": None}, "its tokenizer is BERT's\n.*None"),
        (
            {"normalizer": {**TOKENIZER["normalizer"], "strip_accents": False}},
            "its tokenizer is BERT's, cased or uncased",
        ),
        (
            {"added_tokens": [{"content": "[NEW]", "id": 999}]},
            "its tokens have the ids 0, 1, 2 and so on",
        ),
    ],
)
def test_another_tokenizer_is_refused(tmp_path: Path, changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(FeatureError, match=rule):
        read(changed(STATIC, tmp_path, "tokenizer.json", **changes))


def test_without_one_there_is_no_encoder(tmp_path: Path) -> None:
    folder = changed(BERT, tmp_path, "config.json")
    (folder / "vocab.txt").unlink()
    with pytest.raises(FeatureError, match=r"it has tokenizer.json or vocab.txt"):
        read(folder)


def test_a_table_has_a_vector_for_each_token(tmp_path: Path) -> None:
    folder = changed(STATIC, tmp_path / "static", "config.json")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("[UNK]\na\n")
    with pytest.raises(FeatureError, match="it has a vector for each of 2 tokens"):
        read(folder)
