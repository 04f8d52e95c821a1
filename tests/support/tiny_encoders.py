"""Encoders with random weights, and what their own libraries make of some texts.

scripts/encoder_references.py wrote both, with torch, transformers and model2vec.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import tensorflow as tf

from model.feature_engineering.encoders.encoder import Encoder
from model.feature_engineering.encoders.pretrained import in_folder
from model.feature_engineering.encoders.word_piece import make_table

_TESTS = Path(__file__).parents[1] / "model"
BERT = _TESTS / "encoders" / "tiny-bert"
STATIC = _TESTS / "encoders" / "tiny-static"
REFERENCES: dict[str, Any] = json.loads(
    (_TESTS / "feature_engineering" / "encoders" / "references.json").read_text(encoding="utf-8")
)
TEXTS: list[str] = REFERENCES["texts"]


def changed(source: Path, folder: Path, name: str, **changes: Any) -> Path:
    """Copies an encoder, with other values in one of its JSON files."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    file = folder / name
    content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.write_text(json.dumps({**content, **changes}), encoding="utf-8")
    return folder


def read(folder: Path) -> Encoder:
    """Reads an encoder."""
    return Encoder.read(in_folder(folder, "", ""))


def ids_of(encoder: Encoder, texts: list[str]) -> list[list[int]]:
    """Returns the ids of the texts' tokens."""
    found: list[list[int]] = encoder.tokens(
        tf.constant(texts), make_table(encoder.vocabulary)
    ).to_list()
    return found
