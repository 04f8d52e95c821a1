"""In which space a model's vectors lie: only those of one space can be compared.

The fingerprint of the space covers the model's feature engineering, the declaration of the
embedding, and the weights that make the vectors. So where nothing is learned from the rows, as with
a pretrained encoder alone, a new model's vectors still fit those of the model before.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import FeatureSet
from zeroskew.errors import DataError
from zeroskew.files import open_to_write

EMBED = "embed"
"""The signature."""
EMBEDDING = "embedding"
"""What it returns."""
SPACE_FILE = "assets.extra/embedding.json"
_DIGITS = 16


@dataclasses.dataclass(frozen=True)
class VectorSpace:
    """What a model says of its vectors.

    Attributes:
        fingerprint: of the space, 16 hexadecimal digits.
        model_fingerprint: of the model's feature engineering.
        dimension: numbers in a vector.
        normalized: whether each has length 1.
        of: the features that the vectors are made of; none for the last hidden layer.
        columns: the types of the raw columns that they are computed from, by name.
        providers: who made the vectors that come from outside: provider, model and version.
    """

    fingerprint: str
    model_fingerprint: str
    dimension: int
    normalized: bool
    of: Sequence[str]
    columns: Mapping[str, str]
    providers: Sequence[Mapping[str, str]] = dataclasses.field(default_factory=list)

    @property
    def text_column(self) -> str | None:
        """The only column that is read, if it holds text."""
        texts = [name for name, kind in self.columns.items() if kind == "BYTES"]
        return texts[0] if len(self.columns) == len(texts) == 1 else None

    def to_json(self) -> str:
        """Returns it as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "VectorSpace":
        """Reads what `to_json` has written."""
        return cls(**json.loads(text))


def space_of(
    features: FeatureSet, columns: Mapping[str, Column], embedder: Any, model_fingerprint: str
) -> VectorSpace:
    """Returns the space of a trained model's vectors.

    Args:
        features: the list, which declares an embedding.
        columns: the schema's columns by name.
        embedder: the Keras model that makes the vectors.
        model_fingerprint: of its feature engineering.
    """
    declared = features.embedding
    assert declared is not None
    digest = hashlib.sha256(json.dumps([model_fingerprint, declared.to_dict()]).encode())
    for variable in embedder.variables:
        values = np.ascontiguousarray(variable.numpy())
        digest.update(f"{values.dtype} {values.shape}".encode() + values.tobytes())
    return VectorSpace(
        fingerprint=digest.hexdigest()[:_DIGITS],
        model_fingerprint=model_fingerprint,
        dimension=int(embedder.output.shape[-1]),
        normalized=declared.normalized,
        of=list(declared.of),
        columns={name: columns[name].type for name in features.embedding_sources},
        providers=declared.providers(features.features),
    )


def write_space(folder: str, space: VectorSpace) -> None:
    """Writes the space beside a SavedModel."""
    with open_to_write(f"{folder}/{SPACE_FILE}") as stream:
        stream.write(space.to_json().encode())


def read_space(folder: Path) -> VectorSpace:
    """Reads the space of a SavedModel's vectors.

    Raises:
        DataError: the model has none.
    """
    file = folder / SPACE_FILE
    if not file.exists():
        raise DataError(
            "vectors are made by a model whose feature list declares an embedding",
            received=f"{folder}, whose list declares none",
            action='add embedding=Embedding("...") to the FeatureSet, and run the pipeline again',
        )
    return VectorSpace.from_json(file.read_bytes())


def require_space(space: VectorSpace, fingerprint: str, owner: str) -> None:
    """Refuses vectors of another space.

    Args:
        space: of the model.
        fingerprint: of what is to be compared with its vectors.
        owner: what that is, in words.

    Raises:
        DataError: it is another.
    """
    if fingerprint != space.fingerprint:
        raise DataError(
            f"{owner} and the vectors of the model lie in one space",
            allowed=f"{space.fingerprint}, the fingerprint of the model's vectors",
            received=f"{fingerprint or 'none'}, that of {owner}",
            action="embed it with this model, or take the model that it was embedded with",
        )
