"""Writes what BERT's tokenizer makes of each character, as the package `tokenizers` does it.

Usage: python -m scripts.bert_characters
"""

import io
from pathlib import Path
from typing import Dict, Iterable, List, Tuple

import numpy as np
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

TARGET = Path(__file__).parents[1] / "model" / "feature_engineering" / "encoders"
NAMES = {"cased": False, "uncased": True}
_CODE_POINTS = 0x110000
_SURROGATES = range(0xD800, 0xE000)
_NOTHING, _ITSELF = -1, 0
_AT_ONCE = 4096


def made_of(points: Iterable[int], lower: bool) -> List[str]:
    """Returns what each character becomes within a word; a blank is where a word ends."""
    text = " 0 ".join(f"x{chr(point)}x" for point in points)
    normal = BertNormalizer(lowercase=lower).normalize_str(text)
    words: List[List[str]] = [[]]
    for word, _ in BertPreTokenizer().pre_tokenize_str(normal):
        if word == "0":
            words.append([])
        else:
            words[-1].append(word)
    return [" ".join(one)[1:-1] for one in words]


def table(lower: bool) -> Dict[str, np.ndarray]:
    """Returns ranges of characters, and the code points that each range becomes.

    Returns:
        `starts`, where each range begins, shape [n]; `rows`, of each range, shape [n]; and `parts`,
        shape [rows, 3]: code points, 0 for the character itself and -1 for nothing.
    """
    known: Dict[Tuple[int, ...], int] = {}
    found = np.zeros(_CODE_POINTS, np.int32)
    for start in range(0, _CODE_POINTS, _AT_ONCE):
        points = [one for one in range(start, start + _AT_ONCE) if one not in _SURROGATES]
        for point, text in zip(points, made_of(points, lower) if points else [], strict=False):
            parts = tuple(_ITSELF if ord(one) == point else ord(one) for one in text)
            found[point] = known.setdefault(parts, len(known))
    starts = np.flatnonzero(np.diff(found, prepend=-1)).astype(np.int32)
    rows = np.full((len(known), max(map(len, known))), _NOTHING, np.int32)
    for parts, place in known.items():
        rows[place, : len(parts)] = parts
    return {"starts": starts, "rows": found[starts], "parts": rows}


def main() -> None:
    """Writes the table."""
    stream = io.BytesIO()
    tables = {name: table(lower) for name, lower in NAMES.items()}
    arrays = {f"{name}_{part}": one for name in NAMES for part, one in tables[name].items()}
    np.savez_compressed(stream, **arrays)
    (TARGET / "bert_characters.npz").write_bytes(stream.getvalue())


if __name__ == "__main__":
    main()
