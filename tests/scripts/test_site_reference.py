"""Tables of settings, made from models."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from script_modules import load

reference: Any = load("site_reference")


class Inner(BaseModel):
    """What is inside.

    Attributes:
        share: of ``all`` rows, or a | b.
    """

    share: Annotated[float, Field(gt=0, le=1)] = 0.5


class Outer(BaseModel):
    """What is outside.

    Attributes:
        name: of it, on
            two lines.
        kind: which.
        counts: how many.
        first: the first one.
        second: another one.
        more: by name.
    """

    name: str
    kind: Literal["a", "b"] | None = None
    counts: tuple[Annotated[int, Field(ge=1)], ...] = (1, 2)
    first: Inner = Inner()
    second: Inner = Inner()
    more: dict[str, Inner] = {}


def test_a_model_is_a_table_and_those_below_it_follow_once() -> None:
    assert "\n".join(reference.sections(Outer, "")).splitlines() == [
        "What is outside.",
        "",
        "| key | takes | default | what it is |",
        "| --- | --- | --- | --- |",
        "| `name` | text | must be given | of it, on two lines. |",
        "| `kind` | `a`, `b` |  | which. |",
        "| `counts` | list of whole number, 1 or more | `[1, 2]` | how many. |",
        "| `first` | a section |  | the first one. |",
        "| `second` | a section |  | another one. |",
        "| `more` | keys and values |  | by name. |",
        "",
        "## `first`",
        "",
        "What is inside.",
        "",
        "| key | takes | default | what it is |",
        "| --- | --- | --- | --- |",
        "| `share` | number, more than 0, at most 1 | `0.5` | of `all` rows, or a \\| b. |",
        "",
        "## `second`",
        "",
        "What stands in `first`.",
        "",
        "## `more`",
        "",
        "What stands in `first`.",
    ]


def test_examples_of_a_command_are_a_block() -> None:
    text = reference.commands()
    assert text.startswith("\n## `zeroskew init`\n")
    assert "**Examples**\n\n    zeroskew init customers.csv --label Churn\n" in text
    assert "<span" not in text
