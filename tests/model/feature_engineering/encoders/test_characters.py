"""What becomes of each character is what the package `tokenizers` makes of it."""

import re

import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from model.feature_engineering.encoders.characters import BasicTokenizer, mark_of

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
NONCHARACTERS = (
    "[\ufdd0-\ufdef"
    + "".join(chr(p << 16 | last) for p in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
EVERY = [chr(one) for one in range(0x110000) if not 0xD800 <= one < 0xE000]


CUT = {
    lower: tf.function(BasicTokenizer(lower).words, autograph=False).get_concrete_function(
        tf.TensorSpec([None], tf.string)
    )
    for lower in (True, False)
}


def words(text: str, lower: bool) -> list[str]:
    (found,) = CUT[lower](tf.constant([text])).to_list()
    return [without_noncharacters(word.decode()) for word in found]


def reference(text: str, lower: bool) -> list[str]:
    normal = BertNormalizer(lowercase=lower).normalize_str(text)
    found = [word for word, _ in BertPreTokenizer().pre_tokenize_str(normal)]
    return [without_noncharacters(word) for word in found]


def without_noncharacters(word: str) -> str:
    """TensorFlow 2.16 writes none, 2.21 does; in no vocabulary is any of them."""
    return re.sub(NONCHARACTERS, "\ufffd", word)


@settings(max_examples=150)
@given(TEXTS, st.booleans())
@example("e\u0301\u0301 \u00e9 \u1e9e \u0130 \u212b", True)
@example("\u0340\u0341 \u2126 \uf900 \U0002f800", True)
@example("한국어 텍스트", True)
@example("\U000f0000\U000f0003 private", False)
def test_words_are_those_of_tokenizers(text: str, lower: bool) -> None:
    assert words(text, lower) == reference(text, lower)


def test_so_are_characters_of_all_kinds() -> None:
    some = [*EVERY[:0x600], *EVERY[0x600:0x3200:3], *EVERY[0x3200::97]]
    text = " ".join(f"x{one}x" for one in some)
    for lower in (True, False):
        assert words(text, lower) == reference(text, lower)


def test_special_tokens_become_marks_where_they_are_written() -> None:
    tokenizer = BasicTokenizer(True, ("[A]", "[B]"))
    texts = tf.constant(["x[A]y[b] [B]", f"{mark_of(0)}z", "[A" + mark_of(1) + "]"])
    found = [[word.decode() for word in one] for one in tokenizer.words(texts).to_list()]
    assert found == [
        ["x", mark_of(0), "y", "[", "b", "]", mark_of(1)],
        ["z"],
        ["[", "a", "]"],
    ]


def test_bytes_that_are_no_utf_8_are_dropped() -> None:
    assert BasicTokenizer(True).words(tf.constant([b"caf\xe9 ole"])).to_list() == [[b"caf", b"ole"]]
