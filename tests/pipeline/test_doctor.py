"""What a report of a fault says about the machine."""

import json
import platform
from importlib.metadata import version

import pytest
from zeroskew_command import run

from pipeline.doctor import PACKAGES, examine


def test_it_names_versions_and_resources() -> None:
    found = examine()
    assert found["python"] == platform.python_version()
    assert found["libc"].startswith("glibc 2.")
    assert found["cores"] >= 1
    assert 0 < found["memory_gib"] < 100_000
    assert found["packages"]["tfx"] == version("tfx")
    assert list(found["packages"]) == list(PACKAGES)


def test_what_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("pipeline.doctor.PACKAGES", ("no-such-package",))
    found = examine()
    assert found["java"] is None
    assert found["chromium"] is None
    assert found["packages"] == {"no-such-package": None}


def test_as_text_and_as_json() -> None:
    text, as_json = run("doctor"), run("doctor", "--json")
    found = json.loads(as_json.stdout)
    assert (text.exit_code, as_json.exit_code, as_json.stderr) == (0, 0, "")
    lines = dict(line.split(maxsplit=1) for line in text.stdout.splitlines())
    assert lines["python"] == found["python"]
    assert lines["tensorflow"] == found["packages"]["tensorflow"]
    assert lines["cores"] == str(found["cores"])
