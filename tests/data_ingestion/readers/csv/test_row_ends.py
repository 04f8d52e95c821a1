"""The rows that are found are those of a plain state machine, wherever the text is cut."""

import random

import pytest

from data_ingestion.readers.csv.row_ends import find_rows

PIECES = [
    *(b",", b'"', b"\n", b"\r\n", b"\r", b"1", b"-2", b"3.5", b"nan", b"x", b" ", b"\0"),
    *(b"\xff", b"\xc3\xa9", b'""', b'"a,b"', b'"l\n2"', b"+7", b"1,2,z\n", b"4,5,w\n"),
]


def rows_by_state_machine(text: bytes) -> list[tuple[int, int, bool]]:
    """Returns start, end and whether its quotes are closed, of each row."""
    rows, place = [], 0
    while place < len(text):
        start, state = place, "field begins"
        while place < len(text):
            code = text[place : place + 1]
            if state == "quoted":
                if code == b'"' and text[place + 1 : place + 2] == b'"':
                    place += 1
                elif code == b'"':
                    state = "plain"
            elif state == "field begins" and code == b'"':
                state = "quoted"
            elif code in (b"\n", b"\r"):
                break
            else:
                state = "field begins" if code == b"," else "plain"
            place += 1
        if state == "quoted":
            place = start
            while place < len(text) and text[place : place + 1] not in (b"\n", b"\r"):
                place += 1
        if place > start:
            rows.append((start, place, state != "quoted"))
        place += 2 if text[place : place + 2] == b"\r\n" else 1
    return rows


def random_text(seed: int) -> bytes:
    chosen = random.Random(seed)
    return b"".join(chosen.choice(PIECES) for _ in range(chosen.randrange(30)))


def test_finds_the_rows_of_ten_thousand_texts() -> None:
    for seed in range(10_000):
        text = random_text(seed)
        found = find_rows(text, b",", final=True)
        rows = [(start, end, True) for start, end in zip(found.starts, found.ends, strict=True)]
        rows += [(start, end, False) for start, end in found.unclosed]
        assert sorted(rows) == rows_by_state_machine(text), text


def test_text_that_goes_on_gives_the_same_rows_wherever_it_is_cut() -> None:
    for seed in range(2_000):
        text = random_text(seed)
        cut = random.Random(seed).randrange(len(text) + 1)
        first = find_rows(text[:cut], b",", final=False)
        second = find_rows(text[first.used :], b",", final=True)
        starts = [*first.starts, *(second.starts + first.used)]
        assert starts == [start for start, _, closed in rows_by_state_machine(text) if closed], text


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (b"a,b\nc,d\n", [b"a,b", b"c,d"]),
        (b"a,b\r\nc,d", [b"a,b", b"c,d"]),
        (b"a\rb\r\rc", [b"a", b"b", b"c"]),
        (b"\n\na\n \n", [b"a", b" "]),
        (b'"a\n""b""\n",c\nd\n', [b'"a\n""b""\n",c', b"d"]),
        (b'5" pipe,1\n6" pipe,2\n', [b'5" pipe,1', b'6" pipe,2']),
        (b"", []),
    ],
)
def test_rows_as_a_person_sees_them(text: bytes, rows: list[bytes]) -> None:
    found = find_rows(text, b",", final=True)
    assert [text[a:b] for a, b in zip(found.starts, found.ends, strict=True)] == rows
    assert found.unclosed == ()


def test_a_quote_that_never_closes_takes_its_line_and_no_more() -> None:
    text = b'a,1\n"b,2\nc,3\nd,4\n'
    found = find_rows(text, b",", final=True)
    assert [text[a:b] for a, b in zip(found.starts, found.ends, strict=True)] == [
        b"a,1",
        b"c,3",
        b"d,4",
    ]
    assert [text[a:b] for a, b in found.unclosed] == [b'"b,2']
