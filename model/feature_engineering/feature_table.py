"""The feature list as a table, for people."""

from model.feature_engineering.feature_set import FeatureSet
from zeroskew.markdown import code, plain, table_line

_HEADER = ("feature", "kind", "reads", "parameters")


def to_markdown(features: FeatureSet) -> str:
    """Returns a Markdown table with one line for each feature, the label last."""
    lines = [table_line(_HEADER), table_line(["---"] * len(_HEADER))]
    for feature in features.features:
        values = feature.to_dict()
        parameters = {
            name: value
            for name, value in values.items()
            if name not in {"kind", "column", "name", "uses", "of"} and value is not None
        }
        lines.append(
            table_line(
                [
                    code(feature.name),
                    feature.KIND,
                    ", ".join(map(code, feature.sources or feature.references)),
                    ", ".join(f"{name}={plain(str(value))}" for name, value in parameters.items()),
                ]
            )
        )
    label = features.label
    reads = ", ".join(map(code, label.sources))
    lines.append(table_line([code(label.name), f"label: {label.KIND}", reads, ""]))
    return "\n".join(lines)
