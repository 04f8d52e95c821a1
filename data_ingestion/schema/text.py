"""Changes to the text of a schema that leave everything else as it is: comments, order, layout.

A change is the text of a small schema. Each field that it states of a feature takes the place of
that field; the values of its string domains are added to the domain of that name; a feature or a
domain that the schema does not have is added to it.
"""

from collections.abc import Iterator
from typing import Any

from data_ingestion.schema.entries import Edit, Entry, apply, entries, insertion, removal
from zeroskew.errors import StepError
from zeroskew.lazy import lazy_import

schema_pb2 = lazy_import("tensorflow_metadata.proto.v0.schema_pb2")
text_format = lazy_import("google.protobuf.text_format")

_DOMAINS = {
    "INT": ("int_domain", "bool_domain", "time_domain"),
    "FLOAT": ("float_domain", "bool_domain"),
    "BYTES": ("domain", "string_domain", "bool_domain"),
}
"""What restricts the values of a column of each type."""


def merge(text: str, change: str) -> str:
    """Returns the schema's text with a change.

    Args:
        text: of the schema.
        change: text of a schema with what is to be changed.

    Raises:
        StepError: the new text does not mean what it must, which is a defect of this program.
    """
    stated = text_format.Parse(change, schema_pb2.Schema())
    new = apply(text, list(_edits(text, stated)))
    wanted = merged(text_format.Parse(text, schema_pb2.Schema()), stated)
    if text_format.Parse(new, schema_pb2.Schema()) != wanted:
        raise StepError(
            "a change of the schema's text must change what it names and nothing else",
            received=change,
            action="please report this, and change the file by hand",
        )
    return new


def merged(schema: Any, stated: Any) -> Any:
    """Returns the schema with a change, both as messages."""
    result = schema_pb2.Schema()
    result.CopyFrom(schema)
    for new in stated.feature:
        feature = _find(result.feature, new.name)
        if feature is None:
            result.feature.add().CopyFrom(new)
            continue
        for field in [*_unfit(feature, new), *_names(new)]:
            feature.ClearField(field)
        feature.MergeFrom(new)
    for new in stated.string_domain:
        domain = _find(result.string_domain, new.name)
        if domain is None:
            result.string_domain.add().CopyFrom(new)
        else:
            domain.value.extend(_added(domain, new))
    if stated.HasField("dataset_constraints"):
        result.dataset_constraints.CopyFrom(stated.dataset_constraints)
    return result


def one_line(message: Any) -> str:
    """Returns a message as text without line breaks."""
    return str(text_format.MessageToString(message, as_one_line=True, as_utf8=True))


def _edits(text: str, stated: Any) -> Iterator[Edit]:
    top = entries(text, (0, len(text)))
    features = [entry for entry in top if entry.name == "feature"]
    domains = [entry for entry in top if entry.name == "string_domain"]
    new_blocks: dict[int, list[str]] = {}
    for feature in stated.feature:
        for block in features:
            known = text_format.Parse(text[slice(*block.body)], schema_pb2.Feature())
            if known.name == feature.name:
                lines = {name: _line(feature, name) for name in _names(feature) if name != "name"}
                yield from _replace(text, block.body, feature, lines, _unfit(known, feature))
                break
        else:
            place = features[-1].end if features else len(text.rstrip())
            new_blocks.setdefault(place, []).append(_block("feature", feature))
    for domain in stated.string_domain:
        for block in domains:
            known = text_format.Parse(text[slice(*block.body)], schema_pb2.StringDomain())
            if known.name == domain.name:
                yield insertion(text, entries(text, block.body)[-1], _values(_added(known, domain)))
                break
        else:
            new_blocks.setdefault(len(text.rstrip()), []).append(_block("string_domain", domain))
    if stated.HasField("dataset_constraints"):
        lines = {"dataset_constraints": _line(stated, "dataset_constraints")}
        yield from _replace(text, (0, len(text)), stated, lines, [])
    for place, blocks in new_blocks.items():
        yield Edit(place, place, "".join(f"\n{block}" for block in blocks))


def _replace(
    text: str, body: tuple[int, int], stated: Any, lines: dict[str, str], unfit: list[str]
) -> Iterator[Edit]:
    """Yields what puts fields into a block, in place of those that they rule out."""
    present = entries(text, body)
    added = []
    gone: list[Entry] = [entry for entry in present if entry.name in unfit]
    for name, line in lines.items():
        ruled_out = [entry for entry in present if entry.name in _alternatives(stated, name)]
        if ruled_out:
            yield Edit(ruled_out[0].start, ruled_out[0].end, line)
            gone = [entry for entry in gone if entry != ruled_out[0]]
            gone += [entry for entry in ruled_out[1:] if entry not in gone]
        else:
            added.append(line)
    yield from (removal(text, entry) for entry in gone)
    if added:
        yield insertion(text, present[-1], added)


def _alternatives(message: Any, name: str) -> set[str]:
    """Returns the fields of which a message can have but one, `name` among them."""
    choice = message.DESCRIPTOR.fields_by_name[name].containing_oneof
    return {field.name for field in choice.fields} if choice else {name}


def _unfit(feature: Any, stated: Any) -> list[str]:
    """Returns the feature's domain, if the type that is stated cannot have it."""
    domain = feature.WhichOneof("domain_info")
    if domain is None or not stated.HasField("type"):
        return []
    kind = schema_pb2.FeatureType.Name(stated.type)
    return [] if domain in _DOMAINS.get(kind, ()) else [domain]


def _find(messages: Any, name: str) -> Any:
    return next((message for message in messages if message.name == name), None)


def _names(message: Any) -> list[str]:
    """Returns the fields that are set: name and type first, then as the message has them."""
    names = [field.name for field, _ in message.ListFields()]
    return sorted(names, key=lambda name: {"name": 0, "type": 1}.get(name, 2))


def _line(message: Any, name: str) -> str:
    """Returns one field of a message as text."""
    only = type(message)()
    only.CopyFrom(message)
    for field in _names(message):
        if field != name:
            only.ClearField(field)
    return one_line(only)


def _block(name: str, message: Any) -> str:
    lines = [_line(message, field) for field in _names(message) if field != "value"]
    lines += _values(message.value) if name == "string_domain" else []
    return "\n".join([f"{name} {{", *(f"  {line}" for line in lines), "}"])


def _added(domain: Any, stated: Any) -> list[str]:
    return [value for value in stated.value if value not in domain.value]


def _values(values: Any) -> list[str]:
    return [one_line(schema_pb2.StringDomain(value=[value])) for value in values]
