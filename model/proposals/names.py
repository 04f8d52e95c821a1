"""What a column's name says of it; a hint only, where the values leave it open."""

import re

_IDS = {"id", "ids", "key", "uuid", "guid", "no", "nr", "num", "number", "index", "serial", "pk"}
_CODES = {"zip", "zipcode", "postal", "postcode", "plz", "code", "fips", "iban", "sku", "ean"}
_TIMES = {
    *("time", "timestamp", "ts", "date", "datetime", "epoch", "created", "updated", "modified"),
    *("at", "when", "seen", "moment"),
}
_INDEXES = {"", "index", "level_0", "__index_level_0__", "rownames", "row_names"}


def words_of(name: str) -> list[str]:
    """Returns the words of a name in small letters: ``customerID`` is ``customer``, ``id``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[^0-9a-zA-Z]+", spaced.lower()) if word]


def sounds_like_id(name: str) -> bool:
    """Tells whether it sounds like what tells rows or entities apart."""
    words = words_of(name)
    return bool(words) and (words[-1] in _IDS or words[0] in _IDS)


def sounds_like_code(name: str) -> bool:
    """Tells whether it sounds like digits that are no amount."""
    return bool(_CODES.intersection(words_of(name)))


def sounds_like_time(name: str) -> bool:
    """Tells whether it sounds like a moment."""
    return bool(_TIMES.intersection(words_of(name)))


def sounds_like_index(name: str) -> bool:
    """Tells whether it is what programs call the number of a row."""
    plain = name.strip().lower()
    return plain in _INDEXES or re.fullmatch(r"unnamed: \d+", plain) is not None
