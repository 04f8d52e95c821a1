"""What tables of vectors, and indexes over them, say of themselves."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from model.serving.vectors.space import VectorSpace
from zeroskew.errors import DataError

VECTORS_FILE, TABLE_RECORD = "vectors.parquet", "space.json"
INDEX_FILE, ENTITIES_FILE, INDEX_RECORD = "index.faiss", "entities.parquet", "index.json"


@dataclasses.dataclass(frozen=True)
class VectorTable:
    """What a table of vectors says of itself.

    Attributes:
        space: in which the vectors lie.
        rows: how many there are.
        key: column that names a row.
        columns: the other columns that the rows brought along.
        model_version: by which the model is served; None if it is not.
        span: of the rows.
    """

    space: VectorSpace
    rows: int
    key: str
    columns: Sequence[str]
    model_version: int | None
    span: int

    def to_json(self) -> str:
        """Returns it as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, folder: str) -> "VectorTable":
        """Reads what stands beside the vectors in a folder."""
        values = json.loads(Path(folder, TABLE_RECORD).read_text(encoding="utf-8"))
        return cls(**{**values, "space": VectorSpace(**values["space"])})


@dataclasses.dataclass(frozen=True)
class IndexRecord:
    """What an index says of itself.

    Attributes:
        table: the vectors that it holds.
        metric: ``"cosine"`` or ``"euclidean"``.
        kind: ``"flat"``, ``"hnsw"`` or ``"ivf"``.
        parameters: with which it was built and is searched.
        library: what built it.
        digests: SHA-256 of its files, by name.
    """

    table: VectorTable
    metric: str
    kind: str
    parameters: Mapping[str, int]
    library: str
    digests: Mapping[str, str]

    @property
    def space(self) -> VectorSpace:
        """In which its vectors lie."""
        return self.table.space

    def to_json(self) -> str:
        """Returns it as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, folder: Path) -> "IndexRecord":
        """Reads what stands beside an index.

        Raises:
            DataError: there is none in the folder.
        """
        file = folder / INDEX_RECORD
        if not file.exists():
            raise DataError(
                "an index is a folder that the step Index has written",
                received=f"{folder}, without {INDEX_RECORD}",
                action="run the pipeline with `embeddings` in its settings",
            )
        return cls.from_json(file.read_bytes())

    @classmethod
    def from_json(cls, text: str | bytes) -> "IndexRecord":
        """Reads what `to_json` has written."""
        values = json.loads(text)
        table = values["table"]
        space = VectorSpace(**table["space"])
        return cls(**{**values, "table": VectorTable(**{**table, "space": space})})
