"""All rows of a source to a file of vectors, in one go or in several."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from every_reader import WRITERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.rows import Chunk, Rows
from data_ingestion.readers.source import Source
from data_ingestion.settings import DataSettings
from model.embeddings.embedder import Embedder
from model.serving.saved_model import SavedModel
from pipeline.answered_rows import Outcome
from pipeline.embed_rows import (
    check_columns_read,
    check_output,
    embed_to_file,
    identity_of,
    numpy_files,
    parts_folder,
)
from pipeline.rows_to_predict import RowsFile
from zeroskew.errors import DataError, SettingsError

TABLE = {
    "id": [10, 11, 12, 13, 14, 15, 16, 17],
    "count": [1, 2, 3, 4, 5, 6, 7, 8],
    "fare": [5.25, 6.75, None, 9.75, 30.0, 0.0, -1.5, 12.5],
    "company": ["Blue", "Red", "Green", None, "Zoë", "Blue", "", "Red"],
}
HEADER = "id,fare,company"


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with small_heap():
        yield


@pytest.fixture(scope="module")
def model(embedding_models: Path) -> Path:
    return embedding_models / "7"


@pytest.fixture(scope="module")
def embedder(model: Path) -> Embedder:
    return Embedder(model, ["id"])


def embed(
    data: DataSettings, embedder: Embedder, output: Path, identity: str = "same", **more: Any
) -> Outcome:
    """Embeds with the key `id`."""
    file = RowsFile(data)
    types = {**file.key_types(["id"]), **embedder.types}
    source = more.pop("source", file.source)
    return embed_to_file(source, types, embedder, output, identity, **more)


def write_csv(folder: Path, *lines: str) -> DataSettings:
    file = folder / "trips.csv"
    file.write_text("".join(f"{line}\n" for line in (HEADER, *lines)), encoding="utf-8")
    return DataSettings(path=str(file))


@pytest.mark.parametrize("name", WRITERS)
def test_each_row_of_every_reader_gets_the_vector_that_the_model_gives(
    name: str, tmp_path: Path, model: Path
) -> None:
    embedder = Embedder(model, ["id"])
    outcome = embed(WRITERS[name](tmp_path, TABLE), embedder, tmp_path / "vectors.parquet")
    asked = {
        "fare": np.array([np.nan if one is None else one for one in TABLE["fare"]], np.float32),
        "company": np.array([(one or "").encode() for one in TABLE["company"]], object),
    }
    expected = SavedModel(str(model)).call("embed", asked)["embedding"]
    found = pq.read_table(tmp_path / "vectors.parquet").to_pydict()
    np.testing.assert_allclose(found["vector"], expected, atol=1e-6)
    as_read = str if name.startswith("csv") else int
    assert found["id"] == [as_read(one) for one in TABLE["id"]]
    assert set(found["model_version"]) == {7}
    assert set(found["vector_fingerprint"]) == {embedder.space.fingerprint}
    assert (outcome.rows, outcome.rejected, outcome.taken_over) == (8, 0, 0)
    assert not parts_folder(tmp_path / "vectors.parquet").exists()


def test_numpy_gets_the_same_vectors_and_their_keys(tmp_path: Path, embedder: Embedder) -> None:
    output = tmp_path / "vectors.parquet"
    embed(write_csv(tmp_path, "007,1.5,Blue", "8,2,Red"), embedder, output, key="id")
    vectors, keys = map(np.load, numpy_files(output))
    assert (vectors.dtype, vectors.shape) == (np.float32, (2, embedder.space.dimension))
    np.testing.assert_array_equal(vectors, pq.read_table(output).to_pydict()["vector"])
    assert keys.tolist() == ["007", "8"]
    assert [one.name for one in numpy_files(output)] == ["vectors.npy", "vectors.keys.npy"]


def test_a_row_without_a_key_has_no_place_in_numpys_files(
    tmp_path: Path, embedder: Embedder
) -> None:
    output = tmp_path / "vectors.parquet"
    data = write_csv(tmp_path, "1,1.5,Blue", ",2,Red")
    with pytest.raises(DataError, match="each row has one key") as caught:
        embed(data, embedder, output, key="id")
    assert caught.value.received == "1 rows without"
    assert not output.exists()
    assert not any(file.exists() for file in numpy_files(output))
    # What is done is not lost: without these files it is written at once.
    assert embed(data, embedder, output).taken_over == 2
    assert pq.read_table(output).to_pydict()["id"] == ["1", None]


def test_rows_that_cannot_be_read_are_kept_aside(tmp_path: Path, embedder: Embedder) -> None:
    data = write_csv(tmp_path, "1,1.5,Blue", "2,May,Red", "3,2.5,Red")
    output = tmp_path / "vectors.parquet"
    with pytest.raises(DataError, match="every row must be one that the model was trained to read"):
        embed(data, embedder, output)
    assert not output.exists()
    outcome = embed(data, embedder, output, allowed_rejected=0.5)
    assert (outcome.rows, outcome.rejected, outcome.taken_over) == (2, 1, 3)
    assert pq.read_table(output).to_pydict()["id"] == ["1", "3"]
    (row,) = pq.read_table(tmp_path / "vectors.rejected.parquet").to_pylist()
    assert (row["line"], row["reason"]) == (3, "fare is 'May', not FLOAT")


def test_no_row_that_can_be_read_gives_a_file_without_rows(
    tmp_path: Path, embedder: Embedder
) -> None:
    none = WRITERS["sqlite"](tmp_path, {"id": [], "count": [], "fare": [], "company": []})
    for data in (none, write_csv(tmp_path, "1,May,Red")):
        output = tmp_path / "vectors.parquet"
        outcome = embed(data, embedder, output, data.path, key="id", allowed_rejected=1.0)
        assert outcome.rows == 0
        assert pq.read_table(output).num_rows == 0
        assert pq.read_schema(output).field("vector").type.list_size == embedder.space.dimension
        assert np.load(numpy_files(output)[0]).shape == (0, embedder.space.dimension)


def test_so_many_rows_at_most(tmp_path: Path, embedder: Embedder) -> None:
    data = write_csv(tmp_path, "1,1.5,Blue", "2,May,Red", "3,2.5,Red", "4,2.5,Red")
    output = tmp_path / "vectors.parquet"
    outcome = embed(data, embedder, output, limit=3, allowed_rejected=0.5)
    assert (outcome.rows, outcome.rejected) == (2, 1)
    assert pq.read_table(output).to_pydict()["id"] == ["1", "3"]


def test_a_file_without_a_column_that_is_read_is_refused(
    tmp_path: Path, embedder: Embedder
) -> None:
    (tmp_path / "trips.csv").write_text("id,fair,company\n1,2,Red\n")
    source = RowsFile(DataSettings(path=str(tmp_path / "trips.csv"))).source
    with pytest.raises(DataError) as caught:
        check_columns_read(source, embedder)
    assert str(caught.value) == (
        "every data file must have the column 'fare'\n"
        "  allowed:  company, fare\n"
        f"  received: {tmp_path / 'trips.csv'} with the columns id, fair, company\n"
        "  do:       did you mean 'fair'?"
    )


def test_vectors_are_written_as_parquet() -> None:
    check_output(Path("a/VECTORS.PARQUET"))
    with pytest.raises(SettingsError, match="vectors are written to a file of Parquet"):
        check_output(Path("vectors.csv"))


def test_only_vectors_of_the_same_are_gone_on_with(
    tmp_path: Path, embedding_models: Path, embedder: Embedder
) -> None:
    data = write_csv(tmp_path, "1,1.5,Blue")
    first = identity_of(embedder, RowsFile(data).source, {"limit": None})
    assert identity_of(embedder, RowsFile(data).source, {"limit": None}) == first
    other = Embedder(embedding_models / "8", ["id"])
    assert identity_of(other, RowsFile(data).source, {"limit": None}) != first
    assert identity_of(embedder, RowsFile(data).source, {"limit": 1}) != first
    write_csv(tmp_path, "1,1.5,Blue", "2,1.5,Blue")
    assert identity_of(embedder, RowsFile(data).source, {"limit": None}) != first
    database = WRITERS["sqlite"](tmp_path, TABLE)
    one, two = (identity_of(embedder, RowsFile(database).source, {}) for _ in range(2))
    assert one != two


class StoppedError(Exception):
    """What ends a command early."""


@dataclasses.dataclass
class UpTo:
    """A source that is read up to a row, and no further."""

    source: Source
    rows: int

    @property
    def readers(self) -> Mapping[str, Any]:
        return {"all": self}

    def chunks(self) -> list[Any]:
        return [
            UpToChunk(chunk, self._read)
            for one in self.source.readers.values()
            for chunk in one.chunks()
        ]

    def _read(self, pieces: Iterator[Rows]) -> Iterator[Rows]:
        for piece in pieces:
            lines = sorted([*piece.lines.tolist(), *(row.line for row in piece.rejected)])
            some, self.rows = lines[: self.rows], max(0, self.rows - len(lines))
            kept = int(np.isin(piece.lines, some).sum())
            rejected = [row for row in piece.rejected if row.line in some]
            yield dataclasses.replace(piece, batch=piece.batch.slice(0, kept), rejected=rejected)
            if not self.rows:
                raise StoppedError


@dataclasses.dataclass
class UpToChunk:
    chunk: Chunk
    cut: Callable[[Iterator[Rows]], Iterator[Rows]]

    @property
    def source(self) -> str:
        return self.chunk.source

    def read(self, types: Mapping[str, str]) -> Iterator[Rows]:
        return self.cut(self.chunk.read(types))

    def count(self) -> int | None:
        return None


texts = st.sampled_from(["Blue", "Red", "Zoë", ""])
fares = st.sampled_from(["", "1.5", "-2", "30", "May"])


@settings(max_examples=25, deadline=None, database=None, suppress_health_check=[*HealthCheck])
@given(
    files=st.lists(
        st.lists(st.tuples(fares, texts), min_size=1, max_size=6), min_size=1, max_size=3
    ),
    stops=st.lists(st.integers(1, 18), min_size=1, max_size=2),
)
def test_whatever_was_stopped_wherever_becomes_what_was_never_stopped(
    tmp_path_factory: pytest.TempPathFactory,
    embedder: Embedder,
    files: list[list[tuple[str, str]]],
    stops: list[int],
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    (folder / "data").mkdir()
    for number, rows in enumerate(files):
        lines = [f"{number}-{place},{fare},{text}" for place, (fare, text) in enumerate(rows)]
        (folder / "data" / f"{number}.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    data = DataSettings(path=str(folder / "data"))
    total = sum(map(len, files))
    whole, parts = folder / "whole.parquet", folder / "parts.parquet"
    expected = embed(data, embedder, whole, allowed_rejected=1.0)
    for stop in stops:
        with pytest.raises(StoppedError):
            embed(data, embedder, parts, source=UpTo(RowsFile(data).source, min(stop, total)))
        assert not parts.exists()
    outcome = embed(data, embedder, parts, allowed_rejected=1.0)
    assert outcome.taken_over == min(max(stops), total)
    assert dataclasses.replace(outcome, seconds=0.0, taken_over=0) == dataclasses.replace(
        expected, seconds=0.0
    )
    assert parts.read_bytes() == whole.read_bytes()
    kept = [folder / f"{name}.rejected.parquet" for name in ("whole", "parts")]
    assert [file.exists() for file in kept] == [bool(expected.rejected)] * 2
    if expected.rejected:
        first, second = map(pq.read_table, kept)
        assert first.equals(second)
