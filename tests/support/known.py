"""Which values the features of a small model know."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from model import FeatureSet, YesNo
from model.feature_engineering.kinds import Feature
from model.serving.known_values import write_known_values


def write_known(
    folder: Path, features: Sequence[Feature], learned: Mapping[str, Sequence[str]]
) -> None:
    """Lets a SavedModel say that it has such features, some with a vocabulary that was learned."""
    write_known_values(str(folder), FeatureSet(label=YesNo("answer"), features=features))
    lines = [
        line
        for name, values in learned.items()
        for line in (f"\t{name}", *(f"{name}\t{value}" for value in values))
    ]
    (folder / "assets").mkdir(exist_ok=True)
    (folder / "assets" / "vocabularies").write_text("\n".join([*lines, "\t", ""]))
