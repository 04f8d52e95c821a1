"""What the ExampleGen would make of rows: what it makes of them."""

from pathlib import Path
from typing import Any

import pytest

from data_ingestion.examples.intake import take_in
from data_ingestion.examples.preview import deal_rows, first_rows
from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError

TYPES = {"id": "INT", "fare": "FLOAT", "company": "BYTES"}
RULES = """
rows:
  - name: fares are not negative
    sql: fare >= 0
  - name: companies are named
    sql: company <> ''
    severity: warning
"""


def write(folder: Path, lines: list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "trips.csv"
    file.write_text("".join(f"{line}\n" for line in ["id,fare,company", *lines]), encoding="utf-8")
    return file


def rows(count: int) -> list[str]:
    return [f"{n},{n % 7 - 2},{f'c{n}' if n % 5 else ''}" for n in range(count)]


@pytest.mark.parametrize(
    "split",
    [
        {},
        {"split": "key", "key": "company", "train_parts": 1},
        {"split": "key", "key": "id"},
        {"split": "time", "time": "id"},
        {"split": "time", "time": "id", "eval_from": 90},
    ],
    ids=str,
)
def test_each_split_gets_the_rows_that_the_example_gen_gives_it(
    split: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    data = DataSettings(
        path=str(write(tmp_path / "data", rows(100))), rules=tmp_path / "rules.yaml", **split
    )
    folders = {name: str(tmp_path / name) for name in ("train", "eval")}
    report = take_in(data, TYPES, folders, str(tmp_path / "report"))
    dealt = list(deal_rows(data, locate(data), TYPES))
    counts = {
        name: sum(one.kept[name].num_rows for one in dealt if name in one.kept) for name in folders
    }
    assert counts == report.examples
    assert sum(one.read for one in dealt) == report.rows_in == 100
    assert report.rejected > 0


def test_folders_are_splits(tmp_path: Path) -> None:
    write(tmp_path / "train", rows(20))
    write(tmp_path / "eval", rows(3))
    data = DataSettings(path=str(tmp_path), split="folders")
    dealt = list(deal_rows(data, locate(data), TYPES))
    assert [{name: one.num_rows for name, one in some.kept.items()} for some in dealt] == [
        {"train": 20},
        {"eval": 3},
    ]


def test_the_first_rows_are_those_that_rules_keep(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    data = DataSettings(path=str(write(tmp_path, rows(50))), rules=tmp_path / "rules.yaml")
    found = first_rows(data, locate(data), TYPES, 9)
    assert found is not None
    assert found.column("id").to_pylist() == [2, 3, 4, 5, 6]


def test_a_row_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path) -> None:
    data = DataSettings(path=str(write(tmp_path, ["1,2,x", "two,2,x"])))
    with pytest.raises(DataError, match="line 3"):
        list(deal_rows(data, locate(data), TYPES))
    kept = first_rows(data, locate(data), TYPES, 9)
    assert kept is not None
    assert kept.num_rows == 1
