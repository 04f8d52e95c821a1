"""Vectors: what was made with the pushed model, and how well it is searched."""

import dataclasses
from collections.abc import Sequence

from model.embeddings.findings import Changed, Finding
from model.embeddings.index_check import Rule
from pipeline.report.runs import Run
from pipeline.report.text import plain
from zeroskew.lazy import lazy_import

produced_vectors = lazy_import("pipeline.produced_vectors")


_LONGEST_KEY = 40


@dataclasses.dataclass(frozen=True)
class Vectors:
    """What is shown of the vectors of a run.

    Attributes:
        rows: how many there are.
        dimension: numbers in each.
        of: what they are made of, in words.
        fingerprint: of their space.
        key: column that names their rows.
        index: what is searched, in words; empty if none was built.
        rules: what must hold of the index.
        served: the version that is served; empty if none is.
        findings: what was measured of the vectors.
        compared_with: the version that was served before; empty if none was.
        changed: the rows whose neighbours changed most since.
    """

    rows: int
    dimension: int
    of: str
    fingerprint: str
    key: str
    index: str
    rules: Sequence[Rule]
    served: str
    findings: Sequence[Finding] = ()
    compared_with: str = ""
    changed: Sequence[Changed] = ()


def vectors(run: Run) -> Vectors | None:
    """Reads what was made with the pushed model; None if nothing was."""
    made = run.outputs("Embeddings")
    table = produced_vectors.table(made) if made else None
    if table is None:
        return None
    built, checked, pushed = map(run.outputs, ("Index", "IndexCheck", "IndexPusher"))
    found = produced_vectors.check(checked) if checked else None
    place = produced_vectors.served(pushed) if pushed else None
    return Vectors(
        rows=table.rows,
        dimension=table.space.dimension,
        of=plain(", ".join(table.space.of)) or "the last hidden layer",
        fingerprint=table.space.fingerprint,
        key=plain(table.key),
        index=produced_vectors.describe_index(built) if built else "",
        rules=found.rules if found else [],
        served=(place or "").rpartition("/")[2],
        findings=list(map(_plain_finding, found.findings)) if found else [],
        compared_with=found.compared_with if found else "",
        changed=list(map(_plain_change, found.changed)) if found else [],
    )


def _plain_finding(found: Finding) -> Finding:
    return dataclasses.replace(
        found, measured=plain(found.measured, 400), rows=list(map(plain, found.rows))
    )


def _plain_change(found: Changed) -> Changed:
    return Changed(
        plain(found.key, _LONGEST_KEY),
        found.shared,
        [plain(key, _LONGEST_KEY) for key in found.before],
        [plain(key, _LONGEST_KEY) for key in found.now],
    )
