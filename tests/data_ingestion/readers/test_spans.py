from pathlib import Path

import pytest

from data_ingestion.readers.source import locate
from data_ingestion.readers.spans import Span, find_spans, has_placeholders, select
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError, SettingsError


def make(folder: Path, *files: str) -> None:
    for name in files:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("a,b\n1,2\n", encoding="utf-8")


def found(pattern: str) -> list[tuple[int, int | None]]:
    return [(span.number, span.version) for span in find_spans(pattern)]


@pytest.mark.parametrize(
    ("files", "pattern", "expected"),
    [
        (["1/a.csv", "12/a.csv", "x/a.csv"], "{SPAN}/*.csv", [(1, None), (12, None)]),
        (["span-9.csv", "span-10.csv"], "span-{SPAN}.csv", [(9, None), (10, None)]),
        (["009.csv", "10.csv"], "{SPAN:3}.csv", [(9, None)]),
        (["1/v1/a.csv", "1/v2/a.csv", "2/v1/a.csv"], "{SPAN}/v{VERSION}/*", [(1, 2), (2, 1)]),
        (["1/v9/a.csv", "1/v10/a.csv"], "{SPAN}/v{VERSION}", [(1, 10)]),
        (
            ["1970-01-02/a.csv", "2016-12-30/a.csv", "2016-02-30/a.csv"],
            "{YYYY}-{MM}-{DD}",
            [(1, None), (17_165, None)],
        ),
        (["2016/02/29/t.csv"], "{YYYY}/{MM}/{DD}/t.csv", [(16_860, None)]),
    ],
)
def test_spans_are_found_in_their_latest_version(
    tmp_path: Path, files: list[str], pattern: str, expected: list[tuple[int, int | None]]
) -> None:
    make(tmp_path, *files)
    assert found(f"{tmp_path}/{pattern}") == expected


def test_letters_that_mean_something_to_patterns_are_letters(tmp_path: Path) -> None:
    make(tmp_path, "a[1]+/3.csv", "a1/4.csv")
    assert found(f"{tmp_path}/a[1]+/{{SPAN}}.csv") == [(3, None)]


@pytest.mark.parametrize(
    "pattern",
    [
        "{SPAN}/{YYYY}-{MM}-{DD}",
        "{YYYY}-{MM}",
        "{VERSION}",
        "{SPAN}/{SPAN}",
        "{SPAN}/{VERSION}/{VERSION}",
        "{SPAM}",
        "{SPAN}/{name}",
    ],
)
def test_placeholders_must_make_a_span(pattern: str) -> None:
    assert has_placeholders(pattern)
    with pytest.raises(SettingsError) as caught:
        find_spans(pattern)
    assert f"received: {pattern}" in str(caught.value)


def test_no_span_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the data must hold at least one span"):
        find_spans(f"{tmp_path}/{{SPAN}}.csv")


SPANS = [Span(number, None, f"{number}.csv") for number in (1, 2, 4, 7)]


@pytest.mark.parametrize(
    ("window", "last", "expected"),
    [
        (1, None, [7]),
        (2, None, [4, 7]),
        (9, None, [1, 2, 4, 7]),
        (2, 4, [2, 4]),
        (1, 5, [4]),
        (3, 0, []),
    ],
)
def test_a_window_of_spans(window: int, last: int | None, expected: list[int]) -> None:
    assert [span.number for span in select(SPANS, window, last)] == expected


def test_a_window_is_read_up_to_a_span(tmp_path: Path) -> None:
    make(tmp_path, "1/a.csv", "2/a.csv", "2/b.csv", "3/a.csv")
    source = locate(DataSettings(path=f"{tmp_path}/{{SPAN}}", window=2, span=2))
    assert [str(file.relative_to(tmp_path)) for file in source.files] == [
        "1/a.csv",
        "2/a.csv",
        "2/b.csv",
    ]
    assert (source.span, source.version) == (2, None)


def test_a_span_before_the_first_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, "5.csv", "6.csv")
    with pytest.raises(DataError) as caught:
        locate(DataSettings(path=f"{tmp_path}/{{SPAN}}.csv", span=4))
    assert str(caught.value).splitlines() == [
        "the span that is asked for must be there",
        "  allowed:  5, 6",
        "  received: data.span=4",
    ]
