"""Which values of a column the features of a model know, for a service that counts all others.

`assets.extra/known_values.json` lists these features, each with its column and with the values, or
with the asset of the SavedModel that has them: a vocabulary that was learned is not written twice.
"""

import dataclasses
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.kinds.known import Known
from model.feature_engineering.vocabulary_file import FILE, parse_vocabularies
from zeroskew.files import open_to_write

KNOWN_VALUES = "assets.extra/known_values.json"
_ASSET = f"assets/{FILE}"


@dataclasses.dataclass(frozen=True)
class KnownValues:
    """The values that a feature knows.

    Attributes:
        feature: its name.
        column: that it reads.
        values: as UTF-8, numbers too.
    """

    feature: str
    column: str
    values: Collection[bytes]


def write_known_values(folder: str, features: FeatureSet) -> None:
    """Writes which features know which values.

    Args:
        folder: the SavedModel's.
        features: the list.
    """
    listed = [
        {"feature": one.name, "column": column, **_values(known)}
        for one in features.features
        for column, known in one.known.items()
    ]
    with open_to_write(f"{folder}/{KNOWN_VALUES}") as stream:
        stream.write(json.dumps(listed, ensure_ascii=False, indent=2).encode())


def _values(known: Known) -> dict[str, Any]:
    if known.given is not None:
        return {"values": [*known.given]}
    return {"asset": _ASSET} | ({"vocabulary": known.vocabulary} if known.vocabulary else {})


def read_known_values(folder: Path) -> list[KnownValues]:
    """Returns the values that the features of a SavedModel know; none if it does not tell."""
    file = folder / KNOWN_VALUES
    if not file.exists():
        return []
    listed = json.loads(file.read_bytes())
    assets = {
        name: parse_vocabularies((folder / name).read_bytes())
        for name in {one["asset"] for one in listed if "asset" in one}
    }
    return [
        KnownValues(
            one["feature"],
            one["column"],
            assets[one["asset"]].get(one.get("vocabulary", one["feature"]), [])
            if "asset" in one
            else [value.encode() for value in one["values"]],
        )
        for one in listed
    ]
