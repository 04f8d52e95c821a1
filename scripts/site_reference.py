"""The parts of the documents that are made from the code: commands, settings, environments."""

import inspect
import json
import re
import subprocess
import sys
from typing import Any, Callable, Dict, Iterator, Mapping, Tuple, Type, get_args

from docstring_parser import parse
from pydantic import BaseModel

Model = Type[BaseModel]

BOLD = re.compile(r'<span style="font-weight: bold">(.*?)</span>')
# Two spaces begin an example in a command's help; Markdown takes four for a block.
EXAMPLE = re.compile(r"^  (?=\S)", re.MULTILINE)
LITERAL = re.compile(r"``(.+?)``")
LIMITS = {
    "minimum": "{} or more",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
}
NAMES = {"integer": "whole number", "string": "text", "boolean": "true or false", "array": "list"}


def commands() -> str:
    """Returns what `typer utils docs` says of all commands, below the page's own title."""
    program = [sys.executable, "-m", "typer", "pipeline.cli", "utils", "docs", "--name", "zeroskew"]
    text = subprocess.run(program, check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")
    return EXAMPLE.sub(" " * 4, BOLD.sub(r"**\1**", text[text.index("\n## ") :]))


def settings() -> str:
    """Returns a table for each section of the settings file."""
    from pipeline.settings import Settings

    return "\n".join(sections(Settings, ""))


def environment() -> str:
    """Returns a table for each section of the file of a Kubeflow environment."""
    from zeroskew_kubeflow.environment import Environment

    return "\n".join(sections(Environment, "environment"))


def sections(model: Model, name: str) -> Iterator[str]:
    """Yields a model's table, then those of the models below it, each once, by its key."""
    yield from ([f"\n## `{name}`\n"] if name else [])
    yield from [summary(model) + "\n", *table(model)]
    first: Dict[Model, str] = {}
    for key, held in held_by(model):
        place = f"{name}.{key}" if name else key
        if held in first:
            yield f"\n## `{place}`\n\nWhat stands in `{first[held]}`."
        else:
            first[held] = place
            yield from sections(held, place)


def held_by(model: Model) -> Iterator[Tuple[str, Model]]:
    """Yields the models in a model's fields, also those in its lists and by its free keys."""
    for key, field in model.model_fields.items():
        for one in (field.annotation, *get_args(field.annotation)):
            if inspect.isclass(one) and issubclass(one, BaseModel):
                yield key, one


def summary(model: Model) -> str:
    """Returns the first sentence of a model's docstring."""
    return str(parse(inspect.getdoc(model) or "").short_description)


def table(model: Model) -> Iterator[str]:
    """Yields the lines of a table: each key, what it takes, its default, what it means."""
    said = {one.arg_name: one.description for one in parse(inspect.getdoc(model) or "").params}
    whole = model.model_json_schema()
    yield "| key | takes | default | what it is |"
    yield "| --- | --- | --- | --- |"
    for key, one in whole["properties"].items():
        needed = key in whole.get("required", ())
        default = "must be given" if needed else in_words(one.get("default"))
        meaning = LITERAL.sub(r"`\1`", " ".join((said.get(key) or "").split()))
        yield f"| `{key}` | {cell(takes(one, whole))} | {default} | {cell(meaning)} |"


def takes(one: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """Says what values a JSON schema allows."""
    if "anyOf" in one:
        parts = [takes(part, whole) for part in one["anyOf"] if part != {"type": "null"}]
        return " or ".join(dict.fromkeys(parts))
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"])
    if "$ref" in one:
        return "a section"
    kind = str(one.get("type", "any"))
    if kind == "object":
        return "keys and values"
    limits = [text.format(number(one[key])) for key, text in LIMITS.items() if key in one]
    many = f" of {items(one, whole)}" if "items" in one else ""
    return ", ".join([NAMES.get(kind, kind) + many, *limits])


def items(one: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """Says what a list holds."""
    inner = takes(one["items"], whole) if one["items"] else "any"
    return "sections" if inner == "a section" else inner


def number(value: float) -> str:
    """Returns a limit without an empty fraction."""
    return f"{value:g}"


def in_words(default: Any) -> str:
    """Returns a default as YAML has it; a section's own defaults stand in its table."""
    if default in (None, [], {}) or isinstance(default, dict):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def cell(text: str) -> str:
    """Returns text that ends no cell of a table."""
    return text.replace("|", "\\|")


PARTS: Dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "environment": environment,
}
