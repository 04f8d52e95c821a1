"""Jumps of a rate: the share of rows for which a condition is true, from span to span."""

from collections.abc import Mapping

from data_ingestion.anomalies.anomaly import Anomaly


def rate_anomalies(
    now: Mapping[str, float],
    before: Mapping[str, float],
    names: Mapping[str, str],
    largest: float | None,
    control: str,
) -> list[Anomaly]:
    """Returns the rates that have changed too much.

    Args:
        now: share by name; those that could not be measured are left out.
        before: the same, of what is compared with.
        names: the conditions, by name.
        largest: by how much a rate may differ; None if it may be anything.
        control: what is compared with, in words.
    """
    if largest is None:
        return []
    return [
        Anomaly(
            subject=name,
            kind="rate",
            expected=f"at most {largest:g} away from {before[name]:.4f} of {control}: {condition}",
            observed=f"{now[name]:.4f}" if name in now else "no row for which it is true or false",
        )
        for name, condition in names.items()
        if name in before and not abs(now.get(name, float("inf")) - before[name]) <= largest
    ]
