"""From settings to files of examples: what becomes of each row."""

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_ingestion.examples.ingestion_report import Report, read_report
from data_ingestion.examples.intake import take_in
from data_ingestion.readers.csv import reader as csv_reader
from data_ingestion.settings import DataSettings
from zeroskew.cell_types import ListType
from zeroskew.errors import DataError, SettingsError

TYPES = {"id": "INT", "fare": "FLOAT", "company": "BYTES"}
RULES = """
rows:
  - name: fares are not negative
    sql: fare >= 0
  - name: companies are named
    sql: company <> ''
    severity: warning
data:
  - unique: [id]
  - min_rows: 9
"""


def write(tmp_path: Path, lines: Sequence[str], rules: str | None = None) -> DataSettings:
    file = tmp_path / "trips.csv"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    if rules is None:
        return DataSettings(path=str(file))
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    return DataSettings(path=str(file), rules=tmp_path / "rules.yaml")


def ingest(
    data: DataSettings,
    target: Path,
    types: Mapping[str, str] | None = TYPES,
    make_pipeline: Callable[[], Any] | None = None,
) -> Report:
    folders = {split: str(target / split) for split in ("train", "eval")}
    return take_in(data, types, folders, str(target / "report"), make_pipeline=make_pipeline)


def shards(target: Path) -> list[bytes]:
    """Returns the content of all files of examples, in the order of their names."""
    return [gzip.decompress(file.read_bytes()) for file in sorted(target.glob("*/data_tfrecord-*"))]


LINES = ["id,fare,company,extra", *(f"{n},{n / 2},Blue,x" for n in range(20))]


def test_each_row_is_an_example_or_rejected_with_its_reason(tmp_path: Path) -> None:
    lines = [*LINES, "20,-1,Blue,", "21,1,,", "twenty,1,Blue,", "3,1,Blue,", "22,-2,,"]
    data = write(tmp_path, lines, RULES).model_copy(
        update={"rates": {"cheap": "fare < 5", "known": "company = 'Blue'"}}
    )
    report = ingest(data, tmp_path / "out")
    assert report == read_report(str(tmp_path / "out" / "report"))
    assert (report.rows_in, report.rejected, sum(report.examples.values())) == (25, 3, 22)
    assert report.new_columns == ["extra"]
    negative, unnamed = report.rules
    assert (negative.rule, negative.severity, negative.broken) == (
        "fares are not negative",
        "ERROR",
        2,
    )
    assert [(row.line, row.raw) for row in negative.samples] == [
        (22, "20,-1,Blue,"),
        (26, "22,-2,,"),
    ]
    assert (unnamed.severity, unnamed.broken) == ("WARNING", 2)
    unique, enough = report.data_rules
    assert (unique.ok, unique.text) == (False, "2 rows break it")
    assert [sample["line"] for sample in unique.samples] == [5, 25]
    assert enough.ok
    assert report.rates == {"cheap": 12 / 22, "known": 21 / 22}
    rejected = pq.read_table(str(tmp_path / "out" / "report" / "rejected.parquet")).to_pylist()
    assert [(row["line"], row["reason"]) for row in rejected] == [
        (24, "id is 'twenty', not INT"),
        (22, "fares are not negative: fare >= 0"),
        (26, "fares are not negative: fare >= 0"),
    ]
    assert {row["source"] for row in rejected} == {str(tmp_path / "trips.csv")}
    assert not (tmp_path / "out" / "report" / "parts").exists()


def test_the_same_rows_give_the_same_files(tmp_path: Path) -> None:
    data = write(tmp_path, LINES)
    ingest(data, tmp_path / "first")
    ingest(data, tmp_path / "second")
    one, two = (
        [file.read_bytes() for file in sorted((tmp_path / name).glob("*/data_*"))]
        for name in ("first", "second")
    )
    assert one == two


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_any_number_of_workers_gives_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    data = write(tmp_path, ["id,fare,company", *(f"{n},{n},x" for n in range(2_000))])
    monkeypatch.setattr(csv_reader, "CHUNK", 2_000)
    report = ingest(data.model_copy(update={"workers": workers}), tmp_path / "out")
    assert sum(report.examples.values()) == 2_000
    assert len(shards(tmp_path / "out")) > 10
    ingest(data.model_copy(update={"workers": 1}), tmp_path / "alone")
    assert shards(tmp_path / "out") == shards(tmp_path / "alone")


def test_beam_gives_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    lines = ["id,fare,company", *(f"{n},{n},x" for n in range(2_000)), "x,1,y"]
    data = write(tmp_path, lines, RULES)
    monkeypatch.setattr(csv_reader, "CHUNK", 5_000)
    here = ingest(data, tmp_path / "here")
    options = PipelineOptions(["--direct_running_mode=in_memory"])
    there = ingest(data, tmp_path / "there", make_pipeline=lambda: beam.Pipeline(options=options))
    assert there == here
    assert there.rejected == 1
    assert shards(tmp_path / "there") == shards(tmp_path / "here")
    rejected = [tmp_path / name / "report" / "rejected.parquet" for name in ("here", "there")]
    assert rejected[0].read_bytes() == rejected[1].read_bytes()


