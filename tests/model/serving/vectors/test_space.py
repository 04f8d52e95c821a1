import dataclasses
from pathlib import Path

import numpy as np
import pytest
from embedding_model import write_embedding_model
from world import World

from model.serving.fingerprint import read_fingerprint
from model.serving.saved_model import SavedModel
from model.serving.vectors.space import VectorSpace, read_space, require_space
from zeroskew.errors import DataError


def test_embed_takes_the_columns_that_it_needs_and_gives_vectors_of_length_one(
    embedding_model_dir: Path, small_world: World
) -> None:
    model = SavedModel(str(embedding_model_dir))
    inputs = model.inputs("embed")
    assert {name: spec.dtype.name for name, spec in inputs.items()} == {
        "company": "string",
        "fare": "float32",
    }
    asked = {name: small_world.inputs(small_world.rows)[name].numpy() for name in inputs}
    vectors = model.call("embed", asked)["embedding"]
    assert vectors.shape == (30, read_space(embedding_model_dir).dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    some = {name: values[3:5] for name, values in asked.items()}
    np.testing.assert_allclose(model.call("embed", some)["embedding"], vectors[3:5], atol=1e-6)


def test_the_space_says_what_the_vectors_are_made_of(embedding_model_dir: Path) -> None:
    space = read_space(embedding_model_dir)
    assert space.model_fingerprint == read_fingerprint(embedding_model_dir)
    assert space.columns == {"fare": "FLOAT", "company": "BYTES"}
    assert list(space.of) == ["company", "fare"]
    assert space.normalized
    assert not space.providers
    assert VectorSpace.from_json(space.to_json()) == space


def test_its_fingerprint_is_that_of_the_weights_too(
    embedding_model_dir: Path, small_world: World, tmp_path: Path
) -> None:
    for name, seed in (("same", 5), ("other", 6)):
        write_embedding_model(small_world, tmp_path / name, seed)
    first, same, other = map(
        read_space, (embedding_model_dir, tmp_path / "same", tmp_path / "other")
    )
    assert same == first
    assert other.model_fingerprint == first.model_fingerprint
    assert other.fingerprint != first.fingerprint


def test_a_model_without_an_embedding_is_told_how_to_get_one(small_model_dir: Path) -> None:
    with pytest.raises(DataError, match="whose feature list declares an embedding"):
        read_space(small_model_dir)


def test_vectors_of_another_space_are_refused_with_both_fingerprints(
    embedding_model_dir: Path,
) -> None:
    space = read_space(embedding_model_dir)
    require_space(space, space.fingerprint, "the index")
    with pytest.raises(DataError) as error:
        require_space(space, "0123456789abcdef", "the index")
    assert space.fingerprint in str(error.value)
    assert "0123456789abcdef, that of the index" in str(error.value)


@pytest.mark.parametrize(
    ("columns", "column"),
    [({"text": "BYTES"}, "text"), ({"text": "BYTES", "n": "INT"}, None), ({"n": "INT"}, None)],
)
def test_a_text_is_asked_for_where_nothing_else_is_read(
    embedding_model_dir: Path, columns: dict[str, str], column: str | None
) -> None:
    space = dataclasses.replace(read_space(embedding_model_dir), columns=columns)
    assert space.text_column == column
