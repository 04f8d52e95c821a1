"""Which of the blessed models a new one is held against."""

import hashlib
import json
from collections.abc import Sequence
from types import CodeType
from typing import Any

from model.feature_engineering.labels import Label
from model.serving.blessed import Blessed, served_models
from model.settings import GateSettings


def contract_of(label: Label) -> str:
    """Returns what is the same for labels that ask the same, in 16 letters."""
    compute = label.compute
    code = getattr(compute, "__code__", None)
    said = json.dumps(label.to_dict(), sort_keys=True, default=str)
    meant = _code(code) if isinstance(code, CodeType) else ""
    return hashlib.sha256(f"{said}{meant}".encode()).hexdigest()[:16]


def choose(
    blessed: Sequence[Blessed],
    contract: str,
    *,
    reference: str,
    remembered: int,
    lower_is_better: bool,
) -> int | None:
    """Returns the place of the model to be held against; None if there is none.

    If no model had the same label, it is the last one: the Evaluator finds out, and says, whether
    it can be compared.

    Args:
        blessed: the newest first.
        contract: of the label of today.
        reference: `best`, `last` or `none`, as in the gate's settings.
        remembered: how many of them are looked at.
        lower_is_better: whether a smaller score is the better one.
    """
    if not blessed or reference == "none":
        return None
    sign = -1 if lower_is_better else 1
    known = [
        (sign * one.score, -place)
        for place, one in enumerate(blessed[:remembered])
        if one.score is not None and one.contract == contract
    ]
    return -max(known)[1] if known and reference == "best" else 0


def choose_served(serving: str, settings: GateSettings, label: Label) -> int | None:
    """Returns the version of the model to be held against, where only the served ones are known.

    Args:
        serving: folder or bucket, one numbered folder for each model.
        settings: which of them it is.
        label: of today.
    """
    if settings.reference == "none":
        return None
    looked_at = settings.remembered if settings.reference == "best" else 1
    served = served_models(serving, looked_at)
    place = choose(
        list(served.values()),
        contract_of(label),
        reference=settings.reference,
        remembered=settings.remembered,
        lower_is_better=label.METRICS[0].lower_is_better,
    )
    return None if place is None else list(served)[place]


def in_words(settings: GateSettings) -> str:
    """Returns what a reason calls the model that `choose` returns."""
    if settings.reference == "best" and settings.remembered > 1:
        return f"the best of the last {settings.remembered} blessed models"
    return "the last blessed model"


def _code(code: CodeType) -> str:
    constants: list[Any] = [
        _code(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts
    ]
    return f"{code.co_code.hex()} {constants} {code.co_names}"
