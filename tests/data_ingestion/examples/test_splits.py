from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from data_ingestion.examples.split_by_time import find_cut
from data_ingestion.examples.splits import HashSplit, OneSplit, TimeSplit
from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from zeroskew.encoding.binary_arrays import values
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.errors import DataError, SettingsError

SHARES = {"train": 4, "eval": 1}


def batch(**columns: Sequence[Any]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(columns)


def deal(splitter: Any, rows: pa.RecordBatch) -> list[int]:
    return list(splitter.assign(rows, values(encode_examples(rows))))


def test_a_row_goes_where_it_went_before_whatever_is_added() -> None:
    numbers = list(range(10_000))
    splitter = HashSplit(SHARES)
    before = deal(splitter, batch(a=numbers))
    after = deal(splitter, batch(a=[*range(20_000, 20_500), *numbers]))
    assert after[500:] == before
    assert sum(before) == pytest.approx(2_000, abs=100)


def test_no_entity_is_in_two_splits() -> None:
    companies = [f"company {n % 97}".encode() for n in range(5_000)]
    dealt = deal(HashSplit(SHARES, "company"), batch(company=companies, fare=list(range(5_000))))
    by_company: dict[bytes, set[int]] = {}
    for company, split in zip(companies, dealt, strict=True):
        by_company.setdefault(company, set()).add(split)
    assert {len(splits) for splits in by_company.values()} == {1}
    assert 5 <= sum(splits == {1} for splits in by_company.values()) <= 35


def test_shares_are_kept_for_any_number_of_splits() -> None:
    splitter = HashSplit({"a": 1, "b": 2, "c": 3})
    assert splitter.names == ("a", "b", "c")
    counts = np.bincount(deal(splitter, batch(x=list(range(30_000)))))
    assert counts == pytest.approx([5_000, 10_000, 15_000], rel=0.05)


@pytest.mark.parametrize(
    ("times", "start"),
    [([1, 5, 9], 5), ([1.0, 5.5, 9.0], 5.5), ([b"2015-12", b"2016-01", b"2016-02"], b"2016-01")],
)
def test_training_is_strictly_before_evaluation(times: list[Any], start: Any) -> None:
    assert deal(TimeSplit("t", start), batch(t=times)) == [0, 1, 1]


def test_one_split_takes_all() -> None:
    assert deal(OneSplit("eval"), batch(a=[1, 2])) == [0, 0]
    assert OneSplit("eval").names == ("eval",)


def cut(tmp_path: Path, kind: str, times: Sequence[Any], **settings: Any) -> Any:
    file = tmp_path / "trips.csv"
    file.write_text("\n".join(["when,fare", *(f"{time},1" for time in times)]), encoding="utf-8")
    data = DataSettings(path=str(file), split="time", time="when", **settings)
    return find_cut(data, "when", locate(data), kind)


@pytest.mark.parametrize(
    ("kind", "eval_from", "expected"),
    [
        ("INT", "2016-01-01", 1_451_606_400),
        ("INT", "2016-01-01T01:00:00+01:00", 1_451_606_400),
        ("INT", 17, 17),
        ("FLOAT", 1.5, 1.5),
        ("BYTES", "2016-01-01", b"2016-01-01"),
    ],
)
def test_a_moment_that_the_settings_name(
    tmp_path: Path, kind: str, eval_from: Any, expected: Any
) -> None:
    assert cut(tmp_path, kind, [1], eval_from=eval_from) == expected


def test_a_moment_that_leaves_each_split_its_share(tmp_path: Path) -> None:
    assert cut(tmp_path, "INT", [9, 1, 8, 2, 7, 3, 6, 4, 5, 0]) == 8
    assert cut(tmp_path, "BYTES", ["b", "a", "d", "c"], train_parts=1) == b"c"


def test_something_else_than_a_moment(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"data\.eval_from must be a moment"):
        cut(tmp_path, "INT", [1], eval_from="last year")


def test_rows_without_a_time(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="rows must have a time in 'when'"):
        cut(tmp_path, "INT", ["", ""])
