"""What must hold of an index before it is served."""

import dataclasses
import json
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow.compute as pc

from model.embeddings.recall import exact_scores, recall
from model.embeddings.vector_table import read_vectors
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.records import VectorTable
from model.serving.vectors.settings import IndexSettings
from zeroskew.errors import StepError
from zeroskew.progress import tell

NEAREST = 10


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
    """

    rules: Sequence[Rule]
    recall: float
    queries: int

    def to_json(self) -> str:
        """Returns it as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "IndexFindings":
        """Reads what `to_json` has written."""
        values = json.loads(text)
        return cls(**{**values, "rules": [Rule(**one) for one in values["rules"]]})

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
    index: VectorIndex, table_folder: str, queries: np.ndarray, settings: IndexSettings
) -> IndexFindings:
    """Holds an index against the vectors that it was built of.

    Args:
        index: the index.
        table_folder: of the table of vectors.
        queries: vectors of other rows, float32 of shape [queries, dimension].
        settings: what recall is to be reached.
    """
    table = VectorTable.read(table_folder)
    record, keys = index.record, index.keys.combine_chunks()
    finite = [_count_finite(batch) for batch in read_vectors(table_folder)]
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
            f"{table.rows - sum(finite):,} of {table.rows:,} vectors are not finite",
            sum(finite) == table.rows,
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
    return IndexFindings(rules, reached, len(queries))


def _count_finite(batch: np.ndarray) -> int:
    return int(np.isfinite(batch).all(axis=1).sum())


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
