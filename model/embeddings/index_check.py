"""What must hold of an index before it is served."""

import dataclasses
import json
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow.compute as pc

from model.embeddings.earlier_index import compare
from model.embeddings.findings import NEAREST, Changed, Finding
from model.embeddings.quality import Quality, quality_of
from model.embeddings.recall import exact_scores, recall
from model.embeddings.served_before import Earlier
from model.embeddings.vector_table import read_vectors
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.records import VectorTable
from model.serving.vectors.settings import IndexSettings
from zeroskew.errors import StepError
from zeroskew.progress import tell


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule that an index keeps or breaks.

    Attributes:
        rule: in words.
        measured: what was found.
        kept: whether it holds.
    """

    rule: str
    measured: str
    kept: bool


@dataclasses.dataclass(frozen=True)
class IndexFindings:
    """What was found of an index.

    Attributes:
        rules: those that must hold.
        recall: share of the ten nearest that a search finds.
        queries: that measured it.
        findings: what was measured of the vectors; no run stops for it.
        compared_with: the number of the version that was served before; empty if there is none.
        changed: rows whose neighbours changed most since.
    """

    rules: Sequence[Rule]
    recall: float
    queries: int
    findings: Sequence[Finding] = ()
    compared_with: str = ""
    changed: Sequence[Changed] = ()

    @property
    def striking(self) -> list[Finding]:
        """The findings that somebody should look at."""
        return [one for one in self.findings if one.striking]

    def to_json(self) -> str:
        """Returns it as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "IndexFindings":
        """Reads what `to_json` has written."""
        values = json.loads(text)
        kinds = {"rules": Rule, "findings": Finding, "changed": Changed}
        lists = {
            name: [kind(**one) for one in values[name]]
            for name, kind in kinds.items()
            if name in values
        }
        return cls(**{**values, **lists})

    def stop(self) -> None:
        """Stops the run for a rule that is broken.

        Raises:
            StepError: one is.
        """
        broken = [one for one in self.rules if not one.kept]
        if broken:
            raise StepError(
                "an index is served that keeps these rules: "
                + "; ".join(one.rule for one in broken),
                received="; ".join(one.measured for one in broken),
                action="for recall, set index.search_width or index.probes to more, or index.kind "
                "to flat; for the rest, correct the rows, or the features that make the vectors",
            )


def check_index(
    index: VectorIndex,
    table_folder: str,
    queries: np.ndarray,
    settings: IndexSettings,
    earlier: Earlier | None = None,
) -> IndexFindings:
    """Holds an index against the vectors that it was built of.

    Args:
        index: the index.
        table_folder: of the table of vectors.
        queries: vectors of other rows, float32 of shape [queries, dimension].
        settings: what recall is to be reached.
        earlier: what was served before; None if nothing was.
    """
    table = VectorTable.read(table_folder)
    record, keys = index.record, index.keys
    quality = quality_of(table_folder)
    finite = quality.moments.rows
    different = len(pc.unique(keys.drop_null()))
    tell(0, len(queries), "queries")
    found, _ = index.search(queries, NEAREST)
    exact = exact_scores(read_vectors(table_folder), queries, NEAREST, record.metric)
    reached = recall(found, exact, record.metric)
    rules = [
        Rule(
            f"recall@{NEAREST} is {settings.recall:g} or more",
            f"recall@{NEAREST} is {reached:.4f}, by {len(queries):,} rows of the eval split",
            reached >= settings.recall,
        ),
        Rule(
            "each vector is finite",
            f"{table.rows - finite:,} of {table.rows:,} vectors are not finite",
            finite == table.rows,
        ),
        Rule(
            "the vectors differ from each other",
            f"all {finite:,} vectors are equal" if quality.all_equal else _spread(quality),
            not quality.all_equal,
        ),
        Rule(
            f"each row has a value of {table.key!r} of its own",
            f"{different:,} different values in {len(keys):,} rows",
            different == len(keys),
        ),
        Rule(
            "index and table have equally many rows",
            f"{index.rows:,} and {table.rows:,} rows",
            index.rows == len(keys) == table.rows,
        ),
        Rule(
            "index and table lie in one space of one model",
            " and ".join(_owner(one) for one in (record.table, table)),
            record.table == table,
        ),
    ]
    since, changed = _since(earlier, index, quality)
    return IndexFindings(
        rules=rules,
        recall=reached,
        queries=len(queries),
        findings=[*quality.findings, *since],
        compared_with=earlier.version if earlier else "",
        changed=changed,
    )


def _spread(quality: Quality) -> str:
    found = quality.moments
    return (
        f"their standard deviation is {found.spread:.3g}, their length {found.typical_length:.3g}"
    )


def _since(
    earlier: Earlier | None, index: VectorIndex, quality: Quality
) -> tuple[Sequence[Finding], Sequence[Changed]]:
    if earlier is None:
        return [], []
    if earlier.index is None:
        return [Finding("the index that was served before", earlier.problem, striking=True)], []
    drift = compare(index, earlier.index, quality.moments, quality.sample)
    return drift.findings, drift.changed


def _owner(table: VectorTable) -> str:
    return f"fingerprint {table.space.fingerprint} of version {table.model_version}"


def pick(batches: Iterator[np.ndarray], count: int) -> np.ndarray:
    """Returns the first so many vectors of batches, float32 of shape [count, n] at most."""
    found: list[np.ndarray] = []
    for batch in batches:
        found.append(batch[: count - sum(map(len, found))])
        if sum(map(len, found)) == count:
            break
    return np.concatenate(found)
