"""A table that is made of an encoder, held against model2vec's formulas."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tiny_encoders import BERT, STATIC

from model.feature_engineering.encoders.distillation import _card, distill
from model.feature_engineering.encoders.encoder import Encoder
from model.feature_engineering.encoders.frozen import Frozen
from model.feature_engineering.encoders.pretrained import in_folder
from zeroskew.errors import FeatureError


def test_rows_are_the_principal_components_of_each_token_by_zipfs_law(tmp_path: Path) -> None:
    source = in_folder(BERT, "", "")
    distill(source, tmp_path, 5)
    made = in_folder(tmp_path, "", "")
    encoder = Encoder.read(made)
    assert (made.licence, encoder.model.dimension) == ("apache-2.0", 5)
    table = made.tensors(["embeddings"])["embeddings"]
    ranks = 1 / np.arange(2, len(table) + 2)
    plain = table / (1e-4 / (1e-4 + ranks / ranks.sum()))[:, np.newaxis]
    covariance = plain.T @ plain
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-3)
    assert (np.diff(np.diag(covariance)) < 0).all()
    vectors = Frozen(encoder, made)(tf.constant(["good", "goodness", ""])).numpy()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0], atol=1e-6)


@pytest.mark.parametrize("licence", ["", "mit", "yes", "Of: a 'company', für alle", "x" * 100])
def test_the_licence_goes_with_the_table(licence: str, tmp_path: Path) -> None:
    source = dataclasses.replace(in_folder(BERT, "", ""), licence=licence)
    (tmp_path / "README.md").write_text(_card(source), encoding="utf-8")
    (tmp_path / "model.safetensors").touch()
    assert in_folder(tmp_path, "", "").licence == licence


@pytest.mark.parametrize(("folder", "dimension"), [(STATIC, 4), (BERT, 17)])
def test_of_what_no_table_can_be_made(folder: Path, dimension: int, tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match="distilled from a BERT-like encoder"):
        distill(in_folder(folder, "", ""), tmp_path, dimension)
    assert not list(tmp_path.iterdir())
