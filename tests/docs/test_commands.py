"""What the documents say can be typed: commands have their subcommands, options and targets."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import DOCUMENTS, ROOT, blocks
from typer.main import get_command

from pipeline.cli import app

TARGET = re.compile(r"^([a-z0-9-]+):", re.MULTILINE)
SEPARATORS = {"|", "||", "&&", ";", "&", ">", ">>", "<", "2>"}


def commands(program: str) -> Iterator[list[str]]:
    """Yields the words of each command of `program` in the code blocks of all documents."""
    for document in DOCUMENTS:
        for block in blocks(document, "console", "bash", "sh", "shell"):
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
    return (
        re.match(r"(\$ )?([A-Z_]+=\S* )*([\w./-]+/)?(zeroskew|make|python)( |$)", line) is not None
    )


def name_of(words: list[str]) -> str:
    return " ".join(words)


def test_the_documents_hold_commands() -> None:
    assert {file.name for file in DOCUMENTS} >= {"README.md", "CONTRIBUTING.md", "runs.md"}
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


@pytest.mark.parametrize("words", list(commands("python")), ids=name_of)
def test_a_python_command_names_a_file_or_a_module_of_the_project(words: list[str]) -> None:
    if words[1] == "-m":
        place = Path(*words[2].split("."))
        of_beam = words[2].startswith("apache_beam.")
        assert of_beam or any((ROOT / one).exists() for one in (place, place.with_suffix(".py")))
    else:
        assert (ROOT / words[1]).is_file()


@pytest.mark.parametrize("target", sorted(TARGET.findall((ROOT / "Makefile").read_text())))
def test_a_target_is_in_the_list_that_make_help_shows(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:[^\n]*## \S", makefile, re.MULTILINE)
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert target in phony.split()
