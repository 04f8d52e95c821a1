"""The documents as a site: built without a warning, whole, and without the network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documents import DOCS, ROOT
from script_modules import load
from typer.main import get_command

from pipeline.cli import app
from pipeline.settings import Settings


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_it_has_all_pages(site: Path) -> None:
    pages = {file.relative_to(site).with_suffix("").as_posix() for file in site.rglob("*.html")}
    examples = {f"examples/{file.parent.name}" for file in ROOT.glob("examples/*/README.md")}
    assert pages == {"404", "index", *(file.stem for file in DOCS.glob("*.md"))} | examples


def test_it_loads_nothing_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|source|iframe)[^>]* src(?:set)?=\"?([^\" >]+)", text)
        loaded += re.findall(r"<link[^>]* rel=\"?(?:stylesheet|preconnect)[^>]*href=\"?(\S+)", text)
        assert [one for one in loaded if "//" in one] == []


def test_it_lists_all_commands_and_their_options(site: Path) -> None:
    text = (site / "commands.html").read_text(encoding="utf-8")
    for name, command in get_command(app).commands.items():
        assert f"<code>zeroskew {name}</code>" in text
        options = [one for parameter in command.params for one in parameter.opts]
        assert [one for one in options if one.startswith("-") and one not in text] == []
    assert "<code>zeroskew kubeflow schedule</code>" in text


def test_it_lists_all_settings(site: Path) -> None:
    text = (site / "settings.html").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"<code>{name}</code>" in text
    assert "whole number, 1 or more" in text
    assert "share of a split's rows that may lack the label" in text.replace("&#39;", "'")


def test_the_picture_of_the_pipeline_is_that_of_the_dag() -> None:
    picture = load("dag_picture")
    drawn = picture.draw(picture.upstream_of_steps())
    message = "draw it again: .venv/bin/python -m scripts.dag_picture"
    assert picture.FILE.read_text(encoding="utf-8") == drawn, message


@pytest.mark.parametrize("picture", sorted(DOCS.glob("images/*")), ids=lambda file: file.name)
def test_a_picture_is_small_and_shown(picture: Path) -> None:
    assert picture.stat().st_size < 300_000
    documents = [ROOT / "README.md", *DOCS.glob("*.md")]
    assert any(f"images/{picture.name}" in one.read_text(encoding="utf-8") for one in documents)
