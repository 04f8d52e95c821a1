"""The steps from a pushed model to an index that is served with it, as TFX components.

Nothing is made for a model that was not pushed: the artifacts then say that they are absent.
"""

import contextlib
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import Examples, PushedModel, Schema

from model.artifacts import IndexReport, PushedIndex, Vectors
from model.artifacts import VectorIndex as VectorIndexArtifact
from model.embeddings.embed_examples import embed_examples, vectors_of_examples
from model.embeddings.embedder import Embedder
from model.embeddings.index_building import write_index
from model.embeddings.index_check import check_index, pick
from model.embeddings.parts import Parts
from model.embeddings.projector import write_projector
from model.embeddings.served_before import served_before
from model.embeddings.vector_table import write_vectors
from model.feature_engineering.columns import Column, columns_of
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.records import INDEX_RECORD, VectorTable
from model.serving.vectors.settings import EmbeddingsSettings, IndexSettings
from zeroskew.artifacts import ABSENT
from zeroskew.errors import SettingsError, did_you_mean
from zeroskew.examples import files_of_split
from zeroskew.files import write_atomically
from zeroskew.schema import read_schema, schema_file
from zeroskew.versions import add_version, version_at_hand

CHECK_FILE = "index_check.json"
PROJECTOR = "projector"
_UNFINISHED = ".unfinished"


@component
def Embeddings(
    examples: InputArtifact[Examples],
    model: InputArtifact[PushedModel],
    schema: InputArtifact[Schema],
    vectors: OutputArtifact[Vectors],
    settings: Parameter[str],
    fingerprint: Parameter[str],
) -> None:
    """Makes vectors of all examples, whatever their split."""
    if not _is_pushed(model):
        _leave_out(vectors)
        return
    chosen = EmbeddingsSettings.model_validate_json(settings)
    columns = columns_of(read_schema(schema_file(schema)))
    keys = [_column(name, columns) for name in dict.fromkeys([chosen.key, *chosen.columns])]
    files = [
        file
        for split in artifact_utils.decode_split_names(examples.split_names)
        for file in files_of_split(examples, split)
    ]
    with _served(model) as folder:
        embedder = Embedder(folder, [key.name for key in keys])
        made_of = "\n".join([embedder.space.fingerprint, folder.name, settings, *files])
        unfinished = Path(vectors.uri).parent / _UNFINISHED
        parts = Parts(unfinished, hashlib.sha256(made_of.encode()).hexdigest())
        embed_examples(files, embedder, keys, parts)
        table = VectorTable(
            space=embedder.space,
            rows=parts.rows,
            key=chosen.key,
            columns=[key.name for key in keys[1:]],
            model_version=embedder.version,
            span=int(examples.get_custom_property("span") or 0),
        )
    write_vectors(vectors.uri, table, parts.read(), numpy=chosen.numpy)
    write_projector(vectors.uri, table, chosen.projector_rows, f"{vectors.uri}/{PROJECTOR}")
    parts.remove()
    _bear(vectors, table)


@component
def Index(
    vectors: InputArtifact[Vectors],
    index: OutputArtifact[VectorIndexArtifact],
    settings: Parameter[str],
    fingerprint: Parameter[str],
) -> None:
    """Builds the index of a table of vectors."""
    if _is_absent(vectors):
        _leave_out(index)
        return
    chosen = IndexSettings.model_validate_json(settings)
    record = write_index(vectors.uri, index.uri, chosen)
    _bear(index, record.table)


@component
def IndexCheck(
    vectors: InputArtifact[Vectors],
    index: InputArtifact[VectorIndexArtifact],
    examples: InputArtifact[Examples],
    model: InputArtifact[PushedModel],
    report: OutputArtifact[IndexReport],
    settings: Parameter[str],
    place: Parameter[str],
    fingerprint: Parameter[str],
) -> None:
    """Holds the index against the vectors and what was served before; stops the run if it is unfit.

    `place` is where indexes are served from.
    """
    if _is_absent(index):
        _leave_out(report)
        return
    chosen = IndexSettings.model_validate_json(settings)
    queries = _queries(examples, model, chosen.queries)
    with served_before(place) as earlier:
        found = check_index(VectorIndex(Path(index.uri)), vectors.uri, queries, chosen, earlier)
    write_atomically(Path(report.uri, CHECK_FILE), found.to_json())
    found.stop()
    _bear(report, VectorTable.read(vectors.uri))


@component
def IndexPusher(
    index: InputArtifact[VectorIndexArtifact],
    report: InputArtifact[IndexReport],
    pushed: OutputArtifact[PushedIndex],
    place: Parameter[str],
) -> None:
    """Adds an index that has passed to those that are served: whole, or not at all."""
    if _is_absent(report):
        _leave_out(pushed)
        return
    check = Path(report.uri, CHECK_FILE).read_bytes()
    version = add_version(Path(index.uri), place, INDEX_RECORD, {CHECK_FILE: check})
    pushed.set_string_custom_property("pushed_destination", version)
    pushed.set_string_custom_property("pushed_version", version.rpartition("/")[2])


def _queries(examples: Any, model: Any, count: int) -> np.ndarray:
    """Returns the vectors of rows that did not teach the model."""
    with _served(model) as folder:
        files = files_of_split(examples, "eval")
        return pick(vectors_of_examples(files, Embedder(folder)), count)


def _served(model: Any) -> contextlib.AbstractContextManager[Path]:
    """Brings a pushed model to this machine."""
    return version_at_hand(str(model.get_string_custom_property("pushed_destination")))


def _column(name: str, columns: dict[str, Column]) -> Column:
    if name not in columns:
        raise SettingsError(
            "key and columns of `embeddings` are columns of the schema",
            allowed=", ".join(columns),
            received=repr(name),
            action=did_you_mean(name, columns),
        )
    return columns[name]


def _is_pushed(model: Any) -> bool:
    return bool(model.get_int_custom_property("pushed") == 1)


def _is_absent(artifact: Any) -> bool:
    return bool(artifact.get_int_custom_property(ABSENT))


def _leave_out(artifact: Any) -> None:
    artifact.set_int_custom_property(ABSENT, 1)


def _bear(artifact: Any, table: VectorTable) -> None:
    artifact.set_string_custom_property("fingerprint", table.space.fingerprint)
    artifact.set_int_custom_property("rows", table.rows)
