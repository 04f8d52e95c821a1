"""A table whose columns have names that TensorFlow refuses: from CSV to predictions."""

import csv
import json
import random
from pathlib import Path

import pytest
from command_line import zeroskew

from model.serving.saved_model import SavedModel

NAMES = ("annual income", "cost (USD)", "größe", "a/b", "self", "100%", "x.y", "x_y", "class")
LABEL = "did it [pay]?"
FEATURES = f"""
from model import Bucketized, Categorical, Crossed, Cyclic, FeatureSet, Hashed, YesNo, Numeric

FEATURES = FeatureSet(
    label=YesNo({LABEL!r}, lambda row: row[{LABEL!r}] > 0, uses=({LABEL!r},)),
    features=[
        Numeric("annual income", missing_indicator=True),
        Numeric("cost (USD)", scaling="log"),
        Bucketized("größe", buckets=4),
        Categorical("a/b", max_tokens=5),
        Numeric("self"),
        Cyclic("100%", period=100),
        Numeric("x.y"),
        Numeric("x_y"),
        Hashed("class", hash_buckets=8),
        Crossed("a/b & class", of=("a/b", "class"), hash_buckets=20),
        Numeric("x.y - x_y", value=lambda row: row["x.y"] - row["x_y"], uses=("x.y", "x_y")),
    ],
)
"""
SETTINGS = """
name: own-names
features: features.py
schema_file: schema.pbtxt
data: {path: rows.csv}
output: out
slices: [class, a/b]
gate:
  thresholds: {auc: 0.6}
  slices: {a/b=p: {auc: 0.6}}
"""

pytestmark = pytest.mark.e2e


def write_rows(file: Path) -> list[dict[str, str]]:
    draw = random.Random(1)
    rows = []
    for _ in range(3000):
        numbers = {name: round(draw.random(), 4) for name in NAMES}
        texts = {"a/b": draw.choice("pqr"), "class": draw.choice(["one", "two"])}
        score = sum(numbers.values()) + (texts["class"] == "one") - 2 * numbers["x_y"]
        row = {**numbers, **texts, LABEL: int(score + draw.gauss(0, 0.3) > 4)}
        rows.append({name: str(value) for name, value in row.items()})
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [*NAMES, LABEL])
        writer.writeheader()
        writer.writerows(rows)
    return rows


def test_it_runs_to_a_blessed_model_that_clients_ask_by_the_columns_names(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.csv")
    (tmp_path / "features.py").write_text(FEATURES, encoding="utf-8")
    (tmp_path / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    schema = tmp_path / "schema.pbtxt"
    inferred = zeroskew("schema", "infer", tmp_path / "rows.csv", "--output", schema)
    assert inferred.exit_code == 0, inferred.stderr
    assert 'name: "größe"' in schema.read_text(encoding="utf-8")

    config = ("--config", tmp_path / "settings.yaml")
    run = zeroskew("run", *config, "--output", tmp_path / "out", "--json")
    assert run.exit_code == 0, run.stderr
    summary = run.summary
    assert summary["blessed"]
    assert set(summary["slices"]) == {f"a/b={one}" for one in "pqr"} | {"class=one", "class=two"}
    assert {one["rule"] for one in summary["baselines"][1:]} == {f"{name} alone" for name in NAMES}

    model = summary["model_path"]
    assert set(SavedModel(model).inputs("serving_columns")) == set(NAMES)
    (tmp_path / "ask.json").write_text(json.dumps([{**rows[0], **_numbers(rows[0])}]))
    answers = [
        zeroskew("predict", "--model", model, "--rows", tmp_path / file, "--limit", "1", "--json")
        for file in ("rows.csv", "ask.json")
    ]
    assert answers[0].exit_code == 0, answers[0].stderr
    assert answers[0].summary == answers[1].summary
    assert 0 < answers[0].summary["probability"] < 1


def _numbers(row: dict[str, str]) -> dict[str, float]:
    return {name: float(row[name]) for name in NAMES if name not in ("a/b", "class")}
