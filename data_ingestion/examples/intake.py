"""From settings to examples and a report: what the ExampleGen does, without TFX."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from data_ingestion.examples.chunk_ingestion import SAMPLES, Outcome
from data_ingestion.examples.ingestion import Plan, ingest_source
from data_ingestion.examples.ingestion_report import (
    REJECTED_FILE,
    Report,
    first_rejected,
    write_report,
)
from data_ingestion.examples.parts import kept_rows, merge_rejected
from data_ingestion.examples.split_by_time import find_cut
from data_ingestion.examples.splits import (
    HashSplit,
    OneSplit,
    SampleSplit,
    Splitter,
    TimeSplit,
)
from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.rows import RejectedRow
from data_ingestion.readers.source import Source, locate
from data_ingestion.rules.data_rules import check_data
from data_ingestion.rules.results import RuleResult
from data_ingestion.rules.row_rules import Predicate
from data_ingestion.rules.rules_file import Rules, load_rules
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError, SettingsError, did_you_mean
from zeroskew.files import remove_folder

PARTS = "parts"


@small_heap()
def take_in(
    data: DataSettings,
    types: Mapping[str, str] | None,
    folders: Mapping[str, str],
    report_folder: str,
    *,
    rejected_folder: str | None = None,
    make_pipeline: Callable[[], Any] | None = None,
) -> Report:
    """Reads, checks, splits and encodes all rows of a source.

    Args:
        data: where the rows come from and how they are split.
        types: ``"FLOAT"``, ``"INT"`` or ``"BYTES"`` by column; None for what the values allow.
        folders: where the examples of each split are written.
        report_folder: where the report is written.
        rejected_folder: where the rejected rows are written; beside the report if None.
        make_pipeline: makes the Beam pipeline that does the work; None for this machine.

    Raises:
        DataError: the data cannot be read, or a split gets no row.
    """
    source = locate(data)
    types = types or source.types()
    rules = load_rules(data.rules, types, data.rates)
    parts = f"{report_folder}/{PARTS}"
    plan = Plan(
        types=types,
        splitters=splitters_of(data, source, types),
        folders=folders,
        parts=parts,
        rules=[rule.predicate for rule in rules.rows],
        rates=[Predicate(name, sql) for name, sql in data.rates.items()],
        kept_columns=sorted({name for rule in rules.data for name in rule.columns}),
    )
    outcome = ingest_source(source.readers, plan, workers=data.workers, make_pipeline=make_pipeline)
    rejected_folder = rejected_folder or report_folder
    merge_rejected(parts, f"{rejected_folder}/{REJECTED_FILE}")
    report = _report(source, outcome, rules, types, parts)
    remove_folder(parts)
    write_report(report_folder, report)
    _check_splits(report, rejected_folder)
    return report


def splitters_of(
    data: DataSettings, source: Source, types: Mapping[str, str]
) -> dict[str, Splitter]:
    """Returns for each reader of a source the rule that deals its rows to splits."""
    if data.split == "folders":
        dealt: dict[str, Splitter] = {name: OneSplit(name) for name in source.readers}
    else:
        dealt = dict.fromkeys(source.readers, _splitter_of(data, source, types))
    if data.sample == 1:
        return dealt
    entity = data.key if data.split == "key" else None
    return {name: SampleSplit(one, data.sample, entity) for name, one in dealt.items()}


def _splitter_of(data: DataSettings, source: Source, types: Mapping[str, str]) -> Splitter:
    if data.split == "time":
        column = _deciding_column(data.time, "time", types)
        return TimeSplit(column, find_cut(data, column, source, types[column]))
    if data.split == "key":
        return HashSplit(data.shares, _deciding_column(data.key, "key", types))
    return HashSplit(data.shares)


def _deciding_column(name: str | None, setting: str, types: Mapping[str, str]) -> str:
    if name is None or name not in types or (setting == "key" and types[name] == "FLOAT"):
        raise SettingsError(
            f"data.split={setting} needs the column that decides, as data.{setting}",
            allowed=", ".join(
                column for column, kind in types.items() if setting == "time" or kind != "FLOAT"
            ),
            received="none" if name is None else repr(name),
            action=did_you_mean(name or "", types),
        )
    return name


def _report(
    source: Source, outcome: Outcome, rules: Rules, types: Mapping[str, str], parts: str
) -> Report:
    columns = {name for names in source.column_names().values() for name in names}
    now = datetime.datetime.now(datetime.timezone.utc)
    row_rules = [
        RuleResult(
            rule.name,
            rule.sql,
            rule.severity.upper(),
            outcome.broken.get(rule.name, 0),
            outcome.samples.get(rule.name, []),
        )
        for rule in rules.rows
    ]
    # A rule on the data as a whole looks at all rows, whatever is left out of the examples.
    good = sum(outcome.examples.values()) + outcome.left_out
    return Report(
        rows_in=outcome.rows,
        examples=outcome.examples,
        rejected=outcome.rejected,
        span=source.span,
        files=[str(file) for file in source.files],
        new_columns=sorted(columns - set(types)),
        rules=row_rules,
        left_out=outcome.left_out,
        remarks=[*source.remarks(), *_left_out(outcome)],
        data_rules=check_data(rules.data, good, kept_rows(parts), now) if rules.data else [],
        rates={name: true / known for name, (true, known) in outcome.rates.items() if known},
    )


def _left_out(outcome: Outcome) -> list[str]:
    if not outcome.left_out:
        return []
    kept = sum(outcome.examples.values())
    return [
        f"{kept:,} of {kept + outcome.left_out:,} rows are in the sample (data.sample); rules and "
        "rates look at all rows"
    ]


def _check_splits(report: Report, folder: str) -> None:
    for split, count in report.examples.items():
        if count:
            continue
        first = [f"{row.source}, line {row.line}: {row.reason}" for row in _shown(report, folder)]
        raise DataError(
            "each split must get at least one row",
            allowed="rows for train and for eval",
            received="\n            ".join(
                [f"none for {split}, of {report.rows_in:,}; {report.rejected:,} rejected", *first]
            ),
            action="correct the rows, add more of them, or split them in another way",
        )


def _shown(report: Report, folder: str) -> list[RejectedRow]:
    return first_rejected(folder, SAMPLES) if report.rejected else []
