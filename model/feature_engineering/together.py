"""The tf.Transform half of many features, computed as few operations.

Features of equal recipe are the columns of one matrix: a thousand of them make as many operations
as one does, and what they learn is learned by one analyzer.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model.feature_engineering.analyzers import Wanted, learn
from model.feature_engineering.columns import Row
from model.feature_engineering.kinds import Feature
from model.feature_engineering.vocabulary_file import vocabulary_name
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True)
class _Block:
    """Features of equal recipe, and their values, of shape [batch, features]; or one alone."""

    recipe: Feature
    features: Sequence[Feature]
    values: Any

    def wanted(self) -> Iterator[Wanted]:
        """Yields what must be learned from all rows, in the order of the recipe's statistics."""
        for key, statistic in self.recipe.statistics.items():
            if isinstance(self.values, Mapping):
                (one,) = self.features
                name = vocabulary_name(one.name, one.column, key)
                yield Wanted(statistic, [name], self.values[key])
            else:
                yield Wanted(statistic, [one.name for one in self.features], self.values)


def transform_together(
    features: Sequence[Feature],
    row: Row,
    outputs: Mapping[str, Any],
    others: Sequence[Wanted],
) -> tuple[dict[str, Any], Sequence[Any]]:
    """Transforms features, all that can be alike at once.

    Args:
        features: none of them made of another one of them.
        row: canonical raw columns, each of shape [batch].
        outputs: of the features that these are made of, by output name.
        others: what else must be learned from all rows.

    Returns:
        By output name, a dense tensor of shape [batch] or [batch, length]; and what was learned for
        the others.
    """
    blocks = _blocks(features, row, outputs)
    wanted = [one for block in blocks for one in block.wanted()]
    results = learn([*wanted, *others])
    learned = iter(results)
    transformed: dict[str, Any] = {}
    for block in blocks:
        known = {name: next(learned) for name in block.recipe.statistics}
        for place, matrix in enumerate(block.recipe.transform(block.values, known)):
            alone = block.recipe.ALONE
            columns = [matrix] if alone else tf.unstack(matrix, num=len(block.features), axis=1)
            for feature, column in zip(block.features, columns, strict=True):
                transformed[feature.outputs[place].name] = column
    return transformed, results[len(wanted) :]


def _blocks(features: Sequence[Feature], row: Row, outputs: Mapping[str, Any]) -> list[_Block]:
    alike: dict[Feature, list[Feature]] = {}
    for feature in features:
        alike.setdefault(feature if feature.ALONE else feature.recipe, []).append(feature)
    return [_block(recipe, members, row, outputs) for recipe, members in alike.items()]


def _block(
    recipe: Feature, members: Sequence[Feature], row: Row, outputs: Mapping[str, Any]
) -> _Block:
    values = [one.read(row, outputs) for one in members]
    (read,) = values if recipe.ALONE else (tf.stack(values, axis=1),)
    return _Block(recipe, members, recipe.prepare(read))
