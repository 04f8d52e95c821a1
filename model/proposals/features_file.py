"""The features file, as an engineer would have written it."""

from collections.abc import Iterable, Sequence

from model.proposals.proposal import Proposal

_INDENT = " " * 8
_WIDTH = 88


def features_file(title: str, label: Proposal, proposals: Sequence[Proposal]) -> str:
    """Returns the text of a features file.

    Args:
        title: what the table is, for the first line.
        label: the label's proposal.
        proposals: of all other columns, in the order of the table.
    """
    kept = [one for one in proposals if one.features]
    lines = [
        f'"""{_docstring(title)}"""',
        "",
        *_imports([label, *kept]),
        "",
        "FEATURES = FeatureSet(",
        *_comment(label.reason, "    "),
        f"    label={label.features[0]},",
        "    features=[",
        *(line for one in kept for line in _feature(one)),
        "    ],",
        ")",
    ]
    left = [one for one in proposals if not one.features]
    if left:
        lines += ["", "# Left out:"]
        lines += [f"#   {_one_line(one.column)}: {_one_line(one.reason)}" for one in left]
    return "\n".join(lines) + "\n"


def _imports(proposals: Iterable[Proposal]) -> list[str]:
    names = sorted({"FeatureSet", *(kind for one in proposals for kind in one.kinds)})
    plain = f"from model import {', '.join(names)}"
    if len(plain) <= _WIDTH:
        return [plain]
    return ["from model import (", *(f"    {name}," for name in names), ")"]


def _feature(proposal: Proposal) -> list[str]:
    """Returns the lines of a column, with the reason beside the first one, or above it."""
    first, *others = (f"{_INDENT}{line}," for line in proposal.features)
    reason = _one_line(proposal.reason)
    if len(first) + len(reason) + 4 <= _WIDTH:
        return [f"{first}  # {reason}", *others]
    return [*_comment(reason, _INDENT), first, *others]


def _comment(text: str, indent: str) -> list[str]:
    return [f"{indent}# {_one_line(text)}"]


def _one_line(text: str) -> str:
    return " ".join(text.split()) if text.isprintable() else ascii(text)[1:-1]


def _docstring(text: str) -> str:
    return _one_line(text).replace("\\", "/").replace('"', "'")
