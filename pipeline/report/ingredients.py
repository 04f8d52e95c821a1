"""What the model of a run was made of, so that two of them can be held against each other."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from model.serving.lineage import reads_of
from pipeline import produced
from pipeline.report.runs import Run

_NAMED = {"kind", "name", "column", "uses", "of"}


@dataclasses.dataclass(frozen=True)
class Ingredients:
    """What is known of a model.

    Attributes:
        features: by name, the line of the feature list in words; the label is one of them.
        fingerprint: of the feature engineering.
        digests: of what else the model was made of, by name.
    """

    features: Mapping[str, str]
    fingerprint: str
    digests: Mapping[str, str]


def ingredients(run: Run) -> Ingredients | None:
    """Reads of what the model of a run was made; None if the run has not come to the ModelGate.

    What a lambda computes is seen in the fingerprint alone.
    """
    judged = run.outputs("ModelGate")
    if not judged:
        return None
    found = produced.lineage(judged)
    label = {**found.features["label"], "kind": f"label, {found.features['label']['kind']}"}
    return Ingredients(
        {line["name"]: in_words(line) for line in [*found.features["features"], label]},
        found.fingerprint,
        {"data": found.data or "-", "schema": found.schema, "code": found.code},
    )


def in_words(line: Mapping[str, Any]) -> str:
    """Returns a line of the feature list, or the label, in words."""
    told = [
        f"{name}={value}"
        for name, value in line.items()
        if name not in _NAMED and value not in (None, "", [], {})
    ]
    return f"{line['kind']} of {reads_of(line)}" + (f"; {', '.join(told)}" if told else "")
