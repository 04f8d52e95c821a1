"""Features for a column of words or texts."""

import re
from collections import Counter

from model.proposals.proposal import Proposal, call
from model.proposals.words import missing, shorten
from zeroskew.column_facts import ColumnFacts

MOST_WORDS = 1_000
"""So many categories have an id of their own; where there are more, they share ids by hash."""
_TEXTS = ((3.0, 0.3), (2.0, 0.5))
"""So many words a text has at least, if such a share of the texts differ."""
_SEPARATORS = "|;"
_MOST_OOV = 10_000


def category(facts: ColumnFacts) -> Proposal:
    """Proposes an id for each value."""
    said = f"{facts.distinct:,} different values{_examples(facts)}{missing(facts)}"
    if facts.distinct > MOST_WORDS:
        buckets = min(2 * facts.distinct, _MOST_OOV)
        line = call("Hashed", facts.name, hash_buckets=buckets)
    else:
        line = call("Categorical", facts.name, max_tokens=max(2, facts.distinct))
    return Proposal(facts.name, (line,), said)


def text(facts: ColumnFacts) -> Proposal:
    """Proposes words and pairs of words."""
    line = call("Text", facts.name, ngrams=2, max_tokens=20_000)
    said = f"texts of {_mean_words(facts):.0f} words{missing(facts)}"
    return Proposal(facts.name, (line,), said)


def are_texts(facts: ColumnFacts) -> bool:
    """Tells whether the values are texts of several words, most of them different."""
    if facts.type != "BYTES" or facts.is_list or not facts.distinct:
        return False
    different = facts.distinct / len(facts.values)
    return any(different >= share and _mean_words(facts) >= least for least, share in _TEXTS)


def cells(facts: ColumnFacts) -> Proposal | None:
    """Proposes lists, if the cells hold such: words that come again, in JSON or with ``|``."""
    if facts.type != "BYTES" or facts.is_list:
        return None
    sample = _some(facts)
    if len(sample) >= 2 and all(one.startswith("[") and one.endswith("]") for one in sample):
        line = list_of_words(facts)
        return Proposal(facts.name, (line,), f"lists in JSON{missing(facts)}", cells="json")
    for separator in _SEPARATORS:
        parts = Counter(part for one in sample for part in one.split(separator))
        several = sum(separator in one for one in sample)
        if several >= len(sample) / 4 and len(parts) <= len(sample) and _are_words(parts):
            line = list_of_words(facts)
            said = f"lists of {len(parts):,} words, as {shorten(sample[0])}{missing(facts)}"
            return Proposal(facts.name, (line,), said, cells=separator)
    return None


def list_of_words(facts: ColumnFacts) -> str:
    """Returns a line for lists of words."""
    return call("MultiCategory", facts.name, max_tokens=1000 if facts.distinct > 100 else 100)


def _are_words(parts: Counter[str]) -> bool:
    return all(re.fullmatch(r"\S.{0,39}", part) for part in parts if part)


def _mean_words(facts: ColumnFacts) -> float:
    texts = _some(facts)
    return sum(len(text.split()) for text in texts) / len(texts)


def _some(facts: ColumnFacts) -> list[str]:
    """Returns about a thousand of the texts, frequent ones and rare ones."""
    return facts.texts[:: -(-facts.distinct // 1000) or 1]


def _examples(facts: ColumnFacts) -> str:
    return f", mostly {shorten(facts.texts[0])}" if facts.distinct else ""
