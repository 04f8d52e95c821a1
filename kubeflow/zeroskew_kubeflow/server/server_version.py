"""What an API server is too old for, as far as it tells its version."""

import re
from collections.abc import Mapping
from typing import Any

_NUMBERS = re.compile(r"v?(\d+)\.(\d+)")
# Before it, the server looks for the account of a recurring run in the wrong place.
_KEEPS_ACCOUNTS = (2, 17)


def account_warning(account: str, health: Mapping[str, Any]) -> str | None:
    """Returns what to say of a recurring run with an account of its own; None if all is well.

    Args:
        account: the Kubernetes service account.
        health: answer of the server, or of its web interface, to `healthz`.
    """
    tag = str(health.get("tag_name") or health.get("apiServerTagName") or "unknown")
    numbers = _NUMBERS.match(tag)
    if numbers and (int(numbers[1]), int(numbers[2])) >= _KEEPS_ACCOUNTS:
        return None
    which = f"this one is {tag}" if numbers else "this one does not tell its version"
    return (
        f"servers before 2.17 run recurring runs as their default account, not as {account!r}; "
        f"{which}"
    )
