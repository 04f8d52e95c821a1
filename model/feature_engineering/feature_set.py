"""The feature list as one object, and everything that can be derived from it alone."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from model.feature_engineering.columns import Column, Row, describe_length
from model.feature_engineering.embedding import Embedding
from model.feature_engineering.features_module import load_module
from model.feature_engineering.kinds import Encoding, Feature, Output, Vector
from model.feature_engineering.labels import MEASURED, WEIGHT, Label
from model.feature_engineering.origins import pointing_to
from model.feature_engineering.row_keys import fingerprint
from model.feature_engineering.together import transform_together
from model.feature_engineering.vector_versions import VectorVersion
from zeroskew.errors import FeatureError, did_you_mean

ROW_KEY = "row_key"
"""Name of the transformed tensor that identifies a raw row; the network does not read it."""


@dataclasses.dataclass(frozen=True)
class FeatureSet:
    """The one list of features, with its label.

    Usage::

        FEATURES = FeatureSet(
            label=YesNo("tipped", lambda row: row["tips"] > 0, uses=("tips",)),
            features=[Numeric("trip_miles"), Categorical("payment_type", max_tokens=20)],
        )

    Attributes:
        label: what is predicted.
        features: what it is predicted from.
        embedding: which vector of a row the model gives out, too, if it gives one.

    Raises:
        FeatureError: two features share a name, the label is named like a transformed tensor, a
            cross or the embedding names an unknown feature, or a feature reads a column that only
            the label may read.
    """

    label: Label
    features: Sequence[Feature]
    embedding: Embedding | None = None

    def __post_init__(self) -> None:
        if not self.features:
            raise FeatureError("a feature list needs at least one feature", received="none")
        self._check_names()
        self._check_references()
        self._check_leaks()
        self._check_versions()
        if self.embedding is not None:
            self.embedding.check(self.features)

    @property
    def outputs(self) -> list[Output]:
        """The transformed tensors of all features, in the order of the list."""
        return [output for feature in self.features for output in feature.outputs]

    @property
    def sources(self) -> list[str]:
        """The raw columns that features read, each once, in the order of the list."""
        return list(dict.fromkeys(name for feature in self.features for name in feature.sources))

    @property
    def lengths(self) -> dict[str, int | None]:
        """How many values a row of each source holds: 1, a vector's length, None for a list."""
        return {name: one for feature in self.features for name, one in feature.lengths.items()}

    @property
    def vector_versions(self) -> list[VectorVersion]:
        """The columns that say of which version a vector is, with the one that is taken."""
        return [
            feature.version_stated
            for feature in self.features
            if isinstance(feature, Vector) and feature.version_stated is not None
        ]

    @property
    def columns_needed(self) -> list[str]:
        """The raw columns that features or the label read, each once."""
        return list(dict.fromkeys([*self.sources, *self.label.sources]))

    @property
    def embedding_sources(self) -> list[str]:
        """The raw columns that the embedding is computed from; none without one."""
        return self.embedding.sources(self.features) if self.embedding else []

    @property
    def has_expressions(self) -> bool:
        """Whether a lambda is in it."""
        return any([self.label.compute, *(feature.expression for feature in self.features)])

    def transform(self, row: Row) -> dict[str, Any]:
        """The tf.Transform half of the whole list.

        Args:
            row: canonical raw columns.

        Returns:
            A dense tensor of shape [batch] or [batch, length] for each output, the row key, the
            label, and what the row counts.
        """
        # A feature made of others comes after them.
        first, later = (
            [one for one in self.features if bool(one.references) is made_of_others]
            for made_of_others in (False, True)
        )
        outputs, learned = transform_together(first, row, {}, self.label.wanted(row))
        outputs |= transform_together(later, row, outputs, ())[0]
        ordered = {output.name: outputs[output.name] for output in self.outputs}
        key = fingerprint(row, self.sources)
        return {**ordered, ROW_KEY: key, **self.label.transform(row, learned)}

    def encode(self, tensors: Mapping[str, Any]) -> dict[str, Encoding]:
        """The Keras half of the whole list, by feature.

        Args:
            tensors: Keras tensors of shape [batch, length] by output name.
        """
        return {feature.name: feature.encode(tensors) for feature in self.features}

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks the list against the columns of the schema.

        Raises:
            FeatureError: a column is unknown or has the wrong type, or an expression fails.
        """
        for feature in self.features:
            with pointing_to(feature.origin):
                for name in feature.sources:
                    _check_column(f"feature {feature.name!r}", name, columns)
                feature.check(columns)
        with pointing_to(self.label.origin):
            self._check_label(columns)

    def _check_label(self, columns: Mapping[str, Column]) -> None:
        for name in self.label.sources:
            _check_column(self.label.owner, name, columns)
            if columns[name].length != 1:
                raise FeatureError(
                    f"{self.label.owner} is computed from columns of one value in each row",
                    received=f"{name!r}, with {describe_length(columns[name].length)}",
                    action="correct value_count in the schema, or let the label read another",
                )
        self.label.check(columns)

    def to_dict(self) -> dict[str, Any]:
        """Returns the list as plain values, for the lineage record and the documentation."""
        return {
            "label": self.label.to_dict(),
            "features": [feature.to_dict() for feature in self.features],
            **self._declared(),
        }

    def _declared(self) -> dict[str, Any]:
        return {"embedding": self.embedding.to_dict()} if self.embedding else {}

    def identity(self) -> dict[str, Any]:
        """Returns what of the list can change a result, for the fingerprint."""
        features = [
            {name: one for name, one in each.to_dict().items() if name not in each.FOR_RECORDS}
            for each in self.features
        ]
        return {"label": self.label.to_dict(), "features": features}

    def _check_names(self) -> None:
        counts = Counter([feature.name for feature in self.features] + [self.label.name])
        for name, count in counts.items():
            if count > 1:
                raise FeatureError(
                    "each feature, and the label, has a name of its own",
                    received=f"{name!r} {count} times",
                    action=f'give one of them another: name="{name}_2"',
                )
        tensors = {
            ROW_KEY: "identifies a row",
            WEIGHT: "says what a row counts",
            MEASURED: "is the label as it is measured",
        } | {
            output.name: f"the feature {feature.name!r} writes"
            for feature in self.features
            for output in feature.outputs
        }
        if self.label.name in tensors:
            raise FeatureError(
                "the label's name is that of no other transformed tensor",
                received=f"{self.label.name!r}, which {tensors[self.label.name]}",
                action="give the label another name",
            )

    def _check_references(self) -> None:
        crossable = [one for one in self.features if one.has_id and not one.references]
        ids = {feature.name for feature in crossable}
        for feature in self.features:
            with pointing_to(feature.origin):
                _check_crossed(feature, ids)

    def _check_leaks(self) -> None:
        for feature in self.features:
            with pointing_to(feature.origin):
                _check_leak(feature, self.label)

    def _check_versions(self) -> None:
        wanted: dict[str, str] = {}
        for one in self.vector_versions:
            known = wanted.setdefault(one.column, one.version)
            if known != one.version:
                raise FeatureError(
                    "a column says of one version that vectors are of it",
                    received=f"{one.column!r}, of which vectors take {known!r} and {one.version!r}",
                    action="give each of them a version_column of its own",
                )


def _check_crossed(feature: Feature, ids: Collection[str]) -> None:
    for name in feature.references:
        if name not in ids:
            raise FeatureError(
                f"feature {feature.name!r} crosses features that have ids",
                allowed=", ".join(sorted(ids)) or "none in this list",
                received=repr(name),
                action=did_you_mean(name, ids),
            )


def _check_leak(feature: Feature, label: Label) -> None:
    for name in feature.sources:
        if name in label.secret:
            raise FeatureError(
                f"no feature may read a column that the label {label.name!r} is computed from",
                allowed="columns whose value is known before the label is",
                received=f"feature {feature.name!r} reads {name!r}",
                action="remove the feature or, if the value is known when serving, say so in the "
                f'label: known_before=("{name}",)',
            )


def _check_column(owner: str, name: str, columns: Mapping[str, Column]) -> None:
    if name not in columns:
        raise FeatureError(
            f"{owner} reads a column that the schema does not have",
            allowed=", ".join(columns),
            received=repr(name),
            action=did_you_mean(name, columns),
        )


def load_features(reference: str) -> FeatureSet:
    """Loads the `FEATURES` of a module.

    Args:
        reference: an importable module such as ``model.features``, or the path of a .py file, which
            may import the modules beside it.

    Raises:
        FeatureError: there is no such module or file, it has no `FEATURES`, or a module beside it
            is called like an installed one.
    """
    module = load_module(reference)
    features = getattr(module, "FEATURES", None)
    if not isinstance(features, FeatureSet):
        raise FeatureError(
            "a features file defines FEATURES, a FeatureSet",
            received=f"{reference} with FEATURES of type {type(features).__name__}",
            action="see model/features.py for an example",
        )
    return features
