"""Argo's arithmetic of retries: when a failed step is tried again, and when never more."""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class RetryPolicy:
    """The policy of a step; what KFP's compiler is not told is zero.

    Attributes:
        retries: at most.
        pause: seconds before the first retry ...
        factor: ... and by how much each pause is longer than the one before; 0 stands for 1.
        window: seconds from the start of the first attempt; later no retry starts, and one that
            is at work is killed.
    """

    retries: int
    pause: float
    factor: float
    window: float

    @classmethod
    def of(cls, task: Mapping[str, Any]) -> "RetryPolicy":
        """Returns the policy of a task."""
        policy = task.get("retryPolicy", {})
        return cls(
            policy.get("maxRetryCount", 0),
            _seconds(policy.get("backoffDuration", "0s")),
            policy.get("backoffFactor", 0.0),
            _seconds(policy.get("backoffMaxDuration", "0s")),
        )

    def pause_before(self, retry: int) -> float:
        """Returns the seconds before a retry; the first one has number 1."""
        return self.pause * (self.factor or 1.0) ** (retry - 1)

    def allows(self, retry: int, elapsed: float) -> bool:
        """Says whether a retry starts, so many seconds after the first attempt has started."""
        return retry <= self.retries and elapsed + self.pause_before(retry) <= self.window

    def kills(self, attempt: int, elapsed: float) -> bool:
        """Says whether an attempt that ends then, the first being 1, was ended by the window."""
        return attempt > 1 and elapsed > self.window


def _seconds(duration: str) -> float:
    return float(duration.removesuffix("s"))
