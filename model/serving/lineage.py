"""Of what a served model was made, and why it may serve: a record in its own folder.

The record lies beside the fingerprint that the model bears, and is bound to it: it tells of no
other model.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from model.serving.fingerprint import read_parts, require_same
from zeroskew.errors import DataError

LINEAGE = "assets.extra/lineage.json"
CARD = "assets.extra/model_card.md"
RECORD_FILE, CARD_FILE = "lineage.json", "model_card.md"
"""The same in the folder of a blessing."""


@dataclasses.dataclass(frozen=True)
class Lineage:
    """What is known of a model.

    Attributes:
        fingerprint: of its feature engineering.
        span: of the data.
        data: digest of the files that were read; what tells of a database is drawn anew each time.
        rows: by split.
        schema: digest of the whole schema.
        code: digest of the code of the model half, the features file and what it imports included.
        versions: by package.
        features: the list and its label, as plain values.
        training: seed and settings.
        metrics: on all eval rows.
        reasons: what the ModelGate checked, in sentences.
        blessed: whether all of it passed.
    """

    fingerprint: str
    span: int
    data: str
    rows: Mapping[str, int]
    schema: str
    code: str
    versions: Mapping[str, str]
    features: Mapping[str, Any]
    training: Mapping[str, Any]
    metrics: Mapping[str, float]
    reasons: Sequence[str]
    blessed: bool

    @property
    def rows_in_words(self) -> str:
        """How many rows each split has."""
        return ", ".join(f"{count:,} {split}" for split, count in self.rows.items()) + " rows"

    @property
    def packages_in_words(self) -> str:
        """The packages with their versions."""
        return ", ".join(f"{name} {version}" for name, version in self.versions.items())

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the training that were given."""
        return {name: one for name, one in self.training.items() if one is not None}

    def to_json(self) -> str:
        """Returns what `read_lineage` reads."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"


@dataclasses.dataclass(frozen=True)
class Difference:
    """Something that two models do not share.

    Attributes:
        what: its name, with dots between the parts.
        first: of the first model, as JSON; empty if it has none.
        second: of the second one.
    """

    what: str
    first: str
    second: str


def read_lineage(folder: Path) -> Lineage:
    """Reads the record of a pushed model.

    Raises:
        DataError: there is none, or it is that of another model.
    """
    fingerprint = read_parts(folder).whole
    file = folder / LINEAGE
    if not file.exists():
        raise DataError(
            "a served model says of what it was made",
            received=f"{folder}, which has no {LINEAGE}",
            action="let the pipeline push it: a copy of the Trainer's model was never judged",
        )
    found = Lineage(**json.loads(file.read_text(encoding="utf-8")))
    require_same(fingerprint, found.fingerprint, "a model", "its lineage record")
    return found


def reads_of(line: Mapping[str, Any]) -> str:
    """Returns what a feature, as the record has it, reads: columns, or other features."""
    return ", ".join(line.get("of") or line.get("uses") or [line["column"]])


def differences(first: Path, second: Path) -> list[Difference]:
    """Returns what two pushed models do not share, in the order of the record.

    Raises:
        DataError: one of them has no record.
    """
    told = [dict(_told(folder)) for folder in (first, second)]
    names = dict.fromkeys(name for one in told for name in one)
    pairs = ((name, *(one.get(name, "") for one in told)) for name in names)
    return [Difference(name, mine, other) for name, mine, other in pairs if mine != other]


def _told(folder: Path) -> Iterator[tuple[str, str]]:
    found = read_lineage(folder)
    record = dataclasses.asdict(found)
    parts = dataclasses.asdict(read_parts(folder))
    label, features = found.features["label"], found.features["features"]
    for name, value in {
        "fingerprint": {"of all": record.pop("fingerprint"), **parts},
        **record,
        "features": {"label": label, **{one["name"]: one for one in features}},
    }.items():
        yield from _flat(name, value)


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flat(f"{name}.{key}", one)
    elif name == "reasons":
        yield from ((f"{name}.{number}", one) for number, one in enumerate(value, start=1))
    else:
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
