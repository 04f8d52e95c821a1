"""Tokens are those of the package `tokenizers`, whatever the text."""

import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiny_encoders import BERT, REFERENCES, TEXTS, ids_of, read
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

from model.feature_engineering.encoders.word_piece import Vocabulary, WordPiece, make_table

ENCODER = read(BERT)
TOKENS = ENCODER.vocabulary.tokens
LIMIT = 30
PIECES = WordPiece(ENCODER.vocabulary, make_table(ENCODER.vocabulary))
IDS = tf.function(lambda texts: PIECES.tokens(texts, LIMIT), autograph=False).get_concrete_function(
    tf.TensorSpec([None], tf.string)
)
PARTS = st.sampled_from(
    [
        "good",
        "ness",
        "food",
        "[SEP]",
        "[PAD]",
        "##ing",
        "x",
        "Q",
        "é",
        "中",
        "한",
        " ",
        "  ",
        "!",
        "a" * 99,
    ]
)


def reference() -> Tokenizer:
    words = {token: place for place, token in enumerate(TOKENS)}
    found = Tokenizer(models.WordPiece(words, unk_token="[UNK]", max_input_chars_per_word=100))
    found.normalizer = normalizers.BertNormalizer(lowercase=True)
    found.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ENCODER.vocabulary.special
    found.add_special_tokens([AddedToken(one, normalized=False, special=True) for one in special])
    return found


REFERENCE = reference()


def test_ids_are_those_that_transformers_gave() -> None:
    assert ids_of(ENCODER, TEXTS) == REFERENCES["bert"]["ids"]


@settings(max_examples=150)
@given(
    st.lists(
        st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
        | st.lists(PARTS, max_size=12).map("".join)
        | st.text("abcdefgn", max_size=110),
        min_size=1,
        max_size=8,
    )
)
@example(["a" * 100, "a" * 101, "aé" * 50, "e\u0301" * 101])
@example(["good" * 25, "good" * 26, ""])
def test_ids_are_those_of_tokenizers(texts: list[str]) -> None:
    wanted = [REFERENCE.encode(text, add_special_tokens=False).ids[:LIMIT] for text in texts]
    assert IDS(tf.constant(texts)).to_list() == wanted


def test_a_word_whose_rest_is_no_piece_is_unknown_as_a_whole() -> None:
    vocabulary = Vocabulary(["[UNK]", "un", "##aff", "##able", "##"])
    pieces = WordPiece(vocabulary, make_table(vocabulary))
    texts = tf.constant(["unaffable", "unaffably un", "able", ""])
    assert pieces.tokens(texts, 9).to_list() == [[1, 2, 3], [0, 1], [0], []]
    assert pieces.tokens(texts, 2).to_list() == [[1, 2], [0, 1], [0], []]


def test_no_text_at_all_has_no_tokens() -> None:
    assert IDS(tf.constant([], tf.string)).to_list() == []
