"""A share of the rows: the same ones whatever else there is, and wherever they lie."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from every_reader import TYPES, WRITERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from data_ingestion.examples.ingestion import Plan, ingest_source
from data_ingestion.examples.ingestion_report import Report, read_report
from data_ingestion.examples.intake import take_in
from data_ingestion.examples.preview import deal_rows
from data_ingestion.examples.splits import LEFT_OUT, HashSplit, SampleSplit
from data_ingestion.readers.source import locate
from data_ingestion.readers.tf_record_framing import read_records
from data_ingestion.settings import DataSettings
from zeroskew.encoding.binary_arrays import values
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.errors import StepError

SHARES = {"train": 4, "eval": 1}
TABLE = {
    "id": list(range(400)),
    "fare": [number / 4 for number in range(400)],
    "company": [f"company {number % 40}" for number in range(400)],
}
RULES = """
rows:
  - name: fares are small
    sql: fare < 99
data:
  - min_rows: 397
"""


def assign(splitter: Any, numbers: Sequence[int]) -> np.ndarray:
    rows = pa.RecordBatch.from_pydict({"a": numbers})
    return np.asarray(splitter.assign(rows, values(encode_examples(rows))))


def ingest(data: DataSettings, target: Path) -> tuple[Report, dict[str, list[bytes]]]:
    """Returns the report, and the examples of each split in the order of their bytes."""
    folders = {split: str(target / split) for split in SHARES}
    report = take_in(data, TYPES, folders, str(target / "report"))
    assert report == read_report(str(target / "report"))
    found = {split: Path(folder).iterdir() for split, folder in folders.items()}
    return report, {
        split: sorted(one for file in files for some in read_records(file) for one in some)
        for split, files in found.items()
    }


def csv(folder: Path, rows: Sequence[int], name: str = "trips.csv") -> None:
    folder.mkdir(exist_ok=True)
    lines = [",".join(str(values[row]) for values in TABLE.values()) for row in rows]
    (folder / name).write_text("\n".join([",".join(TABLE), *lines, ""]), encoding="utf-8")


@settings(suppress_health_check=list(HealthCheck), database=None)
@given(
    share=st.floats(1e-6, 1),
    numbers=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=50, unique=True),
    data=st.data(),
)
def test_a_row_is_chosen_whatever_lies_around_it(
    share: float, numbers: list[int], data: st.DataObject
) -> None:
    splitter = SampleSplit(HashSplit(SHARES), share)
    dealt = dict(zip(numbers, assign(splitter, numbers), strict=True))
    others = data.draw(st.permutations([*numbers, *data.draw(st.lists(st.integers(0, 9)))]))
    again = dict(zip(others, assign(splitter, others), strict=True))
    assert {number: again[number] for number in numbers} == dealt
    # A larger sample has all of a smaller one, in the same splits.
    larger = assign(dataclasses.replace(splitter, share=min(1.0, share * 2)), numbers)
    assert all(larger[place] == dealt[n] for place, n in enumerate(numbers) if dealt[n] >= 0)
    whole = assign(HashSplit(SHARES), numbers)
    assert all(dealt[n] in (whole[place], LEFT_OUT) for place, n in enumerate(numbers))


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_the_share_is_kept_in_each_split(share: float) -> None:
    dealt = assign(SampleSplit(HashSplit(SHARES), share), range(50_000))
    whole = assign(HashSplit(SHARES), range(50_000))
    for split in (0, 1):
        rows = np.count_nonzero(whole == split)
        deviation = np.sqrt(rows * share * (1 - share))
        assert abs(np.count_nonzero(dealt == split) - rows * share) < 4 * deviation


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_every_reader_gives_the_same_sample(writer: Any, tmp_path: Path) -> None:
    data = writer(tmp_path, TABLE).model_copy(update={"sample": 0.25})
    csv(tmp_path / "other", range(400))
    report, examples = ingest(data, tmp_path / "one")
    other = DataSettings(path=str(tmp_path / "other"), sample=0.25)
    assert ingest(other, tmp_path / "two")[1] == examples
    kept = sum(map(len, examples.values()))
    assert (report.rows_in, sum(report.examples.values())) == (400, kept)
    assert (report.left_out, 70 < kept < 130) == (400 - kept, True)


def test_order_and_files_do_not_matter(tmp_path: Path) -> None:
    csv(tmp_path / "one", range(400))
    for part in range(3):
        csv(tmp_path / "several", range(399 - part, -1, -3), f"{part}.csv")
    found = [
        ingest(DataSettings(path=str(tmp_path / name), sample=0.5), tmp_path / f"{name} out")[1]
        for name in ("one", "several")
    ]
    assert found[0] == found[1]


def test_rules_and_rates_look_at_all_rows_and_a_remark_says_how_many_are_used(
    tmp_path: Path,
) -> None:
    csv(tmp_path / "data", range(400))
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    data = DataSettings(
        path=str(tmp_path / "data"),
        rules=tmp_path / "rules.yaml",
        rates={"cheap": "fare < 9.9"},
        sample=0.5,
    )
    report, _ = ingest(data, tmp_path / "out")
    kept = sum(report.examples.values())
    assert (report.rejected, report.left_out) == (4, 396 - kept)
    assert report.rates == {"cheap": 40 / 396}
    assert [one.text for one in report.data_rules] == ["396 rows"]
    assert report.remarks == [
        f"{kept:,} of 396 rows are in the sample (data.sample); rules and rates look at all rows"
    ]


def test_with_a_key_entities_are_chosen_with_all_of_their_rows(tmp_path: Path) -> None:
    csv(tmp_path / "data", range(400))
    data = DataSettings(path=str(tmp_path / "data"), split="key", key="company", sample=0.5)
    dealt = [one for some in deal_rows(data, locate(data), TYPES) for one in some.kept.values()]
    companies = [name for batch in dealt for name in batch.column("company").to_pylist()]
    assert {companies.count(name) for name in companies} == {10}
    assert 5 < len(set(companies)) < 35


def test_folders_that_are_splits_are_sampled_too(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    csv(tmp_path / "data" / "train", range(300))
    csv(tmp_path / "data" / "eval", range(300, 400))
    data = DataSettings(path=str(tmp_path / "data"), split="folders", sample=0.5)
    report, _ = ingest(data, tmp_path / "out")
    counts = {"train": 0, "eval": 0}
    for some in deal_rows(data, locate(data), TYPES):
        for name, batch in some.kept.items():
            counts[name] += batch.num_rows
    assert counts == report.examples
    assert 120 < counts["train"] < 180
    assert 30 < counts["eval"] < 70


class Losing(SampleSplit):
    """Deals rows to a split that is not there."""

    def assign(self, batch: pa.RecordBatch, examples: Sequence[bytes]) -> np.ndarray:
        return np.full(len(examples), len(self.names))


def test_a_row_that_is_lost_is_not_taken_for_one_that_is_left_out(tmp_path: Path) -> None:
    csv(tmp_path / "data", range(9))
    source = locate(DataSettings(path=str(tmp_path / "data")))
    plan = Plan(
        types=TYPES,
        splitters=dict.fromkeys(source.readers, Losing(HashSplit(SHARES), 0.5)),
        folders={split: str(tmp_path / split) for split in SHARES},
        parts=str(tmp_path / "parts"),
    )
    with pytest.raises(StepError, match="0 examples and 0 rejected rows of "):
        ingest_source(source.readers, plan)


@pytest.mark.parametrize("share", [0, -0.1, 1.1])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValidationError, match="sample"):
        DataSettings(sample=share)
