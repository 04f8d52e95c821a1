"""The features: what each is made of, before and after Transform."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup
from tensorflow_metadata.proto.v0 import statistics_pb2

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.kinds import Feature
from model.feature_engineering.vocabularies import read_vocabulary
from pipeline import produced
from pipeline.report.distributions import Distribution, distribution
from pipeline.report.pictures import bars
from pipeline.report.runs import Run
from pipeline.report.text import plain

_MOST_FEATURES = 150
_HEAD = 12
_SHOWN_PARTS = 2
_NO_PARAMETERS = {"kind", "column", "name", "uses", "of"}


@dataclasses.dataclass(frozen=True)
class Part:
    """A column that a feature reads, or a tensor that it becomes.

    Attributes:
        name: of it.
        distribution: in the train rows.
        picture: of that.
    """

    name: str
    distribution: Distribution
    picture: Markup


@dataclasses.dataclass(frozen=True)
class FeatureView:
    """A feature.

    Attributes:
        name: of the feature.
        kind: of the feature.
        parameters: how it is computed, in words.
        note: what speaks against it; empty if nothing does.
        before: the columns that it reads, the first ones.
        after: the tensors that it becomes, the first ones.
        left_out: how many columns and tensors are not shown.
        vocabulary: its first values.
        vocabulary_size: how many values it knows.
    """

    name: str
    kind: str
    parameters: str
    note: str
    before: Sequence[Part]
    after: Sequence[Part]
    left_out: int
    vocabulary: Sequence[str]
    vocabulary_size: int


def features(run: Run, known: FeatureSet | None) -> Sequence[FeatureView] | None:
    """Reads what the features have become; None if Transform has not run or the list is unknown."""
    outputs = run.outputs("Transform")
    if outputs is None or known is None:
        return None
    before, after = (_statistics(outputs, when) for when in ("pre", "post"))
    notes = {
        **produced.unequal_lists(outputs),
        **produced.unread_dates(outputs),
        **produced.dead_features(outputs),
    }
    folder = outputs["transform_graph"][0].uri
    return [
        _view(one, before, after, notes.get(one.name, ""), folder, place)
        for place, one in enumerate(known.features)
    ]


def _statistics(outputs: produced.Outputs, when: str) -> Any:
    file = Path(outputs[f"{when}_transform_stats"][0].uri, "FeatureStats.pb")
    (dataset,) = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes()).datasets
    return dataset


def _view(
    feature: Feature, before: Any, after: Any, note: str, folder: str, place: int
) -> FeatureView:
    tensors = [output.name for output in feature.outputs]
    drawn = place < _MOST_FEATURES
    parts = [
        [_part(name, statistics) for name in names[:_SHOWN_PARTS]] if drawn else []
        for names, statistics in ((list(feature.sources), before), (tensors, after))
    ]
    vocabulary = read_vocabulary(folder, feature.name)
    parameters = {
        name: value
        for name, value in feature.to_dict().items()
        if name not in _NO_PARAMETERS and value not in (None, (), [], "")
    }
    reads = ", ".join(map(plain, feature.sources or feature.references))
    told = ", ".join(f"{name}={plain(value, 60)}" for name, value in parameters.items())
    return FeatureView(
        name=plain(feature.name),
        kind=feature.KIND,
        parameters=f"reads {reads}" + (f"; {told}" if told else ""),
        note=note,
        before=[one for one in parts[0] if one],
        after=[one for one in parts[1] if one],
        left_out=len(feature.sources) + len(tensors) - sum(map(len, parts)),
        vocabulary=[plain(value, 40) for value in vocabulary[:_HEAD]],
        vocabulary_size=len(vocabulary),
    )


def _part(name: str, dataset: Any) -> Part | None:
    by_name: Mapping[str, Any] = {one.path.step[-1]: one for one in dataset.features}
    if name not in by_name:
        return None
    found = distribution({"train": by_name[name]}, {"train": int(dataset.num_examples)})
    alternative = f"Distribution of {plain(name)} in the train rows"
    return Part(plain(name), found, bars(found.bars, found.names, alternative))
