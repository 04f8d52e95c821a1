from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from data_ingestion.gate.passed_spans import (
    KEPT_SPANS,
    PassedSpan,
    baseline,
    read_passed,
    write_passed,
)


def passed(span: int, rows: int = 7) -> PassedSpan:
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    statistics.datasets.add(num_examples=rows)
    return PassedSpan(span, {"big_tip": span / 10_000}, {"train": statistics, "eval": statistics})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_passed(str(tmp_path), passed(2014), [passed(2013)])
    assert read_passed(str(tmp_path)) == [passed(2013), passed(2014)]


def test_a_span_that_passes_again_takes_its_own_place(tmp_path: Path) -> None:
    write_passed(str(tmp_path), passed(2013, rows=9), [passed(2013), passed(2014)])
    assert read_passed(str(tmp_path)) == [passed(2013, rows=9), passed(2014)]


def test_only_the_latest_spans_are_kept(tmp_path: Path) -> None:
    write_passed(str(tmp_path), passed(100), [passed(span) for span in range(1, 31)])
    spans = [one.span for one in read_passed(str(tmp_path))]
    assert spans == [*range(20, 31), 100]
    assert len(spans) == KEPT_SPANS == 12


@pytest.mark.parametrize(
    ("span", "compared_with"),
    [(2014, 2013), (2015, 2014), (2020, 2016), (2013, None), (2010, None)],
)
def test_a_span_is_compared_with_the_one_before(span: int, compared_with: int | None) -> None:
    found = baseline([passed(0), passed(2013), passed(2014), passed(2016)], span)
    assert (found.span if found else None) == compared_with


def test_data_without_spans_is_compared_with_what_passed_last() -> None:
    found = baseline([passed(0), passed(2013)], 0)
    assert found == passed(0)
    assert str(found) == "the data that passed last"
    assert str(passed(2013)) == "span 2013"
    assert baseline([], 0) is None
