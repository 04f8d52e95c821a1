"""A table with all that tables have which nobody wants: it runs, and what is wrong is said.

Then again with less training, and again: a model is held against the best one, not the last.
"""

import csv
import random
import re
from pathlib import Path
from typing import Any

import pytest
from command_line import versions, zeroskew
from zeroskew_command import Run

FEATURES = """
from model import (
    Bucketized, Categorical, Crossed, DateTime, FeatureSet, MultiCategory, Numeric, Text, YesNo,
)

FEATURES = FeatureSet(
    label=YesNo("bought", positive="ja"),
    features=[
        Numeric("income", scaling="rank"),
        Numeric("spent"),
        Numeric("same"),
        Bucketized("same", name="same_buckets", buckets=4),
        Categorical("nothing"),
        MultiCategory("no_tags"),
        Text("no_words"),
        Categorical("id", max_tokens=50),
        Crossed("nothing_twice", of=("nothing", "id")),
        DateTime("day", format="%Y-%m-%d"),
        MultiCategory("tags"),
        Text("words"),
    ],
)
"""
SETTINGS = """
name: awkward
features: features.py
schema_file: schema.pbtxt
data: {path: rows.csv}
output: out
slices: [tags, {income: [20, 80]}]
gate:
  tolerance: {auc: 0.3, accuracy: 0.3, log_loss: 0.5, ece: 0.5}
"""
COLUMNS = (
    *("bought", "income", "spent", "same", "nothing", "no_tags", "no_words"),
    *("id", "day", "tags", "words"),
)
ROWS = 3_000
OUTLIER, EMPTY_LABEL = 7, 50

pytestmark = pytest.mark.e2e


def write_rows(file: Path) -> None:
    draw = random.Random(1)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for number in range(ROWS):
            writer.writerow(row(number, draw))


def row(number: int, draw: random.Random) -> dict[str, Any]:
    income, tags = draw.uniform(0, 100), draw.sample("pqr", draw.randrange(3))
    likes = income / 50 + ("p" in tags) + draw.gauss(0, 0.4) > 1.5
    bought = "" if number < EMPTY_LABEL else "ja" if likes else "nein"
    return {
        "bought": bought,
        "income": "1e15" if number % 1000 == OUTLIER else f"{income:.3f}",
        "spent": "1e15" if number % 1000 == OUTLIER else f"{draw.random():.6f}",
        "same": "3.5",
        "nothing": "",
        "no_tags": "",
        "no_words": "",
        "id": f"customer {number}",
        "day": "soon" if number % 30 == 1 else f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "tags": "|".join(tags),
        "words": "x" * 100_000 if number == 3 else "ä " * (number % 5),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("awkward")
    write_rows(found / "rows.csv")
    (found / "features.py").write_text(FEATURES, encoding="utf-8")
    (found / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    schema = found / "schema.pbtxt"
    done = zeroskew("schema", "infer", found / "rows.csv", "--output", schema)
    assert done.exit_code == 0, done.stderr
    inferred = schema.read_text(encoding="utf-8")
    one_value = r'(name: "(?:no_)?tags")\s+value_count \{[^}]*\}'
    lists, count = re.subn(one_value, r'\1 annotation { tag: "cells:|" } value_count {}', inferred)
    assert count == 2
    schema.write_text(lists, encoding="utf-8")
    return found


def run(folder: Path, epochs: int) -> Run:
    settings = ("--config", folder / "settings.yaml", "--output", folder / "out")
    trainer = ("--set", f"trainer.epochs={epochs}", "--set", "trainer.members=1")
    return zeroskew("run", *settings, *trainer, "--json")


@pytest.fixture(scope="module")
def first(folder: Path) -> Run:
    return run(folder, 8)


def test_it_is_learned_from_and_what_is_no_use_in_it_is_named(first: Run) -> None:
    assert first.exit_code == 0, first.stderr
    summary = first.summary
    assert summary["metrics"]["auc"] > 0.85
    assert sum(summary["rows"].values()) == ROWS
    assert max(one["largest"] for one in summary["parity"]["comparisons"]) < 1e-5
    said = {text.split("'")[1]: text for text in summary["alarms"]}
    dead = {"same", "same_buckets", "nothing", "no_tags", "no_words"}
    assert set(said) == {*dead, "spent", "day"}
    assert all("is the same in every row after Transform" in said[name] for name in dead)
    assert "a few huge values squeeze the others" in said["spent"]
    assert "takes 100 of 3,000 values of 'day' as no date" in said["day"]
    assert f"{EMPTY_LABEL} rows have no label" in first.stderr


def test_slices_are_of_values_and_of_ranges_by_size(first: Run) -> None:
    names = ["income=below 20", "income=20 to 80", "income=80 and more"]
    assert list(first.summary["slices"]) == [*names, "tags=p", "tags=q", "tags=r", "tags=missing"]


def test_models_are_held_against_the_best_one_not_the_last(folder: Path, first: Run) -> None:
    second, third = run(folder, 2), run(folder, 3)
    scores = [one.summary["metrics"]["auc"] for one in (first, second, third)]
    assert scores[0] > scores[2] + 0.001
    assert scores[0] > scores[1] + 0.001
    for later in (second, third):
        assert later.exit_code == 0, later.stderr
        compared = f"the best of the last 10 blessed models ({scores[0]:.4f}) beyond"
        assert any(compared in reason for reason in later.summary["reasons"])
    assert len(versions(folder / "out")) == 3
