"""Finding the blessed model that a new one is held against, in ML Metadata."""

from typing import Any

from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
    LatestBlessedModelStrategy,
)

from model.evaluation.references import choose
from model.serving.blessed import Blessed


class ReferenceModelStrategy(LatestBlessedModelStrategy):
    """TFX's strategy for the last blessed model, but that it may be the best of the last ones.

    Args:
        contract: what the blessing of a model with the same label holds.
        reference: `best`, `last` or `none`.
        remembered: how many models are looked at.
        lower_is_better: whether a smaller score is the better one.
    """

    def __init__(
        self, contract: str, reference: str, remembered: int, lower_is_better: bool
    ) -> None:
        self._contract = contract
        self._rules: Any = {
            "reference": reference,
            "remembered": remembered,
            "lower_is_better": lower_is_better,
        }

    def _resolve(
        self,
        input_dict: dict[str, list[Any]],
        model_channel_key: str,
        model_blessing_channel_key: str,
    ) -> dict[str, list[Any]]:
        blessings = {
            one.get_int_custom_property("current_model_id"): one
            for one in input_dict[model_blessing_channel_key]
            if one.get_int_custom_property("blessed") == 1
        }
        models = [one for one in input_dict[model_channel_key] if one.id in blessings]
        models.sort(key=lambda model: model.id, reverse=True)
        known = [Blessed.from_artifact(blessings[model.id]) for model in models]
        place = choose(known, self._contract, **self._rules)
        if place is None:
            return {model_channel_key: [], model_blessing_channel_key: []}
        model = models[place]
        return {model_channel_key: [model], model_blessing_channel_key: [blessings[model.id]]}
