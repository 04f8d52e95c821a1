"""The line of a step that warns."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline.produced import alarms, describe


def artifact(folder: Path, **files: Any) -> list[Any]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return [SimpleNamespace(uri=str(folder))]


def transform(
    folder: Path, dead: dict[str, str], unread: dict[str, str], unequal: dict[str, str]
) -> dict[str, list[Any]]:
    metadata = folder / "graph" / "transformed_metadata"
    metadata.mkdir(parents=True)
    schema = schema_pb2.Schema(feature=[schema_pb2.Feature(name=name) for name in ("a", "b")])
    (metadata / "schema.pbtxt").write_text(text_format.MessageToString(schema))
    return {
        "transform_graph": artifact(folder / "graph"),
        "post_transform_stats": artifact(
            folder / "stats", dead_features=dead, unread_dates=unread, unequal_lists=unequal
        ),
    }


def baselines(folder: Path, leaks: dict[str, str]) -> dict[str, list[Any]]:
    scores = [{"rule": "size alone", "metrics": {"auc": 1.0}}]
    labels = {"train": {"unknown": 0}, "eval": {"unknown": 0}}
    learned = {"rows": 90, "of": 90, "labels": labels}
    files = {"baselines": scores, "learned_from": learned, "leaks": leaks}
    return {"scores": artifact(folder, **files)}


@pytest.mark.parametrize(
    ("dead", "unread", "unequal", "line"),
    [
        ({}, {}, {}, "2 tensors"),
        ({"fare": "is", "größe": "is"}, {}, {}, "2 tensors; fare says nothing; größe says nothing"),
        ({}, {"born": "takes"}, {}, "2 tensors; born has dates that could not be read"),
        ({}, {}, {"trips": "reads"}, "2 tensors; trips reads lists that differ in length"),
    ],
)
def test_transform_names_the_features_with_a_fault(
    tmp_path: Path,
    dead: dict[str, str],
    unread: dict[str, str],
    unequal: dict[str, str],
    line: str,
) -> None:
    assert describe("Transform", transform(tmp_path, dead, unread, unequal)) == line


TAKEN = {"setting": "l2_ids", "value": 100.0, "before": 0.5, "after": 0.25, "taken": True}
NOT_TAKEN = {**TAKEN, "setting": "l1_inputs", "value": 8.0, "taken": False}


@pytest.mark.parametrize(
    ("record", "line"),
    [
        ({"trials": [TAKEN, NOT_TAKEN]}, "2 epochs, l2_ids 100, validation loss 0.2500"),
        ({"trials": []}, "2 epochs, validation loss 0.2500"),
        ({}, "2 epochs, validation loss 0.2500"),
    ],
)
def test_the_trainer_names_the_penalties_that_were_taken(
    tmp_path: Path, record: dict[str, Any], line: str
) -> None:
    known = {"epochs": 2, "networks": 1, "best": 0.25, **record}
    assert describe("Trainer", {"model_run": artifact(tmp_path, training=known)}) == line


@pytest.mark.parametrize(
    ("leaks", "end"), [({}, ""), ({"size": "alone"}, "; size gives the label away")]
)
def test_the_baselines_name_the_columns_that_give_the_label_away(
    tmp_path: Path, leaks: dict[str, str], end: str
) -> None:
    line = describe("TrivialBaselines", baselines(tmp_path, leaks))
    assert line == f"size alone: AUC 1.0000, learned from 90 of 90 rows{end}"


def test_the_summary_has_an_alarm_for_each(tmp_path: Path) -> None:
    outputs = {
        "Transform": transform(
            tmp_path / "one",
            {"fare": "is the same in every row"},
            {"born": "takes 2 of 3 values as no date"},
            {"trips": "reads lists that differ in length in 1 of 3 rows"},
        ),
        "TrivialBaselines": baselines(tmp_path / "two", {"size": "alone predicts the label"}),
    }
    assert alarms(outputs) == [
        "the column 'size' alone predicts the label",
        "the feature 'fare' is the same in every row",
        "the feature 'born' takes 2 of 3 values as no date",
        "the feature 'trips' reads lists that differ in length in 1 of 3 rows",
    ]
