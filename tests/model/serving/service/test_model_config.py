"""What is taken of TensorFlow Serving's file of models, and what is refused by name."""

import sys
from pathlib import Path

import pytest

from model.serving.service.model_config import read_model_config
from model.serving.service.settings import ServeSettings
from zeroskew.errors import SettingsError

MODEL = 'name: "taxi" base_path: "/models/taxi"'


def read(folder, text, settings=None):
    file = folder / "models.config"
    file.write_text(text, encoding="utf-8")
    return read_model_config(file, settings or ServeSettings())


def listed(*models):
    return f"model_config_list {{ {' '.join(f'config {{ {one} }}' for one in models)} }}"


@pytest.mark.parametrize(
    ("policy", "versions", "pinned"),
    [
        ("", 1, ()),
        ("model_version_policy {}", 1, ()),
        ("model_version_policy { latest { num_versions: 3 } }", 3, ()),
        ("model_version_policy { latest {} }", 1, ()),
        ("model_version_policy { all {} }", sys.maxsize, ()),
        ("model_version_policy { specific { versions: 7 versions: 9 } }", 1, (7, 9)),
    ],
)
def test_the_versions_of_the_file_are_those_that_are_served(tmp_path, policy, versions, pinned):
    before = ServeSettings(versions=5, pinned=(1,), labels={"old": 1}, seconds=7)
    found = read(tmp_path, listed(f"{MODEL} {policy}"), before)
    assert (found.name, found.place) == ("taxi", Path("/models/taxi"))
    expected = {"versions": versions, "pinned": pinned, "labels": {}}
    assert found.settings == before.model_copy(update=expected)


def test_labels_are_taken_and_the_platform_is_tensorflow(tmp_path):
    text = """
    # As TensorFlow Serving's documents write it.
    model_config_list: {
      config: {
        name: "taxi",
        base_path: "/models/taxi",
        model_platform: "tensorflow",
        version_labels: { key: "stable", value: 43 },
        version_labels: { key: "canary", value: 44 }
      }
    }"""
    assert read(tmp_path, text).settings.labels == {"stable": 43, "canary": 44}


@pytest.mark.parametrize(
    ("text", "allowed", "received"),
    [
        ("model {", "a ModelServerConfig as text", "1:1 : Message type"),
        (listed(f"{MODEL} nmae: 1"), "a ModelServerConfig as text", "nmae"),
        ("custom_model_config {}", "model_config_list", "custom_model_config"),
        ("", "one model: start a service for each", "none"),
        (listed(MODEL, 'name: "tips"'), "one model: start a service for each", "taxi, tips"),
        (listed('base_path: "/m"'), "a model with name", "none"),
        (listed('name: "taxi"'), "a model with base_path", "none"),
        (listed('name: "taxi" base_path: "gs://b/m"'), "a folder of this machine", "gs://b/m"),
        (listed(f'{MODEL} model_platform: "other"'), 'model_platform: "tensorflow"', "other"),
        (listed(f"{MODEL} model_type: OTHER"), 'model_platform: "tensorflow"', "model_type"),
        (listed(f"{MODEL} logging_config {{}}"), "serve.log", "logging_config"),
        (
            listed(f"{MODEL} model_version_policy {{ specific {{}} }}"),
            "specific: versions, each a whole number",
            "[]",
        ),
    ],
)
def test_what_it_does_not_do_is_refused_by_name(tmp_path, text, allowed, received):
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert allowed in caught.value.allowed
    assert received in caught.value.received
    assert str(tmp_path / "models.config") in caught.value.received


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        read_model_config(tmp_path / "models.config", ServeSettings())