def test_no_schema_means_the_types_that_hold_all_values(tmp_path: Path) -> None:
    data = write(tmp_path, ["a,b", *(f"{n},{n}" for n in range(50)), "1.5,x"])
    report = ingest(data, tmp_path / "out", types=None)
    assert (report.rows_in, report.rejected) == (51, 0)


@pytest.mark.parametrize("split", ["key", "time"])
def test_a_row_without_the_value_that_deals_it_is_rejected(tmp_path: Path, split: str) -> None:
    lines = ["id,fare,company", *(f"{n},{n},c{n}" for n in range(60)), ",1,x"]
    data = write(tmp_path, lines).model_copy(update={"split": split, split: "id"})
    report = ingest(data, tmp_path / "out")
    assert (report.rejected, sum(report.examples.values())) == (1, 60)
    (row,) = pq.read_table(str(tmp_path / "out" / "report" / "rejected.parquet")).to_pylist()
    assert (row["line"], row["reason"]) == (62, "id is missing, which decides on the split")
    if split == "time":
        assert report.examples == {"train": 48, "eval": 12}


@pytest.mark.parametrize(
    ("settings", "received"),
    [
        ({"split": "key"}, "none"),
        ({"split": "key", "key": "compnay"}, "'compnay'"),
        ({"split": "key", "key": "fare"}, "'fare'"),
        ({"split": "time", "time": "when"}, "'when'"),
    ],
)
def test_a_split_needs_the_column_that_decides(
    tmp_path: Path, settings: dict[str, str], received: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        ingest(write(tmp_path, LINES).model_copy(update=settings), tmp_path / "out")
    assert f"  received: {received}" in str(caught.value).splitlines()


def test_a_split_without_rows_is_an_error_that_shows_why(tmp_path: Path) -> None:
    data = write(tmp_path, ["id,fare,company", "x,1,a", "1,1,b"])
    with pytest.raises(DataError) as caught:
        ingest(data, tmp_path / "out")
    rule, _, received, shown, _ = str(caught.value).splitlines()
    assert rule == "each split must get at least one row"
    assert received.endswith(", of 2; 1 rejected")
    assert shown.strip() == f"{tmp_path / 'trips.csv'}, line 2: id is 'x', not INT"


@pytest.mark.parametrize(
    "settings", [{"split": "key", "key": "id"}, {"split": "time", "time": "id"}, {"rules": RULES}]
)
def test_what_splits_or_rules_need_are_no_lists(tmp_path: Path, settings: dict[str, str]) -> None:
    pq.write_table(pa.table({"id": [[1], [2, 3]] * 20}), str(tmp_path / "trips.parquet"))
    if "rules" in settings:
        (tmp_path / "rules.yaml").write_text("data: [{unique: [id]}]", encoding="utf-8")
        settings = {"rules": str(tmp_path / "rules.yaml")}
    data = DataSettings.model_validate({"path": str(tmp_path / "trips.parquet"), **settings})
    with pytest.raises(DataError) as caught:
        ingest(data, tmp_path / "out")
    assert str(caught.value).splitlines()[:2] == [
        "a column that splits or rules need must hold one value in each row",
        "  received: id, which holds lists",
    ]


def test_a_file_without_a_column_of_a_rule_has_no_values_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "trips"
    folder.mkdir()
    pq.write_table(pa.table({"id": list(range(20)), "fare": [1.0] * 20}), str(folder / "a.parquet"))
    pq.write_table(pa.table({"fare": [2.0] * 20}), str(folder / "b.parquet"))
    (tmp_path / "rules.yaml").write_text("data: [{unique: [id]}]", encoding="utf-8")
    data = DataSettings(path=str(folder), rules=tmp_path / "rules.yaml")
    report = ingest(data, tmp_path / "out", {"id": "INT", "fare": "FLOAT"})
    (unique,) = report.data_rules
    assert (unique.ok, unique.text, report.rows_in) == (True, "0 rows break it", 40)


def test_cells_with_lists_become_the_examples_that_parquet_gives(tmp_path: Path) -> None:
    types = {"id": "INT", "tags": ListType("BYTES", "|"), "vector": ListType("FLOAT", "json", 2)}
    table = pa.table(
        {
            "id": list(range(20)),
            "tags": [["a", "b"], None] * 10,
            "vector": [[0.5, float(n)] for n in range(20)],
        }
    )
    cells = [f'{n},{"" if n % 2 else "a|b"},"[0.5, {n}]"' for n in range(20)]
    data = write(tmp_path, ["id,tags,vector", *cells, "20,a,[1]"])
    report = ingest(data, tmp_path / "csv", types)
    assert (report.rows_in, report.rejected, sum(report.examples.values())) == (21, 1, 20)
    pq.write_table(table, tmp_path / "trips.parquet")
    ingest(DataSettings(path=str(tmp_path / "trips.parquet")), tmp_path / "parquet", types)
    assert shards(tmp_path / "csv") == shards(tmp_path / "parquet")
