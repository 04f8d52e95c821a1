"""What the documents say can be typed, and where they point."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from data_ingestion.rules.rules_file import Rules
from data_ingestion.settings import DataSettings
from pipeline.cli import app

ROOT = Path(__file__).parents[1]
HIDDEN = {".venv", ".tools", ".debian13", ".image", ".git", "runs", "node_modules"}
DOCUMENTS = sorted(
    file
    for file in ROOT.rglob("*.md")
    if not any(part in HIDDEN or part.startswith(".") for part in file.relative_to(ROOT).parts[:-1])
)
BLOCK = re.compile(r"^```(?:console|bash|sh|shell)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
TARGET = re.compile(r"^([a-z0-9-]+):", re.MULTILINE)
SEPARATORS = {"|", "||", "&&", ";", "&", ">", ">>", "<", "2>"}


def commands(program: str) -> Iterator[list[str]]:
    """Yields the words of each command of `program` in the code blocks of all documents."""
    for document in DOCUMENTS:
        for block in BLOCK.findall(document.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                yield from commands_of(line, program)


def commands_of(line: str, program: str) -> Iterator[list[str]]:
    words = shlex.split(line.removeprefix("$ "), comments=True) if is_typed(line) else []
    command: list[str] = []
    for word in [*words, ";"]:
        if word in SEPARATORS:
            while command and re.fullmatch(r"[A-Z_]+=.*", command[0]):
                command = command[1:]
            if command and Path(command[0]).name == program:
                yield command
            command = []
        else:
            command.append(word)


def is_typed(line: str) -> bool:
    """Whether a line of a code block is a command; output may hold a lone quotation mark."""
    return re.match(r"(\$ )?([A-Z_]+=\S* )*([\w./-]+/)?(zeroskew|make)( |$)", line) is not None


def name_of(words: list[str]) -> str:
    return " ".join(words)


def test_the_documents_hold_commands() -> None:
    assert {file.name for file in DOCUMENTS} >= {"README.md", "CONTRIBUTING.md"}
    assert ["make", "run"] in [words[:2] for words in commands("make")]
    assert ["make", "test"] in [words[:2] for words in commands("make")]
    assert list(commands("zeroskew")) != []


@pytest.mark.parametrize("words", list(commands("make")), ids=name_of)
def test_a_make_command_names_targets_of_the_makefile(words: list[str]) -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    named = {word for word in words[1:] if "=" not in word and not word.startswith("-")}
    assert named <= targets
    variables = {word.partition("=")[0] for word in words[1:] if "=" in word}
    assert variables <= {"ARGS", "NAME", "PYTHON", "STACK"}


@pytest.mark.parametrize("words", list(commands("zeroskew")), ids=name_of)
def test_a_zeroskew_command_has_its_subcommand_and_its_options(words: list[str]) -> None:
    command = get_command(app)
    arguments = words[1:]
    while hasattr(command, "commands") and arguments and not arguments[0].startswith("-"):
        assert arguments[0] in command.commands
        command = command.commands[arguments.pop(0)]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    given = {word.partition("=")[0] for word in arguments if word.startswith("-")}
    assert given <= options


@pytest.mark.parametrize("target", sorted(TARGET.findall((ROOT / "Makefile").read_text())))
def test_a_target_is_in_the_list_that_make_help_shows(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:[^\n]*## \S", makefile, re.MULTILINE)
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert target in phony.split()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_relative_links_point_to_files(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link.partition("#")[0] for link in LINK.findall(text) if "://" not in link]
    local = [link for link in links if link and not link.startswith("mailto:")]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_the_sources_in_the_documents_are_settings() -> None:
    text = (ROOT / "data_ingestion" / "README.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    sources = [
        DataSettings.model_validate(block["data"]) for block in blocks if "rows" not in block
    ]
    assert len({source.path for source in sources}) == len(sources) >= 8
    (rules,) = [Rules.model_validate(block) for block in blocks if "rows" in block]
    assert (len(rules.rows), len(rules.data)) == (2, 4)
