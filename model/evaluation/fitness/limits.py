"""What makes a model unfit to serve: findings for the ModelGate."""

from collections.abc import Iterator
from typing import NamedTuple

from model.evaluation.findings import Finding, Said
from model.evaluation.fitness.check import Fitness
from model.settings import ServingLimits


class _Limit(NamedTuple):
    what: str
    value: float
    limit: float | None
    unit: str
    where: str = ""
    is_least: bool = False


def unfit(limits: ServingLimits, fitness: Fitness) -> Iterator[Finding]:
    """Finds what a server of the model would run into.

    Args:
        limits: how slow and how big it may be.
        fitness: what plain TensorFlow made of it.
    """
    if fitness.failure:
        yield Said(
            f"plain TensorFlow does not serve it: its process {fitness.failure}", passed=False
        )
        return
    wrong = [one for one in fitness.asked if not one.passed]
    for one in wrong:
        yield Said(f"asked {one.request}, the model {one.answer}", passed=False)
    if not wrong:
        yield Said(
            f"plain TensorFlow {fitness.tensorflow} serves it: {fitness.replayed} warm-up requests "
            f"and {len(fitness.asked)} odd ones get the answers they should"
        )
    for limit in _limits(limits, fitness):
        if limit.limit is not None:
            yield _against(limit, limit.limit)


def _limits(limits: ServingLimits, fitness: Fitness) -> Iterator[_Limit]:
    slowest = max(fitness.speeds, key=lambda speed: speed.p50_ms)
    yield _Limit(
        "half of the requests for one row take at most",
        *(slowest.p50_ms, limits.p50_ms, "ms", slowest.signature),
    )
    slowest = max(fitness.speeds, key=lambda speed: speed.p99_ms)
    yield _Limit(
        "99 % of the requests for one row take at most",
        *(slowest.p99_ms, limits.p99_ms, "ms", slowest.signature),
    )
    slowest = min(fitness.speeds, key=lambda speed: speed.rows_per_second)
    yield _Limit(
        "requests for 1,024 rows answer",
        *(slowest.rows_per_second, limits.rows_per_second, "rows/s", slowest.signature),
        is_least=True,
    )
    yield _Limit("it takes", fitness.memory_mib, limits.memory_mib, "MiB of memory")


def _against(one: _Limit, limit: float) -> Finding:
    passed = one.value >= limit if one.is_least else one.value <= limit
    where = f" ({one.where})" if one.where else ""
    bound = f"at {'least' if one.is_least else 'most'} {limit:,g}"
    wanted = f"{bound} is allowed" if passed else f"but {bound} is allowed"
    return Said(f"{one.what} {one.value:,g} {one.unit}{where}, {wanted}", passed)
