"""The steps from a pushed model to an index that is served, each as a plain function."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from example_files import write_split
from tfx.types.standard_artifacts import Examples, PushedModel, Schema

from model.artifacts import IndexReport, PushedIndex, VectorIndex, Vectors
from model.embeddings import components, parts
from model.embeddings.embedder import Embedder
from model.serving.saved_model import SavedModel
from model.serving.vectors import index as indexes
from model.serving.vectors.settings import EmbeddingsSettings, IndexSettings
from zeroskew.artifacts import ABSENT
from zeroskew.errors import SettingsError, StepError

ROWS = pa.RecordBatch.from_pydict(
    {
        "id": pa.array(range(40)),
        "fare": pa.array([row / 4 if row % 7 else None for row in range(40)], pa.float32()),
        "company": pa.array(
            [[b"Blue", b"Red", "Größe".encode(), None][row % 4] for row in range(40)]
        ),
    }
)
SCHEMA = """
feature { name: "id" type: INT value_count { min: 0 max: 1 } }
feature { name: "fare" type: FLOAT value_count { min: 0 max: 1 } }
feature { name: "company" type: BYTES value_count { min: 0 max: 1 } }
"""
CODE = "abc"


class Steps:
    """The artifacts of a run; each step is called as its executor calls it."""

    def __init__(self, folder: Path, model: Path, *, pushed: bool = True) -> None:
        self.folder = folder
        for split, rows in (("train", ROWS.slice(0, 30)), ("eval", ROWS.slice(30))):
            write_split(folder / "examples", split, 0, rows.slice(0, 6))
            write_split(folder / "examples", split, 1, rows.slice(6))
        self.examples = self.artifact(Examples, "examples")
        self.examples.splits = ["train", "eval"]
        self.examples.set_int_custom_property("span", 5)
        (folder / "schema").mkdir(parents=True)
        (folder / "schema" / "schema.pbtxt").write_text(SCHEMA)
        self.schema = self.artifact(Schema, "schema")
        self.model = self.artifact(PushedModel, "pushed")
        self.model.set_int_custom_property("pushed", int(pushed))
        self.model.set_string_custom_property("pushed_destination", str(model) if pushed else "")
        self.vectors = self.artifact(Vectors, "vectors/1")
        self.index = self.artifact(VectorIndex, "index/2")
        self.report = self.artifact(IndexReport, "report/3")
        self.pushed = self.artifact(PushedIndex, "pushed_index/4")
        self.settings = IndexSettings().model_dump_json()

    def artifact(self, kind: type[Any], name: str) -> Any:
        found = kind()
        found.uri = str(self.folder / name)
        return found

    def embed(self, **settings: Any) -> None:
        chosen = EmbeddingsSettings(**{"key": "id", **settings}).model_dump_json()
        components.Embeddings_Executor._FUNCTION(
            examples=self.examples,
            model=self.model,
            schema=self.schema,
            vectors=self.vectors,
            settings=chosen,
            fingerprint=CODE,
        )

    def build(self) -> None:
        components.Index_Executor._FUNCTION(
            vectors=self.vectors, index=self.index, settings=self.settings, fingerprint=CODE
        )

    def check(self) -> None:
        components.IndexCheck_Executor._FUNCTION(
            vectors=self.vectors,
            index=self.index,
            examples=self.examples,
            model=self.model,
            report=self.report,
            settings=self.settings,
            place=str(self.folder / "served"),
            fingerprint=CODE,
        )

    def push(self) -> str:
        components.IndexPusher_Executor._FUNCTION(
            index=self.index,
            report=self.report,
            pushed=self.pushed,
            place=str(self.folder / "served"),
        )
        return self.pushed.get_string_custom_property("pushed_destination")

    def rows(self) -> list[dict[str, Any]]:
        return pq.read_table(self.folder / "vectors/1/vectors.parquet").to_pylist()


def test_each_row_of_all_splits_gets_the_vector_of_the_served_model(
    tmp_path: Path, embedding_model_dir: Path
) -> None:
    steps = Steps(tmp_path, embedding_model_dir)
    steps.embed(columns=["company"], numpy=True)
    rows = steps.rows()
    assert [row["id"] for row in rows] == list(range(40))
    assert [row["company"] for row in rows[:4]] == ["Blue", "Red", "Größe", None]
    assert {row["model_version"] for row in rows} == {7}
    fares = np.array([np.nan if row % 7 == 0 else row / 4 for row in range(40)], np.float32)
    companies = np.array([one or b"" for one in ROWS["company"].to_pylist()], object)
    asked = {"fare": fares, "company": companies}
    want = SavedModel(str(embedding_model_dir)).call("embed", asked)["embedding"]
    np.testing.assert_allclose([row["vector"] for row in rows], want, atol=1e-6)
    np.testing.assert_allclose(np.load(tmp_path / "vectors/1/vectors.npy"), want, atol=1e-6)
    assert (tmp_path / "vectors/1/projector/rows.tsv").read_text().startswith("id\tcompany\n")
    assert sorted(path.name for path in (tmp_path / "vectors").iterdir()) == ["1"]


def test_who_is_killed_goes_on_where_the_last_part_ends(
    tmp_path: Path, embedding_model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Steps(tmp_path / "whole", embedding_model_dir).embed()
    steps, asked = Steps(tmp_path / "killed", embedding_model_dir), []
    monkeypatch.setattr(parts, "_PART_ROWS", 1)
    answer = Embedder.answer

    def killed(self: Embedder, batch: pa.RecordBatch) -> Any:
        asked.append(batch.num_rows)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return answer(self, batch)

    monkeypatch.setattr(Embedder, "answer", killed)
    with pytest.raises(KeyboardInterrupt):
        steps.embed()
    assert not (tmp_path / "killed/vectors/1/vectors.parquet").exists()
    steps.embed()
    assert asked == [6, 24, 6, 6, 4]
    (whole,) = [pq.read_table(tmp_path / "whole/vectors/1/vectors.parquet")]
    assert pq.read_table(tmp_path / "killed/vectors/1/vectors.parquet").equals(whole)


def test_an_index_that_passes_is_pushed_whole_and_once(
    tmp_path: Path, embedding_model_dir: Path
) -> None:
    steps = Steps(tmp_path, embedding_model_dir)
    steps.embed()
    steps.build()
    steps.check()
    version = steps.push()
    assert steps.push() == version
    index = indexes.VectorIndex(Path(version))
    assert (index.rows, index.record.table.span, index.record.table.model_version) == (40, 5, 7)
    found = json.loads(Path(version, "index_check.json").read_text())
    assert (found["recall"], found["queries"]) == (1.0, 10)
    for artifact in (steps.vectors, steps.index, steps.report):
        fingerprint = artifact.get_string_custom_property("fingerprint")
        assert fingerprint == index.record.space.fingerprint


def test_an_index_is_held_against_the_one_that_is_served(
    tmp_path: Path, embedding_model_dir: Path
) -> None:
    steps = Steps(tmp_path, embedding_model_dir)
    steps.embed()
    steps.build()
    steps.check()
    assert json.loads((tmp_path / "report/3/index_check.json").read_text())["compared_with"] == ""
    version = steps.push()
    steps.check()
    found = json.loads((tmp_path / "report/3/index_check.json").read_text())
    assert found["compared_with"] == Path(version).name
    measured = {one["what"]: one["measured"] for one in found["findings"]}
    assert measured["rows in both, new ones, and rows that are gone"] == "40, 0 and 0"
    assert measured["rows in both whose vector is another"] == "none"


def test_a_key_that_stands_twice_stops_the_run_and_nothing_is_pushed(
    tmp_path: Path, embedding_model_dir: Path
) -> None:
    steps = Steps(tmp_path, embedding_model_dir)
    steps.embed(key="company")
    steps.build()
    with pytest.raises(StepError, match="3 different values in 40 rows"):
        steps.check()
    assert not (tmp_path / "served").exists()


def test_without_a_pushed_model_nothing_is_made(tmp_path: Path, embedding_model_dir: Path) -> None:
    steps = Steps(tmp_path, embedding_model_dir, pushed=False)
    steps.embed()
    steps.build()
    steps.check()
    assert steps.push() == ""
    for artifact in (steps.vectors, steps.index, steps.report, steps.pushed):
        assert artifact.get_int_custom_property(ABSENT) == 1
        assert not Path(artifact.uri).exists()


def test_a_key_that_is_no_column_is_refused(tmp_path: Path, embedding_model_dir: Path) -> None:
    with pytest.raises(SettingsError, match="did you mean 'company'"):
        Steps(tmp_path, embedding_model_dir).embed(key="compny")
