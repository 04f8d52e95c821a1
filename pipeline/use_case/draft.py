"""Looks at a table, and drafts all files of its use case."""

import dataclasses
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_ingestion.proposals import propose_rules, propose_split
from data_ingestion.readers.source import Source, locate
from data_ingestion.schema.inference import infer_schema, remarks
from data_ingestion.schema.list_cells import mark_lists
from data_ingestion.settings import DataSettings
from model.feature_engineering.columns import columns_of
from model.feature_engineering.feature_set import load_features
from model.proposals.columns import propose
from model.proposals.features_file import features_file
from model.proposals.labels import candidates, propose_label
from model.proposals.leaks import find_leaks_in_rows
from model.proposals.numbers import without_parts
from model.proposals.proposal import Answers, Proposal, Question
from pipeline.use_case import texts
from zeroskew.column_facts import TableFacts, look_at
from zeroskew.errors import FeatureError, did_you_mean
from zeroskew.schema import read_schema


@dataclasses.dataclass(frozen=True)
class Table:
    """What was seen of a table.

    Attributes:
        source: where its rows come from.
        facts: what they hold.
        schema: the text of the schema that they fit.
        remarks: what a person should know of how they were read.
    """

    source: Source
    facts: TableFacts
    schema: str
    remarks: Sequence[str]


@dataclasses.dataclass(frozen=True)
class Draft:
    """A use case, not yet written.

    Attributes:
        files: their texts by name.
        label: what is proposed for the label.
        columns: for each other column.
        split: how rows are dealt, in words.
        questions: what was not known; the files follow the answers, or the defaults.
    """

    files: Mapping[str, str]
    label: Proposal
    columns: Sequence[Proposal]
    split: str
    questions: Sequence[Question]


def look(path: str) -> Table:
    """Looks at all rows of a source.

    Raises:
        DataError: it cannot be read.
    """
    source = locate(DataSettings(path=path))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "schema.pbtxt")
        infer_schema(source, file)
        schema = file.read_text(encoding="utf-8")
    return Table(source, look_at(_batches(source)), schema, remarks(source))


def _batches(source: Source) -> Iterator[pa.RecordBatch]:
    for _, rows in source.rows(source.types()):
        yield rows.batch


def possible_labels(table: Table) -> list[str]:
    """Returns the columns that could be the label."""
    return candidates(table.facts.columns)


def draft(table: Table, name: str, path: str, label: str, answers: Answers) -> Draft:
    """Drafts the files.

    Args:
        table: what was seen.
        name: of the use case.
        path: the rows, as the settings name them.
        label: the label's column.
        answers: to questions of an earlier draft.

    Raises:
        FeatureError: the label is no column, or can be none.
    """
    asked = propose_label(_column(table.facts, label), answers)
    columns = [one for one in table.facts.columns if one.name != label]
    others = without_parts([propose(one, answers) for one in columns])
    with tempfile.TemporaryDirectory() as folder:
        schema = Path(folder, "schema.pbtxt")
        schema.write_text(table.schema, encoding="utf-8")
        mark_lists(schema, {one.column: one.cells for one in others if one.cells})
        others = _without_leaks(Path(folder), table, asked, others)
        schema_text = schema.read_text(encoding="utf-8")
    split = propose_split(
        table.facts,
        [one.column for one in others if one.entity],
        [one.column for one in others if one.moment],
    )
    title = f"What is {label!r}? Of {path}, {table.facts.rows:,} rows."
    rules = propose_rules(table.facts, [one.column for one in others if one.unique])
    files = {
        "schema.pbtxt": schema_text,
        "features.py": features_file(title, asked, others),
        "rules.yaml": texts.rules_file(rules),
        "settings.yaml": texts.settings_file(
            name,
            path,
            split,
            texts.slices(table.facts, others),
            _column(table.facts, label).missing_share,
        ),
        "README.md": texts.readme_file(name, title, asked, others, split),
    }
    questions = [one.question for one in (asked, *others) if one.question]
    return Draft(files, asked, others, split.reason, questions)


def _without_leaks(
    folder: Path, table: Table, label: Proposal, columns: list[Proposal]
) -> list[Proposal]:
    """Leaves out the columns that alone give the label away."""
    features, schema = folder / "features.py", read_schema(folder / "schema.pbtxt")
    features.write_text(features_file("", label, columns), encoding="utf-8")
    if not any(one.features for one in columns):
        return columns
    found = find_leaks_in_rows(load_features(str(features)), columns_of(schema), table.facts.drawn)
    return [
        dataclasses.replace(one, features=(), reason=_leak(found[one.column]))
        if one.column in found
        else one
        for one in columns
    ]


def _leak(text: str) -> str:
    return f"a leak, as it seems: {text.partition(':')[0]}"


def _column(facts: TableFacts, name: str) -> Any:
    names = [one.name for one in facts.columns]
    if name not in names:
        raise FeatureError(
            "the label must be a column of the table",
            allowed=", ".join(names),
            received=repr(name),
            action=did_you_mean(name, names) or "name it with --label",
        )
    return facts.columns[names.index(name)]


def name_of(path: str) -> str:
    """Returns a name for the use case of a source: small letters, digits and hyphens."""
    stem = re.sub(r"(\.(csv|parquet|tsv|txt|tfrecord|gz))+$", "", path.rstrip("/").split("/")[-1])
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "table"
