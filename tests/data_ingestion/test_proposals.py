"""How rows could be split, and what they could be held to."""

from pathlib import Path

import yaml
from facts_of import table_of

from data_ingestion.proposals import propose_rules, propose_split
from data_ingestion.rules.rules_file import read_rules
from data_ingestion.settings import DataSettings

DAYS = [f"2024-{n // 28 + 1:02}-{n % 28 + 1:02}" for n in range(300)]


def test_rows_of_an_entity_stay_together() -> None:
    table = table_of({"who": ["a", "b"] * 600})
    split = propose_split(table, ["who"], [])
    assert split.settings == {"split": "key", "key": "who"}
    assert split.reason == "rows of the same 'who' stay in one split"


def test_rows_that_lack_their_entity_are_announced() -> None:
    table = table_of({"who": [None, *["a", "b"] * 600, None]})
    assert propose_split(table, ["who"], []).reason == (
        "rows of the same 'who' stay in one split; 2 rows have none, and a run rejects what it "
        "cannot deal"
    )


def test_the_latest_rows_of_a_log_evaluate() -> None:
    table = table_of({"day": DAYS * 4, "sorted": sorted(DAYS * 4)})
    assert propose_split(table, [], ["day"]).settings == {}
    split = propose_split(table, [], ["day", "sorted"])
    assert split.settings == {"split": "time", "time": "sorted"}
    assert split.reason == "the rows are in the order of 'sorted': the latest ones evaluate"


def test_of_few_rows_more_evaluate() -> None:
    split = propose_split(table_of({"a": [1, 2]}), [], [])
    assert split.settings == {"train_parts": 7, "eval_parts": 3}
    assert DataSettings(**split.settings).shares == {"train": 7, "eval": 3}


def test_rules_are_a_file_that_is_read(tmp_path: Path) -> None:
    lines = propose_rules(table_of({"it's": [1, 2, 3, 4]}), ["it's"])
    file = tmp_path / "rules.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert yaml.safe_load(file.read_text()) == {
        "data": [
            {"min_rows": 2, "severity": "warning"},
            {"unique": ["it's"], "severity": "warning"},
        ]
    }
    assert [rule.severity for rule in read_rules(file).data] == ["warning", "warning"]
