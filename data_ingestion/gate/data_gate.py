"""What the DataGate decides: all that is known of the data, held against all that it must keep."""

import dataclasses
import datetime
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data_ingestion.anomalies.anomaly import Anomaly
from data_ingestion.anomalies.offending_rows import with_rows
from data_ingestion.anomalies.text import count, describe
from data_ingestion.anomalies.unreported import complete
from data_ingestion.anomaly_kinds import SCHEMA_KINDS
from data_ingestion.examples.ingestion_report import REJECTED_FILE, Report
from data_ingestion.gate.allowances import allow, excused_rules
from data_ingestion.gate.drift import Control, compare
from data_ingestion.gate.passed_spans import PassedSpan, baseline
from data_ingestion.gate.rate_changes import rate_anomalies
from data_ingestion.gate.rejection import report_anomalies
from data_ingestion.gate.serving_log import read_serving_log
from data_ingestion.gate.vector_quality import vector_anomalies
from data_ingestion.readers.databases.big_query import is_big_query
from data_ingestion.readers.source import locate
from data_ingestion.rules.rules_file import Rules, load_rules
from data_ingestion.schema.acceptance import Acceptance
from data_ingestion.settings import DataSettings
from zeroskew.errors import AnomalyError
from zeroskew.schema import column_types


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What is known of the data.

    Attributes:
        schema: the `schema_pb2.Schema` that it must keep.
        statistics: TFDV's, by split.
        found: what TFDV found by them.
        report: what became of the rows.
        rejected_folder: of the rows that were not used.
        passed: the spans that have passed before.
    """

    schema: Any
    statistics: Mapping[str, Any]
    found: Sequence[Anomaly]
    report: Report
    rejected_folder: str
    passed: Sequence[PassedSpan] = ()


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What was found wrong, and whether the run stops for it.

    Attributes:
        report: what became of the rows.
        rejected_file: the rows that were not used.
        compared_with: what drift was measured from; None if nothing has passed before.
        anomalies: all that was found.
    """

    report: Report
    rejected_file: str
    compared_with: str | None
    anomalies: Sequence[Anomaly]

    @property
    def stopping(self) -> list[Anomaly]:
        """What stops the run."""
        return [one for one in self.anomalies if one.stops]

    def to_json(self) -> str:
        """Returns the verdict as a JSON document."""
        content = {
            "passed": not self.stopping,
            "span": self.report.span,
            "compared_with": self.compared_with,
            "rows_in": self.report.rows_in,
            "rejected": self.report.rejected,
            "rejected_rows": self.rejected_file,
            "rates": self.report.rates,
            "anomalies": [dataclasses.asdict(one) for one in self.anomalies],
        }
        return json.dumps(content, indent=2) + "\n"

    def stop(self, file: str) -> None:
        """Raises if the run must stop.

        Args:
            file: where the verdict lies as JSON.

        Raises:
            AnomalyError: says everything that was found.
        """
        if not self.stopping:
            return
        columns = sorted({one.subject for one in self.stopping if one.accept})
        named = shlex.join([*columns, "--report", file])
        accept = f"accept it: zeroskew schema accept {named}; or " if columns else ""
        raise AnomalyError(
            "the data must keep the schema and the rules",
            allowed="warnings, and errors that `allow` in the rules file names until a day",
            received="\n            ".join(
                [count(self.anomalies), *describe(self.stopping), *self._rejected_rows()]
            ),
            action=f"correct the data; or {accept}`allow` it for a while; all of it is in {file}",
        )

    def _rejected_rows(self) -> list[str]:
        stops = any(one.kind in ("rejected", "row_rule") for one in self.stopping)
        return [f"all rejected rows are in {self.rejected_file}"] if stops else []


def judge(evidence: Evidence, data: DataSettings, today: datetime.date) -> Verdict:
    """Holds data against schema, rules, the previous span and what is served.

    Args:
        evidence: what is known of the data.
        data: where it comes from and what it must keep.
        today: the day by which allowances expire.

    Raises:
        SettingsError: the rules or the schema's comparators make no sense.
        DataError: the serving log cannot be read.
    """
    types = column_types(evidence.schema)
    span = evidence.report.span
    rules = load_rules(data.rules, types, data.rates)
    earlier = baseline(evidence.passed, span)
    anomalies = [
        *report_anomalies(
            evidence.report,
            evidence.rejected_folder,
            data.allowed_rejected,
            excused_rules(rules.allow, span, today),
        ),
        *complete(evidence.found, evidence.schema, evidence.statistics),
        *_comparisons(evidence, data, earlier, types),
        *vector_anomalies(
            evidence.schema,
            evidence.statistics,
            earlier.statistics if earlier else {},
            str(earlier),
        ),
    ]
    anomalies = allow(anomalies, rules.allow, span, today)
    if any(one.stops for one in anomalies):
        anomalies = _explain(anomalies, evidence, data, rules, types)
    return Verdict(
        report=evidence.report,
        rejected_file=f"{evidence.rejected_folder}/{REJECTED_FILE}",
        compared_with=str(earlier) if earlier else None,
        anomalies=anomalies,
    )


def _comparisons(
    evidence: Evidence, data: DataSettings, earlier: PassedSpan | None, types: Mapping[str, str]
) -> list[Anomaly]:
    anomalies: list[Anomaly] = []
    if earlier is not None:
        control = Control(str(earlier), earlier.statistics)
        anomalies += compare(evidence.schema, evidence.statistics, control)
        anomalies += rate_anomalies(
            evidence.report.rates, earlier.rates, data.rates, data.max_rate_change, str(earlier)
        )
    if data.serving_log is not None:
        control, unreadable = read_serving_log(data, types, list(evidence.statistics))
        anomalies += unreadable
        anomalies += compare(evidence.schema, evidence.statistics, control)
    return anomalies


def _explain(
    anomalies: Sequence[Anomaly],
    evidence: Evidence,
    data: DataSettings,
    rules: Rules,
    types: Mapping[str, str],
) -> list[Anomaly]:
    """Adds to what breaks the schema the rows that show it, and the line that would accept it."""
    broken = [one for one in anomalies if one.kind in SCHEMA_KINDS and one.stops]
    acceptance = Acceptance(evidence.schema, list(evidence.statistics.values()))
    explained = with_rows(
        [
            dataclasses.replace(one, accept=one.accept or acceptance.line(one.subject, one.kind))
            for one in broken
        ],
        locate(_as_read(data, evidence.report)),
        evidence.schema,
        types,
        [rule.predicate for rule in rules.rows if rule.predicate.rejects],
    )
    by_anomaly = dict(zip(map(id, broken), explained, strict=True))
    return [by_anomaly.get(id(one), one) for one in anomalies]


def _as_read(data: DataSettings, report: Report) -> DataSettings:
    """Returns the settings that find the same rows again, though newer spans may have come."""
    if is_big_query(data) and report.files:
        split_folder = Path(report.files[0]).parent
        return data.model_copy(update={"path": f"{split_folder}/*", "query": None})
    return data.model_copy(update={"span": report.span}) if report.span else data
