"""What is proposed for a column, and what only a person knows."""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Question:
    """Something that the values do not tell.

    Attributes:
        key: by which the answer is found, such as ``"date order of 'day'"``.
        text: the question.
        choices: each possible answer, and what it means.
        default: the likelier answer.
    """

    key: str
    text: str
    choices: Mapping[str, str]
    default: str

    def answer(self, answers: "Answers") -> str:
        """Returns what was answered, or the default."""
        return answers.get(self.key, self.default)


@dataclasses.dataclass(frozen=True)
class Proposal:
    """What becomes of a column.

    Attributes:
        column: its name.
        features: the lines of the features file, without commas; none for a column left out.
        reason: what was seen, in a few words.
        cells: how the cells of text hold a list, as the schema's tag says it; empty if they do not.
        unique: whether no two rows have the same value.
        entity: whether rows of the same value belong together, and into the same split.
        moment: whether it is a date whose values sort like time.
        question: what was not known; `features` follow its answer, or else its default.
    """

    column: str
    features: tuple[str, ...]
    reason: str
    cells: str = ""
    unique: bool = False
    entity: bool = False
    moment: bool = False
    question: Question | None = None

    @property
    def kinds(self) -> list[str]:
        """The classes that its lines name."""
        return [line.partition("(")[0] for line in self.features]


Answers = Mapping[str, str]
"""What a person has answered, by the question's key."""


def call(kind: str, *arguments: Any, **options: Any) -> str:
    """Returns the line that makes a feature or label; options that are None are left out."""
    given = [*map(_literal, arguments)]
    given += [f"{key}={_literal(value)}" for key, value in options.items() if value is not None]
    return f"{kind}({', '.join(given)})"


def _literal(value: Any) -> str:
    """Returns a literal with double quotes, as ruff and black write it."""
    if isinstance(value, str):
        text = repr(value)
        if text[0] == "'" and '"' not in text:
            return f'"{text[1:-1]}"'.replace("\\'", "'")
        return text
    if isinstance(value, tuple):
        inside = ", ".join(map(_literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if type(value) is int and value >= _LONG:
        return f"{value:_}"
    return repr(value)


_LONG = 10_000
