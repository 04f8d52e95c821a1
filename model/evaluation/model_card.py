"""The model card: a page of Markdown about a blessed model, for those who are to trust it.

What a card holds is that of M. Mitchell et al., "Model Cards for Model Reporting" (2019), as far as
a pipeline knows it: what was predicted from what, on which data, how well, and for whom less well.
"""

from collections.abc import Iterator, Sequence

from model.evaluation.baselines import BaselineScore, best_rules
from model.evaluation.metrics import SliceMetrics
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.feature_table import to_markdown
from model.feature_engineering.labels import METRICS, Metric
from model.serving.lineage import Lineage
from zeroskew.markdown import code, plain, table_line

_FEW_ROWS = 100


def model_card(
    features: FeatureSet,
    lineage: Lineage,
    measured: Sequence[SliceMetrics],
    baselines: Sequence[BaselineScore],
) -> str:
    """Returns the card of a model.

    Args:
        features: the list it was made of.
        lineage: its record.
        measured: its metrics, of all rows first.
        baselines: what trivial rules reach on the same rows.
    """
    label = features.label
    return "\n".join(
        [
            f"# Model card: {plain(label.name)}",
            "",
            f"Predicts {code(label.name)}, {label.KIND}, from {len(features.sources)} columns. It "
            f"was {'blessed' if lineage.blessed else 'refused'} by the pipeline that made it.",
            "",
            *("## Made of", ""),
            *_made_of(lineage),
            *("", "## How good it is", ""),
            *_metrics(measured, baselines),
            *("", "## Why it may serve" if lineage.blessed else "## Why it may not serve", ""),
            *(f"- {plain(reason)}" for reason in lineage.reasons),
            *("", "## For whom it is less sure", ""),
            *_weaknesses(measured, label.METRICS[0]),
            *("", "## Features", ""),
            to_markdown(features),
            "",
        ]
    )


def _made_of(lineage: Lineage) -> Iterator[str]:
    yield table_line(("what", "which"))
    yield table_line(("---", "---"))
    for what, which in {
        "fingerprint": lineage.fingerprint,
        "data": f"{f'span {lineage.span}, ' if lineage.span else ''}{lineage.rows_in_words}",
        "schema": lineage.schema,
        "code": lineage.code,
        "packages": lineage.packages_in_words,
        "training": ", ".join(f"{name} {one}" for name, one in lineage.settings.items()),
    }.items():
        yield table_line((what, plain(which)))


def _metrics(measured: Sequence[SliceMetrics], baselines: Sequence[BaselineScore]) -> Iterator[str]:
    shown = [metric for metric in METRICS.values() if metric.name in measured[0].metrics]
    yield table_line(["eval rows", "how many", *(metric.title for metric in shown)])
    yield table_line(["---", *["---:"] * (len(shown) + 1)])
    for one in measured:
        numbers = [_number(one, metric.name) for metric in shown]
        yield table_line([code(one.slice), f"{one.metrics['rows']:,.0f}", *numbers])
    for rule in best_rules(baselines, shown):
        reached = (rule.metrics.get(metric.name) for metric in shown)
        numbers = ["" if value is None else f"{value:.4f}" for value in reached]
        yield table_line([f"the rule {code(rule.rule)}", "", *numbers])
    yield ""
    yield "In brackets are the ends of 95 % intervals. Rows of the eval split taught it nothing."


def _number(one: SliceMetrics, metric: str) -> str:
    value = one.metrics.get(metric)
    if value is None:
        return "-"
    low, high = one.intervals.get(metric, (0.0, 0.0))
    return f"{value:.4f}" + (f" ({low:.4f} to {high:.4f})" if low < high else "")


def _weaknesses(measured: Sequence[SliceMetrics], first: Metric) -> Iterator[str]:
    """Yields the slices that are small, or surely worse than all rows by the first metric."""
    overall, *slices = measured
    said = False
    for one in slices:
        ends, whole = one.intervals.get(first.name), overall.metrics[first.name]
        rows = one.counted if one.counted is not None else int(one.metrics["rows"])
        if rows < _FEW_ROWS:
            yield f"- {code(one.slice)}: only {rows:,} rows tell of it"
            said = True
        elif ends and (ends[0] > whole if first.lower_is_better else ends[1] < whole):
            yield (
                f"- {code(one.slice)}: {first.title} {_number(one, first.name)}, {whole:.4f} on "
                f"{overall.slice}"
            )
            said = True
    if not said:
        yield "No slice that was measured is surely worse than all rows."
