"""The code that a features module consists of."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sources import FEATURES, write_sources, write_use_case

from model.feature_engineering.features_module import code_of_features
from zeroskew.errors import FeatureError

ROOT = Path(__file__).parents[3]
HELPERS = {
    "limits.py": "from texts.words import LIMIT\nCLIP = float(LIMIT)\n",
    "texts/__init__.py": "",
    "texts/words.py": "LIMIT = 5\n",
    "texts/unused.py": "LIMIT = 4\n",
    "notes.py": "TODAY = 1\n",
    "limits.txt": "5",
}
OWN = {".features", ".limits", ".texts", ".texts.words"}


def of_users(names: set[str]) -> set[str]:
    """Returns those modules that are none of this project's."""
    return {name for name in names if not name.startswith(("model", "zeroskew"))}


def digest(file: Path) -> str:
    return code_of_features(str(file)).digest()


def test_the_file_and_all_that_it_imports_directly_or_not(tmp_path: Path) -> None:
    code = code_of_features(str(write_use_case(tmp_path, HELPERS)))
    assert of_users(set(code.files)) == OWN
    assert code.files[".texts.words"] == tmp_path.resolve() / "texts/words.py"
    assert {"model", "model.evaluation.parity", "zeroskew.schema"} < set(code.files)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("features.py", FEATURES + "# seen\n"),
        ("limits.py", "from texts.words import LIMIT\nCLIP = float(LIMIT) + 1\n"),
        ("texts/__init__.py", "HERE = 1\n"),
        ("texts/words.py", "LIMIT = 6\n"),
    ],
)
def test_a_change_of_what_is_imported_changes_the_digest(
    tmp_path: Path, path: str, text: str
) -> None:
    file = write_use_case(tmp_path, HELPERS)
    before = digest(file)
    write_sources(tmp_path, {path: text})
    assert digest(file) != before
    write_sources(tmp_path, {**HELPERS, "features.py": FEATURES})
    assert digest(file) == before


def test_what_is_not_imported_does_not_count(tmp_path: Path) -> None:
    file = write_use_case(tmp_path, HELPERS)
    before = digest(file)
    write_sources(tmp_path, {"notes.py": "TODAY = 2\n", "texts/unused.py": "LIMIT = 3\n"})
    write_sources(tmp_path, {"new.py": "", "json.py": "", "limits.txt": "6"})
    assert digest(file) == before


def test_neither_place_nor_time_counts(tmp_path: Path) -> None:
    file = write_use_case(tmp_path / "here", HELPERS)
    before = digest(file)
    shutil.copytree(tmp_path / "here", tmp_path / "there" / "deeper")
    for copy in (tmp_path / "there").rglob("*.py"):
        os.utime(copy, (1, 1))
    assert digest(tmp_path / "there/deeper/features.py") == before


@pytest.mark.parametrize(
    "statement",
    [
        "def late():\n    import texts.words",
        "if __name__ == 'nobody':\n    from texts.words import LIMIT",
        "import importlib\nimportlib.import_module(f'.{\"texts\"}.words', __package__)",
    ],
    ids=["in a function", "under a condition", "by a name that is computed"],
)
def test_what_is_imported_otherwise_than_at_the_top_counts(tmp_path: Path, statement: str) -> None:
    sources = {**HELPERS, "limits.py": f"{statement}\nCLIP = 5.0\n"}
    code = code_of_features(str(write_use_case(tmp_path, sources)))
    assert of_users(set(code.files)) == OWN


def test_a_module_counts_like_a_file_and_so_does_what_lies_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    case = {
        "case_of_a_module/__init__.py": "",
        "case_of_a_module/features.py": FEATURES.replace("from limits", "from .parts.limits"),
        "case_of_a_module/parts/limits.py": "from shared_by_cases import CLIP\n",
        "shared_by_cases/__init__.py": "from shared_by_cases.number import CLIP\n",
        "shared_by_cases/number.py": "CLIP = 5.0\n",
        "shared_by_cases/unused.py": "CLIP = 4.0\n",
    }
    write_sources(tmp_path, case)
    code = code_of_features("case_of_a_module.features")
    assert of_users(set(code.files)) == {
        *("case_of_a_module", "case_of_a_module.features", "case_of_a_module.parts.limits"),
        *("shared_by_cases", "shared_by_cases.number"),
    }
    before = code.digest()
    write_sources(tmp_path, {"shared_by_cases/number.py": "CLIP = 6.0\n"})
    assert code_of_features("case_of_a_module.features").digest() != before
    for name in [name for name in sys.modules if name.startswith(("case_of_a", "shared_by"))]:
        monkeypatch.delitem(sys.modules, name)


def test_the_packages_that_a_helper_imports_are_known(tmp_path: Path) -> None:
    lines = "import scipy.stats\nfrom google.protobuf import message\nCLIP = 5.0\n"
    code = code_of_features(str(write_use_case(tmp_path, {"limits.py": lines})))
    assert {"scipy", "google.protobuf"} <= code.packages


def test_the_built_in_features_are_part_of_their_room() -> None:
    assert of_users(set(code_of_features("model.features").files)) == set()


def test_a_neighbour_called_like_a_package_is_refused_wherever_it_is_imported(
    tmp_path: Path,
) -> None:
    lines = {"limits.py": "def late(): import numpy\nCLIP = 5.0\n", "numpy.py": ""}
    with pytest.raises(FeatureError, match="is not called like one of Python"):
        code_of_features(str(write_use_case(tmp_path, lines)))


def test_another_process_finds_the_same_digest_wherever_it_runs(tmp_path: Path) -> None:
    file = write_use_case(tmp_path / "here", HELPERS)
    copy = write_use_case(tmp_path / "elsewhere", HELPERS)
    program = (
        "import sys; from model.feature_engineering.features_module import code_of_features;"
        "print(code_of_features(sys.argv[1]).digest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, str(copy)],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {digest(file)}
