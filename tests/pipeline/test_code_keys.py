"""The code in the keys of cached steps."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from sources import install_made_up, write_sources, write_use_case
from tiny_encoders import STATIC, changed

from model.feature_engineering.feature_set import load_features
from pipeline.code_keys import code_of_data, code_of_model
from pipeline.dag import create_pipeline
from pipeline.places import SharedPlace, Workspace
from pipeline.settings import load_settings
from zeroskew.errors import SettingsError
from zeroskew.source_code.code import Code
from zeroskew.source_code.sources import read_once

READ_FEATURES = {"ModelGate", "Parity", "Report", "Trainer", "Transform", "TrivialBaselines"}


def in_image(file: Path) -> str:
    if "elsewhere" in file.parts:
        raise SettingsError("the image holds the project's folder", received=file.name)
    return f"/app/{file.name}"


@pytest.fixture
def here(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "out")


@pytest.fixture
def cluster() -> SharedPlace:
    return SharedPlace("s3://bucket", "/mnt", in_image)


def properties(features: Path) -> dict[str, dict[str, Any]]:
    """Returns, by step, what the cache compares besides the input."""
    settings = load_settings(overrides={"features": str(features)})
    return {one.id: dict(one.exec_properties) for one in create_pipeline(settings).components}


def test_a_changed_helper_changes_the_key_of_each_step_that_reads_features(tmp_path: Path) -> None:
    features = write_use_case(tmp_path)
    before = properties(features)
    assert before["ExampleGen"]["code"] == code_of_data(Workspace(tmp_path))
    write_sources(tmp_path, {"limits.py": "CLIP = 6.0\n"})
    after = properties(features)
    assert {step for step in before if before[step] != after[step]} == READ_FEATURES
    write_sources(tmp_path, {"limits.py": "CLIP = 5.0\n", "notes.py": "TODAY = 1\n"})
    assert properties(features) == before


def test_a_run_computes_by_the_code_that_its_results_are_kept_under(
    tmp_path: Path, here: Workspace
) -> None:
    features = write_use_case(tmp_path)
    with read_once():
        key = code_of_model(str(features), here)
        write_sources(tmp_path, {"limits.py": "CLIP = 6.0\n"})
        used = load_features(str(features)).label.compute.__globals__["CLIP"]
        assert (used, code_of_model(str(features), here)) == (5.0, key)
    assert load_features(str(features)).label.compute.__globals__["CLIP"] == 6.0
    assert code_of_model(str(features), here) != key


def test_an_installed_package_counts_by_its_version_but_for_a_cluster_whose_image_has_it(
    tmp_path: Path, here: Workspace, cluster: SharedPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install_made_up(tmp_path, "1.0")))
    lines = {"limits.py": "from made_up import VALUE as CLIP\n"}
    features = str(write_use_case(tmp_path / "case", lines))
    before = [code_of_model(features, place) for place in (here, cluster)]
    install_made_up(tmp_path, "1.1")
    after = [code_of_model(features, place) for place in (here, cluster)]
    assert (before[0] == after[0], before[1] == after[1]) == (False, True)


def test_an_encoder_counts_by_its_content_and_lies_where_the_image_has_it(
    tmp_path: Path, here: Workspace, cluster: SharedPlace
) -> None:
    changed(STATIC, tmp_path / "encoder", "config.json")
    lines = """
from model import FeatureSet, PretrainedText, YesNo

FEATURES = FeatureSet(YesNo("tips"), [PretrainedText("review", folder="encoder")])
"""
    features = str(write_sources(tmp_path, {"features.py": lines}) / "features.py")
    before = code_of_model(features, here)
    assert code_of_model(features, here) == before
    changed(STATIC, tmp_path / "encoder", "config.json", normalize=False)
    assert code_of_model(features, here) != before
    shutil.move(tmp_path / "encoder", tmp_path / "elsewhere")
    (tmp_path / "features.py").write_text(lines.replace("encoder", "elsewhere"))
    with pytest.raises(SettingsError, match=r"received: model\.safetensors"):
        code_of_model(features, cluster)


def test_the_key_of_the_data_is_that_of_its_room_and_the_ground(
    here: Workspace, cluster: SharedPlace
) -> None:
    code = Code.of_rooms("data_ingestion", "zeroskew")
    assert code_of_data(here) == code.digest()
    assert code_of_data(cluster) == code.digest(with_packages=False)


def test_the_built_in_features_add_nothing_to_their_room_and_the_ground(here: Workspace) -> None:
    assert code_of_model("model.features", here) == Code.of_rooms("model", "zeroskew").digest()


def test_a_helper_that_the_image_has_not_is_refused(
    tmp_path: Path, cluster: SharedPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere"))
    write_sources(tmp_path / "elsewhere", {"helper_from_elsewhere.py": "CLIP = 5.0\n"})
    lines = {"limits.py": "from helper_from_elsewhere import CLIP\n"}
    features = str(write_use_case(tmp_path / "case", lines))
    with pytest.raises(SettingsError, match=r"received: helper_from_elsewhere\.py"):
        code_of_model(features, cluster)
