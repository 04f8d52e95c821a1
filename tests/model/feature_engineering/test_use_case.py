"""A features file and the modules beside it."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sources import write_sources, write_use_case

from model.feature_engineering.feature_set import FeatureSet, load_features
from zeroskew.errors import FeatureError

ROOT = Path(__file__).parents[3]


def clip_of(features: FeatureSet) -> Any:
    """Returns what the label of `write_use_case` compares with, when it is computed."""
    return features.label.compute.__globals__["CLIP"]


def value_in(folder: Path, statement: str, neighbours: Mapping[str, str] | None = None) -> Any:
    """Returns VALUE of a features file that begins with a statement."""
    file = write_use_case(folder, neighbours)
    file.write_text(f"{statement}\n{file.read_text()}")
    return load_features(str(file)).label.compute.__globals__["VALUE"]


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("from limits import CLIP as VALUE", 5.0),
        ("import limits; VALUE = limits.CLIP", 5.0),
        ("from .limits import CLIP as VALUE", 5.0),
        ("from . import limits; VALUE = limits.CLIP", 5.0),
        ("from texts.words import WORD as VALUE", "taxi"),
        ("from texts import words; VALUE = words.WORD", "taxi"),
        ("import texts.words; VALUE = texts.words.WORD", "taxi"),
        ("import texts.words as one; VALUE = one.WORD", "taxi"),
        ("from texts import LONG as VALUE", "taxitaxi"),
        ("from texts.deep.within import BOTH as VALUE", "taxi 5.0"),
        ("from bare.inside import NUMBER as VALUE", 7),
        ("def late():\n  from texts.words import WORD\n  return WORD\nVALUE = late()", "taxi"),
    ],
)
def test_a_neighbour_is_found_by_each_form_of_import(
    tmp_path: Path, statement: str, value: Any
) -> None:
    neighbours = {
        "texts/__init__.py": "from texts.words import WORD\nLONG = WORD + WORD\n",
        "texts/words.py": 'WORD = "taxi"\n',
        "texts/deep/__init__.py": "",
        "texts/deep/within.py": (
            "from limits import CLIP\nfrom ..words import WORD\nBOTH = f'{WORD} {CLIP}'\n"
        ),
        "bare/inside.py": "NUMBER = 7\n",
    }
    assert value_in(tmp_path, statement, neighbours) == value


def test_what_is_imported_only_when_it_is_called_is_found_too(tmp_path: Path) -> None:
    late = "def VALUE():\n    import texts.words\n    return texts.words.WORD"
    call = value_in(tmp_path, late, {"texts/__init__.py": "", "texts/words.py": 'WORD = "taxi"\n'})
    load_features(str(write_use_case(tmp_path / "another")))
    assert call() == "taxi"


def test_neighbours_that_import_each_other_are_loaded_once(tmp_path: Path) -> None:
    one, two = "import two\nN = []\n", "import one\ndef n(): return one.N\n"
    statement = "import one, two; VALUE = (one.N, two.n())"
    first, second = value_in(tmp_path, statement, {"one.py": one, "two.py": two})
    assert first is second


def test_two_use_cases_have_neighbours_of_the_same_name(tmp_path: Path) -> None:
    first = load_features(str(write_use_case(tmp_path / "first")))
    other = write_use_case(tmp_path / "other", {"limits.py": "CLIP = 9.0\n"})
    second = load_features(str(other))
    assert (clip_of(first), clip_of(second)) == (5.0, 9.0)


def test_a_file_is_read_anew_though_it_is_as_long_and_as_old(tmp_path: Path) -> None:
    file = write_use_case(tmp_path)
    values = []
    for value in (5.0, 6.0, 7.0):
        write_sources(tmp_path, {"limits.py": f"CLIP = {value}\n"})
        values.append(clip_of(load_features(str(file))))
    assert values == [5.0, 6.0, 7.0]
    assert list(tmp_path.rglob("__pycache__")) == []


def test_nothing_is_left_where_others_import_from(tmp_path: Path) -> None:
    before = list(sys.path)
    load_features(str(write_use_case(tmp_path)))
    assert sys.path == before
    assert "limits" not in sys.modules
    with pytest.raises(ModuleNotFoundError, match="No module named 'limits'"):
        __import__("limits")


def test_a_neighbour_that_fails_leaves_nothing_half_loaded(tmp_path: Path) -> None:
    file = write_use_case(tmp_path, {"limits.py": "CLIP = 1 / 0\n"})
    before = set(sys.modules)
    with pytest.raises(FeatureError) as caught:
        load_features(str(file))
    assert str(caught.value) == (
        "a features file must run\n"
        f"  received: ZeroDivisionError: division by zero, in {tmp_path}/limits.py, line 1\n"
        "  do:       correct this line"
    )
    assert set(sys.modules) == before
    write_sources(tmp_path, {"limits.py": "CLIP = 8.0\n"})
    assert clip_of(load_features(str(file))) == 8.0


@pytest.mark.parametrize("statement", ["from limts import CLIP", "from .limts import CLIP"])
def test_a_module_that_is_not_there_is_named(tmp_path: Path, statement: str) -> None:
    file = write_use_case(tmp_path, {"limits.py": f"{statement}\n"})
    with pytest.raises(FeatureError) as caught:
        load_features(str(file))
    assert str(caught.value) == (
        "what a features file imports is installed, or lies beside it\n"
        f"  allowed:  a module in {tmp_path}, or of an installed package\n"
        f"  received: 'limts', imported by {file} or a module beside it\n"
        "  do:       correct the import, or install the package"
    )


def test_a_mistake_in_a_line_is_shown_with_its_place(tmp_path: Path) -> None:
    file = write_use_case(tmp_path)
    text = 'from model import Hashed\nHashed("company", buckets=9)\n'
    file.write_text(text)
    with pytest.raises(FeatureError) as caught:
        load_features(str(file))
    assert caught.value.received == (
        "TypeError: Hashed.__init__() got an unexpected keyword argument 'buckets', "
        f"in {file}, line 2"
    )
    file.write_text("FEATURES = (\n")
    with pytest.raises(FeatureError, match=r"SyntaxError: '\(' was never closed .*line 1\)"):
        load_features(str(file))


@pytest.mark.parametrize("name", ["json", "numpy", "model"])
def test_a_neighbour_called_like_what_is_installed_is_refused(tmp_path: Path, name: str) -> None:
    file = write_use_case(tmp_path, {f"{name}.py": "CLIP = 5.0\n"})
    file.write_text(f"import {name}\n{file.read_text()}")
    with pytest.raises(FeatureError) as caught:
        load_features(str(file))
    assert str(caught.value) == (
        "a module beside the features file is not called like one of Python, of this project or "
        "of an installed package\n"
        f"  received: {tmp_path.resolve() / name}.py, in {file.resolve()}, line 1\n"
        f"  do:       give it another name, and import it by that; or, if {name!r} should be the "
        "other one, move the file away"
    )


def test_such_a_file_that_no_one_imports_does_no_harm(tmp_path: Path) -> None:
    file = write_use_case(tmp_path, {"json.py": "1 / 0\n", "numpy.py": "1 / 0\n"})
    assert clip_of(load_features(str(file))) == 5.0


def test_a_folder_without_code_is_no_neighbour_of_an_installed_package(tmp_path: Path) -> None:
    write_sources(tmp_path, {"model/weights.txt": "", "numpy/a.csv": "", "json/a.json": ""})
    statement = "import json, numpy; VALUE = (json.dumps(1), int(numpy.int64(2)))"
    assert value_in(tmp_path, statement) == ("1", 2)


def test_a_neighbour_comes_before_a_module_that_merely_lies_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = write_sources(tmp_path / "elsewhere", {"limits.py": "CLIP = -1.0\n"})
    monkeypatch.syspath_prepend(str(elsewhere))
    assert clip_of(load_features(str(write_use_case(tmp_path / "case")))) == 5.0
    assert __import__("limits").CLIP == -1.0
    monkeypatch.delitem(sys.modules, "limits")


def test_another_process_loads_the_file_from_any_folder(tmp_path: Path) -> None:
    file = write_use_case(tmp_path / "case")
    program = (
        "import sys; from model.feature_engineering.feature_set import load_features as load;"
        "print(load(sys.argv[1]).label.compute.__globals__['CLIP'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "5.0\n"
