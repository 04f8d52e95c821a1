"""What was seen, in a few words for a comment."""

from zeroskew.column_facts import ColumnFacts

_LONGEST = 30


def shorten(text: str) -> str:
    """Returns a value as a comment shows it."""
    quoted = repr(text) if text.isprintable() else ascii(text)
    return quoted if len(quoted) <= _LONGEST else f"{quoted[: _LONGEST - 3]}..."


def missing(facts: ColumnFacts) -> str:
    """Returns how many rows lack a value, to be added to a reason; empty if none does."""
    if not facts.missing:
        return ""
    share = 100 * facts.missing_share
    return f", {share:.0f} % missing" if share >= 1 else f", {facts.missing:,} missing"
