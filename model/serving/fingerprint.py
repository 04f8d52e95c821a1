"""What a model's feature engineering is, as one number: whatever is made with a model bears it.

It covers the feature list, the transform graph, the vocabularies and the columns, and no weights.
The same data and code give the same fingerprint, wherever and whenever they run.

A SavedModel bears it as its `meta_graph_version`; `assets.extra/fingerprint.json` says of what it
is made, so that two models can be told apart part by part.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.graph_digest import digest_function
from model.feature_engineering.vocabularies import WEIGHTS_FILE
from model.feature_engineering.vocabulary_file import FILE
from model.serving.blessed import SAVED_MODEL
from model.serving.raw_columns import columns_in, no_model
from zeroskew.errors import DataError
from zeroskew.files import list_folder, open_to_read, open_to_write
from zeroskew.lazy import lazy_import

fingerprinting_utils = lazy_import("tensorflow.python.saved_model.fingerprinting_utils")
saved_model_pb2 = lazy_import("tensorflow.core.protobuf.saved_model_pb2")

FINGERPRINT = "assets.extra/fingerprint.json"
VERSION_COLUMN, FINGERPRINT_COLUMN = "model_version", "model_fingerprint"
"""Columns by which what a model has answered says which model that was."""
_TRANSFORM = "transform_fn"
_DIGITS = 16


@dataclasses.dataclass(frozen=True)
class Fingerprint:
    """Digests of what a model's feature engineering consists of.

    Attributes:
        features: of the feature list.
        transform_graph: of the operations that Transform wrote, and the numbers in them.
        vocabularies: of the texts it learned.
        schema: of the columns that features and label read: their names, types and shapes.
    """

    features: str
    transform_graph: str
    vocabularies: str
    schema: str

    @property
    def whole(self) -> str:
        """The fingerprint: 16 hexadecimal digits."""
        return _digest([json.dumps(dataclasses.asdict(self), sort_keys=True).encode()])

    def differences(self, other: "Fingerprint") -> list[str]:
        """Returns the names of the parts that are not those of another, in words."""
        mine, others = dataclasses.asdict(self), dataclasses.asdict(other)
        return [name.replace("_", " ") for name in mine if mine[name] != others[name]]


def fingerprint_of(features: FeatureSet, schema: Any, transform_graph: str) -> Fingerprint:
    """Computes the fingerprint of a feature list and what Transform learned for it.

    Args:
        features: the list.
        schema: a `schema_pb2.Schema`.
        transform_graph: the folder of the artifact.
    """
    folder = f"{transform_graph}/{_TRANSFORM}"
    columns = sorted(
        columns_in(schema, features.columns_needed).feature, key=lambda column: column.name
    )
    listed = json.dumps(features.identity(), sort_keys=True, ensure_ascii=False, default=str)
    return Fingerprint(
        features=_digest([listed.encode()]),
        transform_graph=digest_function(_read(folder), _TRANSFORM),
        vocabularies=_digest(_contents(f"{folder}/assets", (FILE, WEIGHTS_FILE))),
        schema=_digest(column.SerializeToString(deterministic=True) for column in columns),
    )


def stamp(folder: str, fingerprint: Fingerprint) -> None:
    """Writes a fingerprint into a SavedModel, and its parts beside it."""
    saved = _read(folder)
    saved.meta_graphs[0].meta_info_def.meta_graph_version = fingerprint.whole
    with open_to_write(f"{folder}/{SAVED_MODEL}") as stream:
        stream.write(saved.SerializeToString(deterministic=True))
    # TensorFlow's own, of the file; it says nothing of what Transform learned.
    fingerprinting_utils.write_fingerprint(folder)
    content = {"fingerprint": fingerprint.whole, **dataclasses.asdict(fingerprint)}
    with open_to_write(f"{folder}/{FINGERPRINT}") as stream:
        stream.write(json.dumps(content, indent=2).encode() + b"\n")


def read_fingerprint(folder: Path) -> str:
    """Returns the fingerprint that a SavedModel bears; an empty text if it bears none.

    Raises:
        DataError: there is no SavedModel in the folder.
    """
    try:
        saved = _read(str(folder))
    except (OSError, ValueError) as error:
        raise no_model(folder) from error
    return str(saved.meta_graphs[0].meta_info_def.meta_graph_version)


def read_parts(folder: Path) -> Fingerprint:
    """Returns what the fingerprint of a model is made of.

    Raises:
        DataError: the model bears none, or another than the file beside it.
    """
    file = folder / FINGERPRINT
    content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    said = content.pop("fingerprint", "none")
    require_same(read_fingerprint(folder) or "none", said, "a model", "the file beside it")
    if not content:
        raise DataError(
            "a model bears a fingerprint of its feature engineering",
            received=f"{folder}, which has none",
            action="run the pipeline again: its Trainer stamps what it exports",
        )
    return Fingerprint(**content)


def said_fingerprint(folder: Path) -> str:
    """Returns what the file beside a model says, without TensorFlow; an empty text without one."""
    file = folder / FINGERPRINT
    known = file.exists()
    return str(json.loads(file.read_text(encoding="utf-8"))["fingerprint"]) if known else ""


def bear(artifact: Any, folder: str) -> None:
    """Lets an artifact that is derived from a model bear its fingerprint, in ML Metadata."""
    artifact.set_string_custom_property("fingerprint", said_fingerprint(Path(folder)))


def require_same(fingerprint: str, other: str, owner: str, others: str) -> None:
    """Refuses what is bound to another model.

    Args:
        fingerprint: of one thing.
        other: of what it is to be used with.
        owner: what the first one is, in words.
        others: what the other one is.

    Raises:
        DataError: they differ.
    """
    if fingerprint != other:
        raise DataError(
            f"{owner} and {others} must have the same fingerprint",
            allowed=f"{fingerprint}, which {owner} has",
            received=f"{other}, which {others} has",
            action="make both with one run of the pipeline",
        )


def _read(folder: str) -> Any:
    with open_to_read(f"{folder}/{SAVED_MODEL}") as stream:
        content = stream.read()
    try:
        saved = saved_model_pb2.SavedModel.FromString(content)
    except Exception as error:  # protobuf's DecodeError is of another module in each release
        raise ValueError(f"{folder} has no SavedModel") from error
    if len(saved.meta_graphs) != 1:
        raise ValueError(f"{folder} has {len(saved.meta_graphs)} graphs")
    return saved


def _contents(folder: str, names: Iterable[str]) -> list[bytes]:
    there = set(list_folder(folder))
    contents = []
    for name in names:
        if f"{folder}/{name}" in there:
            with open_to_read(f"{folder}/{name}") as stream:
                contents.append(stream.read())
    return contents


def _digest(contents: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for content in contents:
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:_DIGITS]
