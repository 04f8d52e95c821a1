"""The vocabulary of an encoder, read from the files of its tokenizer."""

from collections.abc import Mapping
from typing import Any

from model.feature_engineering.encoders.pretrained import Pretrained
from model.feature_engineering.encoders.word_piece import Vocabulary

_BASIC = {"clean_text": True, "handle_chinese_chars": True}


def read_vocabulary(pretrained: Pretrained) -> Vocabulary:
    """Reads `tokenizer.json`, or `vocab.txt` where there is none.

    Raises:
        FeatureError: there is neither, or the tokenizer is not BERT's.
    """
    if pretrained.has("tokenizer.json"):
        return _of_json(pretrained, pretrained.config("tokenizer.json"))
    if pretrained.has("vocab.txt"):
        text = (pretrained.folder / "vocab.txt").read_text(encoding="utf-8")
        tokens = text.removesuffix("\n").split("\n")
        lower = pretrained.config("tokenizer_config.json").get("do_lower_case", True)
        usual = Vocabulary(tokens, bool(lower))
        known = set(tokens)
        special = tuple(token for token in usual.special if token in known)
        found = Vocabulary(tokens, bool(lower), special)
        return _checked(pretrained, found)
    raise pretrained.refused("it has tokenizer.json or vocab.txt", "neither")


def _of_json(pretrained: Pretrained, content: Mapping[str, Any]) -> Vocabulary:
    model, normalizer = content.get("model") or {}, content.get("normalizer") or {}
    cutter = (content.get("pre_tokenizer") or {}).get("type")
    # Old files do not name the type of their model.
    parts = (model.get("type", "WordPiece"), normalizer.get("type"), cutter)
    if parts != ("WordPiece", "BertNormalizer", "BertPreTokenizer"):
        raise pretrained.refused("its tokenizer is BERT's", " and ".join(map(str, parts)))
    lower = bool(normalizer.get("lowercase"))
    strip = normalizer.get("strip_accents")
    options = {name: normalizer.get(name) for name in _BASIC}
    if options != _BASIC or strip not in (None, lower):
        raise pretrained.refused(
            "its tokenizer is BERT's, cased or uncased",
            f"lowercase {lower}, strip_accents {strip}, {options}",
        )
    ids = {**model["vocab"], **{one["content"]: one["id"] for one in content["added_tokens"]}}
    if sorted(ids.values()) != list(range(len(ids))):
        raise pretrained.refused("its tokens have the ids 0, 1, 2 and so on", "other ids")
    found = Vocabulary(
        tokens=sorted(ids, key=ids.__getitem__),
        lower=lower,
        special=tuple(one["content"] for one in content["added_tokens"]),
        unknown=model["unk_token"],
        prefix=model["continuing_subword_prefix"],
        longest_word=model["max_input_chars_per_word"],
    )
    return _checked(pretrained, found)


def _checked(pretrained: Pretrained, found: Vocabulary) -> Vocabulary:
    if found.unknown not in found.tokens:
        raise pretrained.refused("it has a token for unknown words", f"no {found.unknown!r}")
    return found
