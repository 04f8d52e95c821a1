"""The files of a use case beside its features: settings, rules and README."""

import json
from collections.abc import Sequence

import yaml

from data_ingestion.proposals import SplitProposal
from model.proposals.proposal import Proposal
from zeroskew.column_facts import TableFacts

_FEWEST, _MOST = 2, 8
_MOST_SLICES = 2


def slices(facts: TableFacts, proposals: Sequence[Proposal]) -> list[str]:
    """Returns columns of few values that are worth looking at one by one."""
    kept = {one.column for one in proposals if one.features and not one.cells}
    able = [
        one.name
        for one in facts.columns
        if one.name in kept
        and one.type != "FLOAT"
        and not one.is_list
        and _FEWEST <= one.distinct <= _MOST
    ]
    return able[:_MOST_SLICES]


def settings_file(
    name: str, path: str, split: SplitProposal, sliced: Sequence[str], missing: float
) -> str:
    """Returns the text of a settings file.

    Args:
        name: of the use case.
        path: the rows.
        split: how they are dealt.
        sliced: columns to slice by.
        missing: share of the rows without a label.
    """
    data = {"path": path, **split.settings, "rules": "rules.yaml"}
    lines = [
        f"# {split.reason}".rstrip(),
        f"name: {name}",
        "features: features.py",
        "schema_file: schema.pbtxt",
        "data:",
        *(f"  {key}: {_value(value)}" for key, value in data.items()),
        f"output: runs/{name}",
    ]
    if missing:
        # A split may have some more of them than the other.
        allowed = min(0.99, round(1.5 * missing + 0.02, 2))
        lines.append(f"max_missing_labels: {allowed}")
    if sliced:
        lines.append(f"slices: [{', '.join(map(_value, sliced))}]")
    return "\n".join(lines) + "\n"


def rules_file(rules: Sequence[str]) -> str:
    """Returns the text of a file of rules."""
    head = "# What later rows must keep beyond the schema; `severity: error` stops a run."
    return "\n".join([head, *rules]) + "\n"


def readme_file(
    name: str, title: str, label: Proposal, proposals: Sequence[Proposal], split: SplitProposal
) -> str:
    """Returns what a reader has to know: the question, the commands, and each column."""
    rows = [
        f"| {_cell(one.column)} | {_cell(_kinds(one))} | {_cell(one.reason)} |"
        for one in (label, *proposals)
    ]
    return "\n".join(
        [
            f"# {name}",
            "",
            title,
            "",
            "```console",
            "zeroskew check --config settings.yaml",
            "zeroskew run --config settings.yaml",
            "```",
            "",
            f"Splits: {split.reason}.",
            "",
            "| column | becomes | because |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _kinds(proposal: Proposal) -> str:
    return ", ".join(proposal.kinds) or "left out"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _value(value: object) -> str:
    """Returns a YAML value on one line."""
    if isinstance(value, str):
        plain = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6)
        return plain.removesuffix("\n...\n").rstrip("\n")
    return json.dumps(value)
