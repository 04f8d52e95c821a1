"""What source files say while a run goes on."""

from pathlib import Path

import pytest

from zeroskew.source_code.sources import read_once, read_source


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    read = []
    for text in (b"A = 1", b"A = 2"):
        file.write_bytes(text)
        read.append(read_source(file))
    assert read == [b"A = 1", b"A = 2"]


def test_within_a_run_a_file_says_what_it_said_first(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_bytes(b"A = 1")
    with read_once():
        read = [read_source(file)]
        file.write_bytes(b"A = 2")
        with read_once():
            read.append(read_source(file))
        file.unlink()
        read.append(read_source(file))
    file.write_bytes(b"A = 3")
    assert [*read, read_source(file)] == [b"A = 1", b"A = 1", b"A = 1", b"A = 3"]


def test_a_run_that_fails_keeps_nothing_for_the_next(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_bytes(b"A = 1")

    @read_once()
    def fail() -> None:
        read_source(file)
        raise KeyError

    with pytest.raises(KeyError):
        fail()
    file.write_bytes(b"A = 2")
    assert read_source(file) == b"A = 2"
