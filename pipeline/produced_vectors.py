"""What the steps after a push have made: vectors, and the index that is served with the model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model.embeddings.components import CHECK_FILE
from model.embeddings.index_check import IndexFindings
from model.serving.vectors.records import IndexRecord, VectorTable
from zeroskew.artifacts import ABSENT

Outputs = Mapping[str, list[Any]]

_NOTHING = "nothing: no model was pushed"


def table(outputs: Outputs) -> VectorTable | None:
    """Reads from Embeddings what its vectors are; None if it has made none."""
    place = _place(outputs["vectors"])
    return VectorTable.read(place) if place else None


def index(outputs: Outputs) -> IndexRecord | None:
    """Reads from Index what the index is; None if there is none."""
    place = _place(outputs["index"])
    return IndexRecord.read(Path(place)) if place else None


def check(outputs: Outputs) -> IndexFindings | None:
    """Reads from IndexCheck what was found of the index; None if there is none."""
    place = _place(outputs["report"])
    if place is None:
        return None
    return IndexFindings.from_json(Path(place, CHECK_FILE).read_bytes())


def served(outputs: Outputs) -> str | None:
    """Reads from IndexPusher where the index is served; None if it is not."""
    (pushed,) = outputs["pushed"]
    return str(pushed.get_string_custom_property("pushed_destination")) or None


def _place(artifacts: Sequence[Any]) -> str | None:
    (artifact,) = artifacts
    return None if artifact.get_int_custom_property(ABSENT) else str(artifact.uri)


def describe_table(outputs: Outputs) -> str:
    """Says in a few words what Embeddings has made."""
    found = table(outputs)
    return f"{found.rows:,} vectors of {found.space.dimension} numbers" if found else _NOTHING


def describe_index(outputs: Outputs) -> str:
    """Says in a few words what Index has made."""
    found = index(outputs)
    if found is None:
        return _NOTHING
    said = ", ".join(f"{name} {value}" for name, value in found.parameters.items())
    return f"{found.kind}, {found.metric}{', ' if said else ''}{said}"


def describe_check(outputs: Outputs) -> str:
    """Says in a few words what IndexCheck has found."""
    found = check(outputs)
    if found is None:
        return _NOTHING
    striking = f"; {len(found.striking)} to look at" if found.striking else ""
    return f"recall@10 {found.recall:.4f} by {found.queries:,} queries{striking}"


def describe_served(outputs: Outputs) -> str:
    """Says in a few words where IndexPusher has put the index."""
    return served(outputs) or _NOTHING
