"""The feature list as a table, for people."""

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
                    f"`{feature.name}`",
                    feature.KIND,
                    ", ".join(f"`{name}`" for name in feature.sources or feature.references),
                    ", ".join(f"{name}={value}" for name, value in parameters.items()),
                ]
            )
        )
    label = features.label
    reads = ", ".join(f"`{name}`" for name in label.sources)
    lines.append(_line([f"`{label.name}`", f"label: {label.KIND}", reads, ""]))
    return "\n".join(lines)


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"
