r"""The file of all vocabularies, an asset of the transform graph and of the model.

A vocabulary begins with a line of a tab and its name, the feature's if this has but one; each line
that follows is the name, a tab, and a value, the most frequent first. A tab or a line break in a
name stands there as in JSON. The last line is a tab.
"""

import json

FILE = "vocabularies"


def escape(name: str) -> str:
    """Returns a name as it stands in the file: without tabs and line breaks, and still unique."""
    return json.dumps(name, ensure_ascii=False)[1:-1]


def vocabulary_name(feature: str, own: str, column: str) -> str:
    """Returns what a vocabulary is called in the file.

    Args:
        feature: the name of the feature that learns it.
        own: the feature's own column, whose vocabulary is named like the feature.
        column: the one that the vocabulary is of; that of a further column is named after both.
    """
    return feature if column == own else f"{feature}\t{column}"


def parse_vocabularies(content: bytes) -> dict[str, list[bytes]]:
    """Returns the values of each vocabulary, the most frequent first, by the feature's name.

    Args:
        content: of the file.
    """
    found: dict[str, list[bytes]] = {}
    for line in content.split(b"\n"):
        owner, _, value = line.partition(b"\t")
        if owner:
            found[owner.decode()].append(value)
        elif value:
            found[value.decode()] = []
    return {json.loads(f'"{name}"'): values for name, values in found.items()}
