"""What code consists of, told from its text."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import install_made_up, write_sources

from zeroskew.source_code.code import Code
from zeroskew.source_code.installed import versions
from zeroskew.source_code.modules import ROOMS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that modules are imported from."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def root(folder: Path) -> ModuleSpec:
    return ModuleSpec("root", None, origin=str(folder / "root.py"))


def code_in(folder: Path, sources: Mapping[str, str]) -> Code:
    write_sources(folder, sources)
    return Code.of([root(folder)])


@pytest.mark.parametrize(
    "statement",
    [
        "import own_case.part",
        "import own_case.part as one",
        "from own_case.part import VALUE",
        "from own_case import part",
        "def late():\n    from own_case import part",
        "try:\n    import own_case.part\nexcept ImportError:\n    pass",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import own_case.part",
    ],
)
def test_each_form_of_import_is_followed(on_path: Path, statement: str) -> None:
    sources = {"root.py": statement, "own_case/__init__.py": "", "own_case/part.py": "VALUE = 1"}
    assert set(code_in(on_path, sources).files) == {"root", "own_case", "own_case.part"}


@pytest.mark.parametrize(
    ("statement", "inner"),
    [
        ("from . import part", "own_case.inner.part"),
        ("from .part import VALUE", "own_case.inner.part"),
        ("from .. import other", "own_case.other"),
        ("from ..other import *", "own_case.other"),
        ("from .... import beyond", None),
    ],
)
def test_imports_that_begin_with_dots(on_path: Path, statement: str, inner: str | None) -> None:
    sources = {
        "root.py": "import own_case.inner.start",
        "own_case/other.py": "",
        "own_case/inner/__init__.py": "",
        "own_case/inner/start.py": statement,
        "own_case/inner/part.py": "",
    }
    around = {"root", "own_case.inner", "own_case.inner.start"}
    assert set(code_in(on_path, sources).files) == around | ({inner} if inner else set())


@pytest.mark.parametrize("text", ["def (:\n", "VALUE = '\x00'\n", "import not_to_be_found\n"])
def test_what_cannot_be_followed_counts_by_its_text(on_path: Path, text: str) -> None:
    code = code_in(on_path, {"root.py": "import own_odd", "own_odd.py": text})
    assert set(code.files) == {"root", "own_odd"}
    before = code.digest()
    write_sources(on_path, {"own_odd.py": f"{text}#\n"})
    assert code.digest() != before


def test_python_itself_and_what_is_installed_are_not_followed(on_path: Path) -> None:
    code = code_in(on_path, {"root.py": "import json.decoder, numpy.linalg, google.protobuf.any"})
    assert set(code.files) == {"root"}
    assert code.packages == {"numpy", "google.protobuf"}
    python, *found = versions(code.packages)
    assert python == f"python=={sys.version_info.major}.{sys.version_info.minor}"
    assert [one.partition("==")[0] for one in found] == ["numpy", "protobuf"]


def test_an_installed_package_counts_by_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install_made_up(tmp_path, "1.0")))
    code = code_in(tmp_path, {"root.py": "from made_up.inner import nothing"})
    assert code.packages == {"made_up"}
    assert versions(code.packages)[1:] == ["Made-Up==1.0"]
    before, without = code.digest(), code.digest(with_packages=False)

    install_made_up(tmp_path, "1.0", "VALUE = 2\n")
    assert code.digest() == before
    install_made_up(tmp_path, "1.1")
    assert code.digest() != before
    assert code.digest(with_packages=False) == without


def test_an_installed_package_to_begin_with_counts_by_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = install_made_up(tmp_path, "1.0", "import made_up.inner, numpy\n")
    monkeypatch.syspath_prepend(str(folder))
    start = ModuleSpec("made_up", None, origin=str(folder / "made_up/__init__.py"), is_package=True)
    code = Code.of([start])
    assert set(code.files) == {"made_up", "made_up.inner"}
    assert code.packages == {"numpy"}


def test_a_name_counts_like_a_text(on_path: Path) -> None:
    one = code_in(on_path, {"root.py": "", "a.py": "1", "b.py": "2"})
    files = {"a": on_path / "a.py", "b": on_path / "b.py"}
    swapped = {"a": on_path / "b.py", "b": on_path / "a.py"}
    digests = {one.digest(), Code(files).digest(), Code(swapped).digest()}
    assert len(digests) == 3


def test_the_rooms_are_those_of_the_import_contract() -> None:
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (line,) = [one for one in contract.splitlines() if one.startswith("root_packages")]
    assert {name.strip(' "') for name in line.partition("[")[2].strip("]").split(",")} == set(ROOMS)


def test_a_room_counts_as_a_whole_with_the_ground_below_it() -> None:
    files = [
        file for room in ("data_ingestion", "zeroskew") for file in (ROOT / room).rglob("*.py")
    ]
    code = Code.of_rooms("data_ingestion")
    assert set(code.files.values()) == set(files)
    assert code.digest() == Code.of_rooms("data_ingestion", "zeroskew").digest()
    assert {"duckdb", "pyarrow", "tfx", "tensorflow_data_validation"} <= code.packages


def test_a_change_in_a_room_changes_the_digest_in_a_process_that_has_that_room(
    tmp_path: Path,
) -> None:
    for room in ("data_ingestion", "zeroskew"):
        shutil.copytree(ROOT / room, tmp_path / "there" / room)
    program = (
        "from zeroskew.source_code.code import Code;print(Code.of_rooms('data_ingestion').digest())"
    )

    def digest() -> str:
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path / "there")},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    assert digest() == Code.of_rooms("data_ingestion").digest()
    with (tmp_path / "there/zeroskew/files.py").open("a") as stream:
        stream.write("VALUE = 1\n")
    assert digest() != Code.of_rooms("data_ingestion").digest()


GRAPHS = st.dictionaries(
    st.integers(0, 5), st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=3)
)


@given(GRAPHS, st.integers(0, 5))
def test_exactly_what_can_be_reached_counts(
    graph: dict[int, list[tuple[int, bool]]], changed: int
) -> None:
    def text_of(number: int) -> str:
        edges = graph.get(number, [])
        return "".join(
            f"def late(): import own_{to}\n" if late else f"import own_{to}\n" for to, late in edges
        )

    reached: set[int] = set()
    waiting = [0]
    while waiting:
        number = waiting.pop()
        if number not in reached:
            reached.add(number)
            waiting += [to for to, _ in graph.get(number, [])]
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        patch.syspath_prepend(name)
        sources = {f"own_{number}.py": text_of(number) for number in range(6)}
        code = code_in(folder, {**sources, "root.py": "import own_0\n"})
        assert set(code.files) == {"root", *(f"own_{number}" for number in reached)}
        before = code.digest(with_packages=False)
        write_sources(folder, {f"own_{changed}.py": text_of(changed) + "VALUE = 1\n"})
        assert (Code.of([root(folder)]).digest(with_packages=False) != before) == (
            changed in reached
        )
