"""Numbers of the gate that would stop no model, or judge by too few rows."""

from collections.abc import Mapping

from model.feature_engineering.labels import Label
from model.settings import GateSettings


def weak_thresholds(gate: GateSettings, label: Label, trivial: Mapping[str, float]) -> list[str]:
    """Says which thresholds the rule without any column reaches, too.

    Args:
        gate: the settings.
        label: what is predicted.
        trivial: what that rule reaches, by metric.
    """
    lower = {metric.name for metric in label.METRICS if metric.lower_is_better}
    return [
        f"gate.thresholds: {name} {bound:g} stops nothing, for a rule without any column "
        f"({label.TRIVIAL}) reaches {trivial[name]:.4f}"
        for name, bound in gate.thresholds.given().items()
        if name in trivial and (trivial[name] <= bound if name in lower else trivial[name] >= bound)
    ]


def few_rows(gate: GateSettings, rows: int) -> list[str]:
    """Says so if the eval split has fewer rows than a slice needs to be judged."""
    if rows >= gate.least_rows:
        return []
    return [
        f"{rows:,} eval rows have a label, and gate.least_rows is {gate.least_rows:,}: no slice is "
        "judged, and a model must be far better than trivial rules to be surely better; bring more "
        "rows, or raise data.eval_parts"
    ]
