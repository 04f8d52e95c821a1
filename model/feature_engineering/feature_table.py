"""The feature list as a table, for people."""

import re

from model.feature_engineering.feature_set import FeatureSet

_HEADER = ("feature", "kind", "reads", "parameters")


def to_markdown(features: FeatureSet) -> str:
    """Returns a Markdown table with one line for each feature, the label last."""
    lines = [_line(_HEADER), _line(["---"] * len(_HEADER))]
    for feature in features.features:
        values = feature.to_dict()
        parameters = {
            name: value
            for name, value in values.items()
            if name not in {"kind", "column", "name", "uses", "of"} and value is not None
        }
        lines.append(
            _line(
                [
                    _code(feature.name),
                    feature.KIND,
                    ", ".join(map(_code, feature.sources or feature.references)),
                    ", ".join(f"{name}={value}" for name, value in parameters.items()),
                ]
            )
        )
    label = features.label
    reads = ", ".join(map(_code, label.sources))
    lines.append(_line([_code(label.name), f"label: {label.KIND}", reads, ""]))
    return "\n".join(lines)


def _code(name: str) -> str:
    """Returns a name as code in a cell: what would end code, cell or line is written otherwise."""
    fence = "`" * (max(map(len, re.findall("`+", name)), default=0) + 1)
    pad = " " if "`" in name else ""
    text = "".join(char if char.isprintable() else repr(char)[1:-1] for char in name)
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"
