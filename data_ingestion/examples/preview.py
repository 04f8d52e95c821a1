"""What the ExampleGen would make of rows, without making it."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from data_ingestion.examples.intake import splitters_of
from data_ingestion.examples.splits import Splitter
from data_ingestion.readers.rows import Rows, one_value_column
from data_ingestion.readers.source import Source, refuse_unread
from data_ingestion.rules.row_rules import Predicates
from data_ingestion.rules.rules_file import load_rules
from data_ingestion.settings import DataSettings
from zeroskew.encoding.binary_arrays import values
from zeroskew.encoding.tf_example import encode_examples


@dataclasses.dataclass(frozen=True)
class Dealt:
    """Some rows of a source.

    Attributes:
        read: how many they are.
        kept: by split, those that no rule rejects; no split that gets none of them.
        undealt: how many more have no value in the column that deals them.
    """

    read: int
    kept: Mapping[str, pa.RecordBatch]
    undealt: int = 0


def deal_rows(data: DataSettings, source: Source, types: Mapping[str, str]) -> Iterator[Dealt]:
    """Reads all rows, and deals them to splits.

    Args:
        data: how they are split, and which rules they must keep.
        source: the rows.
        types: ``"FLOAT"``, ``"INT"`` or ``"BYTES"`` by column.

    Raises:
        DataError: a row cannot be read as the types say.
        SettingsError: the settings of the split, or the rules, do not fit the columns.
    """
    predicates = _predicates(data, types)
    splitters = splitters_of(data, source, types)
    for name, reader in source.readers.items():
        for chunk in reader.chunks():
            for rows in chunk.read(types):
                refuse_unread(chunk.source, rows)
                yield _deal(rows, splitters[name], predicates, types)


def first_rows(
    data: DataSettings, source: Source, types: Mapping[str, str], count: int
) -> pa.RecordBatch | None:
    """Returns so many of the first rows, at most, that no rule rejects; None if there are none.

    Rows that cannot be read are passed over.
    """
    predicates = _predicates(data, types)
    for _, rows in source.rows(types):
        batch = rows.batch.slice(0, count)
        kept = batch.filter(pa.array(_kept(batch, predicates)))
        if kept.num_rows:
            return kept
    return None


def _predicates(data: DataSettings, types: Mapping[str, str]) -> Predicates:
    rules = [rule.predicate for rule in load_rules(data.rules, types, data.rates).rows]
    return Predicates([rule for rule in rules if rule.rejects], types)


def _deal(
    rows: Rows, splitter: Splitter, predicates: Predicates, types: Mapping[str, str]
) -> Dealt:
    good, undealt = _kept(rows.batch, predicates), 0
    if splitter.column:
        deciding = one_value_column(rows.batch, splitter.column, types[splitter.column])
        known = deciding.is_valid().to_numpy(zero_copy_only=False)
        undealt = int(np.count_nonzero(good & ~known))
        good &= known
    batch = rows.batch.filter(pa.array(good))
    if not batch.num_rows:
        return Dealt(rows.batch.num_rows, {}, undealt)
    examples = encode_examples(batch) if rows.examples is None else rows.examples.filter(good)
    places = splitter.assign(batch, values(examples))
    parts = {
        name: batch.filter(pa.array(places == place)) for place, name in enumerate(splitter.names)
    }
    kept = {name: one for name, one in parts.items() if one.num_rows}
    return Dealt(rows.batch.num_rows, kept, undealt)


def _kept(batch: pa.RecordBatch, predicates: Predicates) -> Any:
    good = np.ones(batch.num_rows, bool)
    for verdict in predicates.evaluate(batch):
        good &= verdict.filled(True)
    return good
