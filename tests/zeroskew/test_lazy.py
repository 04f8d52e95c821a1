import subprocess
import sys
from pathlib import Path

import pytest

from zeroskew.lazy import lazy_import


def test_nothing_is_imported_before_an_attribute_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_to_import.py").write_text("VALUE = object()\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    stand_in = lazy_import("slow_to_import")
    assert "slow_to_import" not in sys.modules
    value = stand_in.VALUE
    assert value is sys.modules.pop("slow_to_import").VALUE


def test_a_module_inside_a_package_is_found() -> None:
    program = (
        "import sys; from zeroskew.lazy import lazy_import\n"
        "message = lazy_import('email.message'); assert 'email' not in sys.modules\n"
        "print(message.Message is __import__('email.message').message.Message)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n"


def test_a_module_that_is_not_there_fails_when_it_is_used() -> None:
    stand_in = lazy_import("zeroskew_has_no_such_module")
    with pytest.raises(ModuleNotFoundError, match="No module named 'zeroskew_has_no_such_module'"):
        stand_in.anything  # noqa: B018


def test_an_unknown_attribute_is_reported_by_the_real_module() -> None:
    with pytest.raises(AttributeError, match="module 'json' has no attribute 'dumpz'"):
        lazy_import("json").dumpz  # noqa: B018
