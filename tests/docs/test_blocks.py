"""The files that the documents show: settings, rules and features are what the code takes."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from documents import DOCS, DOCUMENTS, blocks, name_of
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import model
from data_ingestion.rules.rules_file import Rules
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.kinds.base import Feature
from model.feature_engineering.labels import Label
from pipeline.settings import Settings

SHOWN = [
    pytest.param(document, yaml.safe_load(text), id=f"{name_of(document)}-{number}")
    for document in DOCUMENTS
    for number, text in enumerate(blocks(document, "yaml"))
]
RULES = {"rows", "allow"}


def features_shown() -> list[Any]:
    return [
        pytest.param(text, id=f"{name_of(document)}-{number}")
        for document in DOCUMENTS
        for number, text in enumerate(blocks(document, "python"))
    ]


@pytest.mark.parametrize(("document", "values"), SHOWN)
def test_yaml_is_rules_or_settings(document: Path, values: dict[str, Any]) -> None:
    del document
    if RULES & values.keys():
        assert Rules.model_validate(values).model_fields_set == values.keys()
    else:
        settings = Settings(**{"schema_file": "schema.pbtxt", **values})
        assert values.keys() <= settings.model_fields_set


def test_lines_of_schemas_are_ones() -> None:
    lines = [line for document in DOCUMENTS for line in blocks(document, "textproto")]
    read = [text_format.Parse(line, schema_pb2.Schema()) for line in lines]
    assert [one.name for schema in read for one in schema.feature] == ["tags", "vector", "fare"]


def test_the_sources_are_all_different() -> None:
    paths = [
        values["data"]["path"]
        for document, values in (one.values for one in SHOWN)
        if document == DOCS / "data.md"
    ]
    assert len(set(paths)) == len(paths) >= 8


@pytest.mark.parametrize("text", features_shown())
def test_python_runs(text: str) -> None:
    names: dict[str, Any] = {}
    exec(text, names)
    made = [one for one in names.values() if isinstance(one, FeatureSet | Feature | Label)]
    assert made or "data_ingestion" in text


@pytest.mark.parametrize("page", ["features.md", "labels.md"])
def test_the_tables_name_kinds_and_labels_as_they_are_called(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    cells = [line.split(" | ")[0][2:].strip("`") for line in text.splitlines() if "| `" in line]
    made = [eval(cell, vars(model).copy()) for cell in cells if cell.endswith(")")]
    kind = Feature if page == "features.md" else Label
    named = {type(one).__name__ for one in made}
    assert named == {
        name
        for name in model.__all__
        if isinstance(getattr(model, name), type) and issubclass(getattr(model, name), kind)
    }
