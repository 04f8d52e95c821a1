"""The key that a client may send with each row, beside the columns that the model takes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from model.serving.raw_columns import SIGNATURE
from model.serving.service.engine.signature import Signature
from model.serving.service.refusals import invalid
from model.serving.service.settings import ServeSettings

Keys = Sequence[Any] | None
"""For each row text, bytes, a whole number or None; None if there are no keys."""

_KINDS = frozenset({str, bytes, int, type(None)})
_MOST = 2**63


def key_beside(settings: ServeSettings, signature: Signature) -> str | None:
    """Returns the name of a key that is none of the signature's columns; None without one."""
    key = settings.log.key if settings.log else None
    return key if signature.name == SIGNATURE and key not in signature.names else None


def take_from_rows(rows: Sequence[Any], key: str | None) -> Keys:
    """Takes the keys out of rows, as JSON has them.

    Raises:
        RefusedError: one is no key.
    """
    if key is None:
        return None
    return _checked([row.pop(key, None) if type(row) is dict else None for row in rows], key)


def take_from_columns(inputs: Any, key: str | None) -> Keys:
    """Takes the keys out of columns, as JSON has them.

    Raises:
        RefusedError: one is no key, or there are not as many as rows.
    """
    if key is None or type(inputs) is not dict or key not in inputs:
        return None
    keys = inputs.pop(key)
    counts = {len(one) for one in inputs.values() if type(one) is list}
    if type(keys) is not list or {len(keys)} != counts:
        raise invalid(
            f"the key {key!r} must be a list with a value for each row", received=repr(keys)[:100]
        )
    return _checked(keys, key)


def take_from_arrays(arrays: dict[str, np.ndarray], key: str | None) -> Keys:
    """Takes the keys out of arrays.

    Raises:
        RefusedError: they are no keys, or not as many as rows.
    """
    if key is None or key not in arrays:
        return None
    keys = arrays.pop(key)
    counts = {one.shape[:1] for one in arrays.values()}
    if keys.dtype.kind not in "iO" or {keys.shape} != counts:
        raise invalid(
            f"the key {key!r} must be an integer or a string for each row",
            received=f"{keys.dtype.name} {list(keys.shape)}",
        )
    found: list[Any] = keys.tolist()
    return found


def _checked(keys: list[Any], key: str) -> list[Any]:
    for place, one in enumerate(keys):
        if type(one) not in _KINDS or (type(one) is int and not -_MOST <= one < _MOST):
            raise invalid(
                f"the key {key!r} of row {place} must be a key",
                allowed="text, a whole number of 64 bits, or null",
                received=repr(one)[:100],
            )
    return keys
