"""The vocabulary of an encoder, read from the files of its tokenizer."""

import itertools
from collections.abc import Sequence
from typing import Any

from model.feature_engineering.encoders.pretrained import Pretrained
from model.feature_engineering.encoders.word_piece import Vocabulary
from zeroskew.lazy import lazy_import

configurations = lazy_import("model.feature_engineering.encoders.configurations")


def read_vocabulary(pretrained: Pretrained) -> Vocabulary:
    """Reads `tokenizer.json`, or `vocab.txt` where there is none.

    Raises:
        FeatureError: there is neither, or the tokenizer is not BERT's.
    """
    if pretrained.has("tokenizer.json"):
        found = _of_json(pretrained, pretrained.config("tokenizer.json", configurations.Tokenizer))
    elif pretrained.has("vocab.txt"):
        found = _of_lines(pretrained)
    else:
        raise pretrained.refused("it has tokenizer.json or vocab.txt", "neither")
    if found.unknown not in found.tokens:
        raise pretrained.refused("it has a token for unknown words", f"no {found.unknown!r}")
    return found


def _of_json(pretrained: Pretrained, content: Any) -> Vocabulary:
    model, lower = content.model, content.normalizer.lowercase
    _require_accents(pretrained, lower, content.normalizer.strip_accents)
    _require_plain(pretrained, content.added_tokens)
    ids = {**model.vocab, **{one.content: one.id for one in content.added_tokens}}
    if sorted(ids.values()) != list(range(len(ids))):
        raise pretrained.refused("its tokens have the ids 0, 1, 2 and so on", "other ids")
    return Vocabulary(
        tokens=sorted(ids, key=ids.__getitem__),
        lower=lower,
        special=tuple(one.content for one in content.added_tokens),
        unknown=model.unk_token,
        prefix=model.continuing_subword_prefix,
        longest_word=model.max_input_chars_per_word,
    )


def _of_lines(pretrained: Pretrained) -> Vocabulary:
    try:
        text = (pretrained.folder / "vocab.txt").read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise pretrained.refused("its vocab.txt is UTF-8", str(error)) from error
    tokens = text.removesuffix("\n").split("\n")
    options = pretrained.config("tokenizer_config.json", configurations.OldTokenizer)
    options = options or configurations.OldTokenizer()
    lower = options.do_lower_case
    _require_accents(pretrained, lower, options.strip_accents)
    usual = Vocabulary(tokens, lower)
    special = tuple(token for token in usual.special if token in {*tokens})
    unknown = getattr(options.unk_token, "content", options.unk_token)
    added = list(options.added_tokens_decoder.values())
    others = {unknown, *(one.content for one in added)} - {*special}
    if others:
        raise pretrained.refused(f"the tokens that are no words are {special}", f"{others} too")
    _require_plain(pretrained, added)
    return Vocabulary(tokens, lower, special)


def _require_accents(pretrained: Pretrained, lower: bool, strip: bool | None) -> None:
    if strip not in (None, lower):
        raise pretrained.refused(
            "its tokenizer is BERT's, cased or uncased", f"lowercase {lower}, strip_accents {strip}"
        )


def _require_plain(pretrained: Pretrained, added: Sequence[Any]) -> None:
    """Refuses added tokens that are found in a text otherwise than one after the other."""
    odd = [one.content for one in added if not one.is_plain]
    if odd:
        raise pretrained.refused(
            "its added tokens have none of single_word, lstrip, rstrip and normalized", repr(odd)
        )
    for one, other in itertools.permutations([one.content for one in added], 2):
        ends = any(other.startswith(one[-size:]) for size in range(1, len(one) + 1))
        if ends or one in other:
            raise pretrained.refused("its added tokens do not overlap", f"{one!r} and {other!r}")
