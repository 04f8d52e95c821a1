"""The model: how it learned, how good it is, and where it is wrong."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from model.evaluation.answers import RowAnswers, read_answers
from model.evaluation.baselines import BaselineScore, best
from model.evaluation.metrics import BASELINE, CANDIDATE, SliceMetrics, read_metrics
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.labels import METRICS, Answers, Label, Metric
from model.feature_engineering.labels.pictures import Picture, Series
from pipeline import produced
from pipeline.report.pictures import chart
from pipeline.report.runs import Run
from pipeline.report.sections.confusion import Confusion, class_names, confusion
from pipeline.report.sections.worst import Worst, worst

_MOST_SLICES = 200
_NAMES = {CANDIDATE: "this model", BASELINE: "reference"}


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A picture and what stands below it.

    Attributes:
        picture: as numbers.
        markup: drawn.
    """

    picture: Picture
    markup: Markup


@dataclasses.dataclass(frozen=True)
class Measured:
    """A metric on all rows.

    Attributes:
        metric: what is measured.
        value: of the model.
        interval: the ends of its 95 % interval; None if it is not known.
        rule: the best trivial rule, in words; empty if rules are not measured by it.
        rule_value: what that one reaches.
        reference: what the model reaches that this one is held against; None if there is none.
    """

    metric: Metric
    value: float
    interval: tuple[float, float] | None
    rule: str
    rule_value: float | None
    reference: float | None


@dataclasses.dataclass(frozen=True)
class ModelView:
    """What is known of the model.

    Attributes:
        label: what it predicts; empty if it is not known.
        kind: of the label.
        training: how it learned; None if it was not trained.
        record: of the training.
        metrics: on all rows.
        rules: the trivial rules, best first.
        pictures: of the answers.
        confusion: of classes; None if there are none.
        slices: metrics of each.
        more_slices: how many are not shown.
        shown: the metrics that a table has.
        score: what is measured of an answer, by name.
        worst: the rows with the worst answers; None if they are not known.
    """

    label: str
    kind: str
    training: Drawn | None
    record: Mapping[str, object]
    metrics: Sequence[Measured]
    rules: Sequence[BaselineScore]
    pictures: Sequence[Drawn]
    confusion: Confusion | None
    slices: Sequence[SliceMetrics]
    more_slices: int
    shown: Sequence[Metric]
    score: str
    worst: Worst | None


def model(run: Run, known: FeatureSet | None) -> ModelView | None:
    """Reads what is known of the model; None if the run has not come to the rules or the training.

    Args:
        run: the run.
        known: its features; None if their file cannot be read any more.
    """
    trained, scored, evaluated = map(run.outputs, ("Trainer", "TrivialBaselines", "Evaluator"))
    if not trained and not scored:
        return None
    rules = produced.baselines(scored) if scored else []
    measured = produced.metrics(evaluated) if evaluated else []
    before = read_metrics(evaluated["evaluation"][0].uri, BASELINE) if evaluated else []
    names = measured[0].metrics if measured else rules[0].metrics if rules else {}
    shown = [metric for metric in METRICS.values() if metric.name in names]
    answers = read_answers(evaluated["evaluation"][0].uri) if evaluated else None
    label = known.label if known else None
    record = produced.training(trained) if trained else {}
    classes = class_names(run, label) if label else ()
    return ModelView(
        label=label.name if label else "",
        kind=label.KIND if label else "",
        training=_learned(record) if record else None,
        record=record,
        metrics=_metrics(measured, before, rules, shown),
        rules=_ranked(rules, shown),
        pictures=_pictures(answers, label) if answers and label else [],
        confusion=confusion(run, classes),
        slices=measured[: _MOST_SLICES + 1],
        more_slices=max(0, len(measured) - _MOST_SLICES - 1),
        shown=shown,
        score=label.SCORE if label else "",
        worst=worst(run, answers, label, classes) if answers and label else None,
    )


def _learned(record: Mapping[str, Sequence[float]]) -> Drawn:
    epochs = list(range(1, len(record["loss"]) + 1))
    series = [
        Series(name, epochs, [float(loss) for loss in record[key]])
        for name, key in (("train loss", "loss"), ("validation loss", "val_loss"))
    ]
    picture = Picture(
        "Training",
        "The weights of the epoch with the least validation loss are kept.",
        *("epoch", "loss"),
        series,
    )
    return Drawn(picture, chart(picture))


def _metrics(
    measured: Sequence[SliceMetrics],
    before: Sequence[SliceMetrics],
    rules: Sequence[BaselineScore],
    shown: Sequence[Metric],
) -> list[Measured]:
    if not measured:
        return []
    found = []
    for metric in shown:
        has_rule = bool(rules) and metric.name in rules[0].metrics
        rule = best(rules, metric) if has_rule else None
        found.append(
            Measured(
                metric=metric,
                value=measured[0].metrics[metric.name],
                interval=measured[0].intervals.get(metric.name),
                rule=rule.rule if rule else "",
                rule_value=rule.metrics[metric.name] if rule else None,
                reference=before[0].metrics.get(metric.name) if before else None,
            )
        )
    return found


def _ranked(rules: Sequence[BaselineScore], shown: Sequence[Metric]) -> list[BaselineScore]:
    ranking = [metric for metric in shown if rules and metric.name in rules[0].metrics]
    if not ranking:
        return list(rules)
    first = ranking[0]
    return sorted(rules, key=lambda one: one.metrics[first.name], reverse=not first.lower_is_better)


def _pictures(answers: RowAnswers, label: Label) -> list[Drawn]:
    by_model = {_NAMES[name]: answers.by_name[name] for name in _NAMES if name in answers.by_name}
    places = np.flatnonzero(np.logical_and.reduce([_counts(one) for one in by_model.values()]))
    if not len(places):
        return []
    taken = {name: one.take(places) for name, one in by_model.items()}
    return [Drawn(picture, chart(picture)) for picture in label.pictures(taken)]


def _counts(answers: Answers) -> np.ndarray:
    counts: np.ndarray = (answers.weights > 0) & np.isfinite(answers.scores)
    return counts
