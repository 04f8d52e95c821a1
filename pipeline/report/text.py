"""Text and numbers as the page shows them."""

import unicodedata

_LONGEST = 160


def plain(value: object, longest: int = _LONGEST) -> str:
    """Returns a value as one line of text, shortened if it is long.

    Characters that cannot be seen, or that change the order of those around them, are written out.
    """
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    seen = "".join(map(_visible, text[: longest + 1]))
    return seen if len(seen) <= longest else f"{seen[: longest - 1]}…"


def number(value: float | None, absent: str = "-") -> str:
    """Returns a metric as the summary shows it."""
    return absent if value is None else f"{value:.4f}"


def amount(value: float) -> str:
    """Returns a number of the data, with as many digits as say something."""
    if value == int(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def percent(share: float) -> str:
    """Returns a share; what is not nothing is not shown as nothing."""
    return f"{share:.1%}" if share in (0, 1) or 0.001 <= share <= 0.999 else f"{share:.3%}"


def duration(seconds: float) -> str:
    """Returns a time in units that fit it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def count(number_: int, word: str) -> str:
    """Returns a number with its word, of which there is one or several."""
    return f"{number_:,} {word}{'' if number_ == 1 else 's'}"


def _visible(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn"):
        return repr(character)[1:-1]
    return character
