"""Which vector of a row a model gives out, declared beside the features."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from model.feature_engineering.kinds import Feature, Vector
from model.feature_engineering.origins import Origin, find_origin, pointing_to
from zeroskew.errors import FeatureError, did_you_mean


@dataclasses.dataclass(frozen=True)
class Embedding:
    """The vector that a model's signature `embed` gives for a row.

    Usage::

        FeatureSet(label=..., features=[...], embedding=Embedding("review"))
        FeatureSet(label=..., features=[...], embedding=Embedding(("review", "genre")))
        FeatureSet(label=..., features=[...], embedding=Embedding())    # the last hidden layer

    Attributes:
        of: a feature, or several; their vectors stand side by side, as the deep side of the network
            gets them. Only the columns that these read are asked for. With none, it is the last
            hidden layer: what the network has made of the whole row.
        normalized: whether the vector has length 1, so that the product of two is their cosine.
    """

    of: str | Sequence[str] = ()
    normalized: bool = True
    origin: Origin | None = dataclasses.field(default=None, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "of", (self.of,) if isinstance(self.of, str) else tuple(self.of))
        object.__setattr__(self, "origin", find_origin())

    def check(self, features: Sequence[Feature]) -> None:
        """Checks that the features are of the list, and their vectors of one origin.

        Raises:
            FeatureError: one is not; or vectors of two providers, models or versions would be one.
        """
        with pointing_to(self.origin):
            names = [feature.name for feature in features]
            for name in self.of:
                if name not in names:
                    raise FeatureError(
                        "an embedding is made of features of the list",
                        allowed=", ".join(names),
                        received=repr(name),
                        action=did_you_mean(name, names),
                    )
            if len(self.of) != len(set(self.of)):
                raise FeatureError(
                    "an embedding is made of different features", received=", ".join(self.of)
                )
            providers = self.providers(features)
            if len(providers) > 1:
                raise FeatureError(
                    "vectors that others made are of one provider, model and version in an "
                    "embedding",
                    received="; ".join(" ".join(one.values()) for one in providers),
                    action="make it of one of these features",
                )

    def parts(self, features: Sequence[Feature]) -> list[Feature]:
        """Returns the features that it is made of, in its order; all, of the last hidden layer."""
        by_name = {feature.name: feature for feature in features}
        return [by_name[name] for name in self.of] if self.of else list(features)

    def sources(self, features: Sequence[Feature]) -> list[str]:
        """Returns the raw columns that it is computed from, each once, in the list's order."""
        parts = self.parts(features)
        wanted = {name for one in parts for name in (one.name, *one.references)}
        read = [name for one in features if one.name in wanted for name in one.sources]
        return list(dict.fromkeys(read))

    def providers(self, features: Sequence[Feature]) -> list[dict[str, str]]:
        """Returns who made the vectors that come from outside, each once."""
        made = [
            {"provider": one.provider, "model": one.model, "version": one.version}
            for one in self.parts(features)
            if self.of and isinstance(one, Vector)
        ]
        return [one for place, one in enumerate(made) if one not in made[:place]]

    def to_dict(self) -> Mapping[str, Any]:
        """Returns it as plain values, for records."""
        return {"of": list(self.of), "normalized": self.normalized}
