"""What is kept of a blessing: in ML Metadata, and in the folder of the model that was pushed."""

import dataclasses
import json
from typing import Any

from zeroskew.files import read_if_there
from zeroskew.versions import list_versions

SAVED_MODEL = "saved_model.pb"
"""File without which a version of a model is unfinished."""
BLESSING = "assets.extra/blessing.json"
"""File of a served model. TensorFlow leaves this folder to those who serve."""

_SCORE = "score"
_CONTRACT = "contract"


@dataclasses.dataclass(frozen=True)
class Blessed:
    """A model that was blessed.

    Args:
        score: its first metric on the rows of that day; None if it was not kept.
        contract: what is the same for labels that ask the same.
    """

    score: float | None
    contract: str

    @classmethod
    def from_artifact(cls, blessing: Any) -> "Blessed":
        """Reads what `write_to` wrote, if it did."""
        known = blessing.has_custom_property(_SCORE)
        score = blessing.get_float_custom_property(_SCORE) if known else None
        return cls(score, blessing.get_string_custom_property(_CONTRACT))

    def write_to(self, blessing: Any) -> None:
        """Writes it as properties of an artifact."""
        if self.score is not None:
            blessing.set_float_custom_property(_SCORE, self.score)
        blessing.set_string_custom_property(_CONTRACT, self.contract)

    def to_json(self) -> bytes:
        """Returns what `served_models` reads."""
        return json.dumps(dataclasses.asdict(self), indent=2).encode() + b"\n"


def served_models(serving: str, limit: int) -> dict[int, Blessed]:
    """Returns the versions of a serving folder, the newest first.

    Args:
        serving: folder or bucket.
        limit: how many are looked at.
    """
    versions = list_versions(serving, SAVED_MODEL)[::-1][:limit]
    return {version: _read(f"{serving}/{version}/{BLESSING}") for version in versions}


def _read(file: str) -> Blessed:
    content = read_if_there(file)
    said = {} if content is None else json.loads(content)
    return Blessed(said.get(_SCORE), said.get(_CONTRACT, ""))
