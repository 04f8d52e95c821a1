"""A static table made of an encoder, without data.

Each token of the vocabulary goes through the encoder alone; of the vectors the principal components
are kept, and rare tokens weigh more, by Zipf's law and smooth inverse frequency. The method is that
of model2vec (Minish Lab, 2024); the weights are those of Arora et al., "A Simple but Tough-to-Beat
Baseline for Sentence Embeddings" (2017).

Usage::

    python -m model.feature_engineering.encoders.distillation FOLDER_OR_PACKAGE TARGET [DIMENSION]
"""

import dataclasses
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import yaml
from safetensors.numpy import save

from model.feature_engineering.encoders.bert import Bert
from model.feature_engineering.encoders.encoder import Encoder
from model.feature_engineering.encoders.pretrained import (
    WEIGHTS,
    Pretrained,
    in_folder,
    in_package,
)
from model.feature_engineering.encoders.static_table import TABLE
from zeroskew.errors import FeatureError
from zeroskew.files import appearing, write_atomically

_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "vocab.txt")
_SMOOTH = 1e-4
_AT_ONCE = 4096


def distill(source: Pretrained, target: Path, dimension: int = 256) -> None:
    """Writes a folder that `PretrainedText` reads.

    Args:
        source: a BERT-like encoder.
        target: the folder.
        dimension: of the vectors; at most that of the encoder.

    Raises:
        FeatureError: the encoder is a static table itself, or has fewer dimensions.
    """
    encoder = Encoder.read(source)
    if not isinstance(encoder.model, Bert) or not 2 <= dimension <= encoder.model.dimension:
        raise FeatureError(
            "a table is distilled from a BERT-like encoder of as many dimensions or more",
            received=f"{source.folder}, with {encoder.model.dimension}, for {dimension}",
            action="choose another encoder, or fewer dimensions",
        )
    vectors = _principal(_vectors(encoder, source), dimension)
    table = vectors * _weights(len(vectors))[:, np.newaxis]
    target.mkdir(parents=True, exist_ok=True)
    for name in _TOKENIZER:
        if source.has(name):
            text = (source.folder / name).read_text(encoding="utf-8")
            write_atomically(target / name, text)
    write_atomically(target / "config.json", json.dumps({"normalize": True}) + "\n")
    write_atomically(target / "README.md", _card(source))
    # The weights come last: with them the folder is an encoder.
    with appearing(target / WEIGHTS) as stream:
        stream.write(save({TABLE: np.ascontiguousarray(table, np.float32)}))


def _card(source: Pretrained) -> str:
    licence = {"license": source.licence} if source.licence else {}
    head = yaml.safe_dump(licence, allow_unicode=True, width=math.inf) if licence else ""
    return f"---\n{head}---\nDistilled from an encoder, {source.digest}.\n"


def _vectors(encoder: Encoder, source: Pretrained) -> Any:
    """Returns the mean of what the encoder makes of each token alone, [tokens, dimension]."""
    assert isinstance(encoder.model, Bert)
    # Of a text of three tokens, many fit into memory at once.
    model = dataclasses.replace(encoder.model, normalized=False, pooling="mean", limit=3)
    short = dataclasses.replace(encoder, model=model)
    weights = {name: tf.constant(one) for name, one in model.arrays(source).items()}
    parts = []
    for start in range(0, len(encoder.vocabulary.tokens), _AT_ONCE):
        end = min(start + _AT_ONCE, len(encoder.vocabulary.tokens))
        ids = tf.range(start, end, dtype=tf.int32)
        tokens = model.complete(tf.RaggedTensor.from_tensor(ids[:, tf.newaxis]))
        parts.append(short.vectors(tokens, weights).numpy())
    return np.concatenate(parts)


def _principal(vectors: Any, dimension: int) -> Any:
    """Returns the principal components, each with the sign of its largest number."""
    centered = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centered.T @ centered)
    scores = centered @ directions[:, ::-1][:, :dimension]
    largest = scores[np.abs(scores).argmax(axis=0), np.arange(dimension)]
    return scores * np.sign(largest)


def _weights(tokens: int) -> Any:
    """Returns what each token weighs: vocabularies are in the order of frequency."""
    inverse = 1.0 / np.arange(2, tokens + 2)
    return _SMOOTH / (_SMOOTH + inverse / inverse.sum())


def main() -> None:
    """Distills what the command line says."""
    source, target, *dimension = sys.argv[1:]
    found = in_folder(Path(source), "", "") if Path(source).is_dir() else in_package(source, "", "")
    distill(found, Path(target), *map(int, dimension))


if __name__ == "__main__":
    main()
