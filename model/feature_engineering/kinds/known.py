"""Which values a feature tells from all others."""

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Known:
    """Which values of its column a feature knows; all others are one to it, or few.

    Attributes:
        given: the values, as text; None if they are learned, as a vocabulary.
        vocabulary: its name; the feature's unless given.
    """

    given: Sequence[str] | None = None
    vocabulary: str = ""
