import datetime
from pathlib import Path

import pytest

from data_ingestion.anomalies.anomaly import Anomaly
from data_ingestion.gate.allowances import allow, excused_rules
from data_ingestion.rules.rules_file import Allowance, load_rules
from zeroskew.errors import SettingsError

TODAY = datetime.date(2026, 11, 24)
SPAN = 2014
DRIFT = Anomaly("way", "drift", "train")
FIXED = {"until": TODAY, "reason": "card readers"}


def after(anomaly: Anomaly, **entry: object) -> Anomaly:
    (result,) = allow([anomaly], [Allowance(**{**FIXED, **entry})], SPAN, TODAY)
    return result


def test_an_error_that_is_allowed_is_a_warning_with_the_reason() -> None:
    result = after(DRIFT, column="way", kind="drift")
    assert not result.stops
    assert result.note == "allowed until 2026-11-24: card readers"


@pytest.mark.parametrize(
    "entry",
    [
        {"column": "way", "kind": "skew"},
        {"column": "fare", "kind": "drift"},
        {"column": "way", "kind": "drift", "split": "eval"},
        {"column": "way", "kind": "drift", "span": 2013},
        {"rule": "way"},
        {"rate": "way"},
    ],
)
def test_what_an_entry_does_not_name_still_stops(entry: dict[str, object]) -> None:
    assert after(DRIFT, **entry) == DRIFT


@pytest.mark.parametrize("entry", [{"split": "train"}, {"span": 2014}])
def test_an_entry_can_be_for_one_split_or_span(entry: dict[str, object]) -> None:
    assert not after(DRIFT, column="way", kind="drift", **entry).stops


def test_an_entry_that_has_expired_counts_as_absent_and_is_mentioned() -> None:
    yesterday = TODAY - datetime.timedelta(days=1)
    result = after(DRIFT, column="way", kind="drift", until=yesterday)
    assert result.stops
    assert result.note == "was allowed until 2026-11-23, which has passed: card readers"


@pytest.mark.parametrize(
    ("anomaly", "entry"),
    [
        (Anomaly("fares", "row_rule"), {"rule": "fares"}),
        (Anomaly("id is unique", "data_rule"), {"rule": "id is unique"}),
        (Anomaly("number of rows", "row_count_drift"), {"rule": "number of rows"}),
        (Anomaly("big_tip", "rate"), {"rate": "big_tip"}),
    ],
)
def test_rules_and_rates_can_be_allowed(anomaly: Anomaly, entry: dict[str, object]) -> None:
    assert not after(anomaly, **entry).stops
    assert after(anomaly, rule="another").stops


def test_warnings_are_left_as_they_are() -> None:
    warning = Anomaly("way", "drift", severity="WARNING")
    assert after(warning, column="way", kind="drift") == warning


def test_the_rules_that_are_excused_today() -> None:
    late = TODAY - datetime.timedelta(days=1)
    entries = [
        Allowance(rule="fares", **FIXED),
        Allowance(rule="late", until=late, reason="x"),
        Allowance(rule="another span", span=2013, **FIXED),
        Allowance(column="way", kind="drift", **FIXED),
    ]
    assert excused_rules(entries, SPAN, TODAY) == {"fares"}


class TestFile:
    RULES = "rows: [{name: fares, sql: fare > 0}]\ndata: [{unique: [id]}]\n"

    def load(self, tmp_path: Path, entry: str) -> None:
        file = tmp_path / "rules.yaml"
        file.write_text(f"{self.RULES}allow: [{{{entry}}}]\n", encoding="utf-8")
        load_rules(file, ["fare", "id", "way"], ["big_tip"])

    @pytest.mark.parametrize(
        "subject",
        [
            "column: way, kind: drift",
            "rule: fares",
            "rule: id is unique",
            "rule: number of rows",
            "rate: big_tip",
        ],
    )
    def test_names_what_there_is(self, tmp_path: Path, subject: str) -> None:
        self.load(tmp_path, f"{subject}, until: 2027-03-01, reason: known")

    @pytest.mark.parametrize(
        ("subject", "what", "guess"),
        [
            ("column: wayy, kind: drift", "column", "did you mean 'way'?"),
            ("column: way, kind: drifts", "kind", "did you mean 'drift'?"),
            ("rule: fare", "rule", "did you mean 'fares'?"),
            ("rule: nothing like it", "rule", "correct the entry, or remove it"),
            ("rate: big_tips", "rate", "did you mean 'big_tip'?"),
        ],
    )
    def test_a_name_that_there_is_not(
        self, tmp_path: Path, subject: str, what: str, guess: str
    ) -> None:
        with pytest.raises(SettingsError) as caught:
            self.load(tmp_path, f"{subject}, until: 2027-03-01, reason: known")
        assert caught.value.rule == f"an entry of `allow` must name a {what} that there is"
        assert caught.value.action == guess

    @pytest.mark.parametrize(
        ("entry", "complaint"),
        [
            ("column: way, kind: drift, reason: known", "allow.0.until: Field required"),
            ("column: way, kind: drift, until: 2027-03-01", "allow.0.reason: Field required"),
            ("rule: fares, until: soon, reason: known", "allow.0.until: Input should be"),
            ("rule: fares, until: 2027-03-01, reason: ''", "allow.0.reason: String should have"),
            ("until: 2027-03-01, reason: known", "names a column, a rule or a rate"),
            ("rule: a, rate: b, until: 2027-03-01, reason: known", "and but one of them"),
            ("column: way, until: 2027-03-01, reason: known", "names the kind of anomaly"),
            ("rule: fares, kind: drift, until: 2027-03-01, reason: known", "and no other"),
        ],
    )
    def test_an_entry_that_is_none(self, tmp_path: Path, entry: str, complaint: str) -> None:
        with pytest.raises(SettingsError) as caught:
            self.load(tmp_path, entry)
        assert caught.value.rule == "the rules file must hold rules"
        assert complaint in str(caught.value.received)
