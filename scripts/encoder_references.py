"""Writes tiny encoders with random weights, and what their own libraries make of some texts.

The tests hold this project's encoders against that. It needs what the project does not: a Python
with torch, transformers and model2vec.

Usage: python -m scripts.encoder_references
"""

import json
import random
import string
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
import torch
from model2vec import StaticModel
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel, BertTokenizerFast

TESTS = Path(__file__).parents[1] / "tests" / "model"
BERT, STATIC = TESTS / "encoders" / "tiny-bert", TESTS / "encoders" / "tiny-static"
REFERENCES = TESTS / "feature_engineering" / "encoders" / "references.json"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["good", "food", "wine", "was", "bad", "it", "essen", "schon", "##ness", "##ing", "##ation"]
LIMIT = 12
CARD = "---\nlicense: apache-2.0\n---\nRandom weights, made by scripts/encoder_references.py.\n"
TEXTS = [
    "",
    "   \t\n",
    "Good food, GOOD wine!",
    "goodness wasfooding badation",
    "Das Essen war schön \u2603",
    "unaffable " * 20,
    "a" * 100,
    "a" * 101,
    "[SEP] good [PAD] wine [CLS]bad[MASK] [sep]",
    "[S\U000f0000EP] \U000f0001 x",
    "caf\u00e9 cafe\u0301 \u0130stanbul \u1e9e \u212a",
    "中文 und 中good",
    "한국어 텍스트",
    "\U0001f600 good\U0001f44d\U0001f3fd",
    "a\x00b\ufffdc\u200bd\u00ade",
    "don't stop!! https://x.y/z?q=1&r=#2",
    "##ing ## #",
    "\u2260 \u037e \u1fef \u2028x\u2029y\u0085z",
]


def texts() -> List[str]:
    """Returns the texts above, and as many random ones of words and of any characters."""
    rng = random.Random(5)
    points = [one for one in range(0x110000) if not 0xD800 <= one < 0xE000]
    common = "".join(WORDS).replace("#", "") + string.ascii_letters + string.punctuation + "  "
    found = list(TEXTS)
    for _ in range(16):
        found.append("".join(chr(rng.choice(points)) for _ in range(rng.randint(1, 12))))
        found.append("".join(rng.choice(common) for _ in range(rng.randint(1, 60))))
    return found


def vocabulary() -> List[str]:
    """Returns the tokens: those that are no words, characters, and a few words."""
    characters = [
        *string.ascii_lowercase,
        *string.digits,
        *string.punctuation,
        "中",
        "文",
        "\u2603",
    ]
    jamo = [chr(one) for one in (*range(0x1100, 0x1113), *range(0x1161, 0x1176))]
    single = [*characters, *jamo]
    return [*SPECIAL, *single, *(f"##{one}" for one in single if one.isalnum()), *WORDS]


def write_bert(tokens: List[str]) -> Dict[str, Any]:
    """Writes the encoder; returns ids and vectors of the texts by transformers."""
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
        initializer_range=0.5,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    BERT.mkdir(parents=True, exist_ok=True)
    weights = {name: one.numpy() for name, one in model.state_dict().items()}
    save_file(
        {k: v for k, v in weights.items() if v.dtype == np.float32}, BERT / "model.safetensors"
    )
    (BERT / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    write_json(BERT / "config.json", config.to_dict())
    write_json(BERT / "sentence_bert_config.json", {"max_seq_length": LIMIT})
    folders = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
    modules = [
        {"type": f"sentence_transformers.models.{name}", "path": path}
        for name, path in folders.items()
    ]
    write_json(BERT / "modules.json", modules)
    (BERT / "README.md").write_text(CARD, encoding="utf-8")
    tokenizer = BertTokenizerFast(str(BERT / "vocab.txt"))
    ids, vectors = [], []
    for text in texts():
        one = tokenizer(text, truncation=True, max_length=LIMIT, return_tensors="pt")
        with torch.inference_mode():
            hidden = model(**one).last_hidden_state[0]
        ids.append(one["input_ids"][0].tolist())
        vectors.append(torch.nn.functional.normalize(hidden.mean(dim=0), dim=0).tolist())
    return {"ids": ids, "vectors": rounded(vectors)}


def write_static(tokens: List[str]) -> Dict[str, Any]:
    """Writes the table; returns the vectors of the texts by model2vec."""
    table = np.random.default_rng(5).normal(size=(len(tokens), 8)).astype(np.float32)
    words = {token: place for place, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(words, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    model = StaticModel(table, tokenizer, {}, normalize=True, max_length=LIMIT)
    model.save_pretrained(STATIC)
    (STATIC / "README.md").write_text(CARD, encoding="utf-8")
    return {"vectors": rounded(model.encode(texts()).tolist())}


def rounded(vectors: List[List[float]]) -> List[List[float]]:
    """Returns numbers with seven digits."""
    return [[round(one, 7) for one in vector] for vector in vectors]


def write_json(file: Path, content: Any) -> None:
    """Writes JSON."""
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Writes encoders and references."""
    tokens = vocabulary()
    lines: Tuple[str, ...] = ("texts", "bert", "static")
    found = dict(zip(lines, (texts(), write_bert(tokens), write_static(tokens)), strict=False))
    REFERENCES.write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
