from pathlib import Path

import keras
import numpy as np
import pytest
from thirty_rows import table
from tiny_encoders import BERT, REFERENCES, STATIC, TEXTS, ids_of, read

from model import FeatureSet, PretrainedText, YesNo
from model.feature_engineering.columns import Column
from model.feature_engineering.encoders.pretrained import in_folder
from zeroskew.errors import FeatureError

FOLDER = "../../encoders/tiny-bert"
DIGEST = in_folder(BERT, "", "").digest
COLUMNS = {"review": Column("review", "BYTES"), "age": Column("age", "INT")}
# What has no text here is a missing value there.
SOME = [place for place, text in enumerate(TEXTS) if text]


def test_vectors_in_the_graph_are_those_of_transformers(world):
    found = world.apply(review=[TEXTS[place] for place in SOME])
    wanted = np.array(REFERENCES["bert"]["vectors"])[SOME]
    np.testing.assert_allclose(found["review_bert_xf"], wanted, atol=2e-6)


def test_vectors_in_the_graph_are_those_of_model2vec(world):
    found = world.apply(review=[TEXTS[place] for place in SOME])
    wanted = np.array(REFERENCES["static"]["vectors"])[SOME]
    np.testing.assert_allclose(found["review_static_xf"], wanted, atol=2e-6)


def test_tokens_are_those_of_the_encoder_cut_off_and_filled_up(world):
    found = world.apply(review=["good wine", "good food was bad it", None])["review_learns_xf"]
    short, whole = ids_of(read(BERT), ["good wine", "good food was bad"])
    filler = len(read(BERT).vocabulary.tokens)
    assert found.tolist() == [
        short + [filler] * 2,
        whole,
        [short[0], short[-1]] + [filler] * 4,
    ]


def test_a_missing_text_is_an_empty_one_and_says_so(world):
    found = world.apply(review=[None, "", "good"])
    empty = REFERENCES["bert"]["vectors"][TEXTS.index("")]
    np.testing.assert_allclose(found["review_bert_xf"][:2], [empty] * 2, atol=2e-6)
    assert found["review_bert_xf_missing"].tolist() == [1.0, 1.0, 0.0]
    assert not found["review_static_xf"][:2].any()
    assert found["review_static_xf_missing"].tolist() == [1.0, 1.0, 0.0]


def test_the_materialised_rows_are_as_many_as_there_are(world):
    missing = [float(one is None) for one in table()["review"]]
    assert world.transformed["review_bert_xf_missing"].tolist() == missing
    assert world.transformed["review_bert_xf"].shape == (30, 16)


def test_the_graph_holds_weights_and_vocabulary_as_variables_not_as_constants(world):
    graph = world.graph_dir / "transform_fn"
    variables = sum(file.stat().st_size for file in (graph / "variables").iterdir())
    weights = [(folder / "model.safetensors").stat().st_size for folder in (BERT, STATIC)]
    # Two features have the static table, which is held once.
    assert 0.9 * sum(weights) < variables < 1.2 * sum(weights)


def test_two_features_can_have_the_same_encoder(world):
    found = world.apply(review=["Good food"], company=["Good food"])
    np.testing.assert_array_equal(found["review_static_xf"], found["company_static_xf"])
    assert found["review_static_xf"].any()


@pytest.mark.parametrize("fine_tune", [0.0, 0.1])
def test_the_network_takes_vectors_as_long_as_random_ones(encode, fine_tune):
    wide = encode(PretrainedText("review", folder=FOLDER, fine_tune=fine_tune)).wide
    assert [tuple(one.shape) for one in wide] == [(None, 16), (None, 1)]


def test_the_line_says_which_encoder_it_is():
    line = PretrainedText("review", folder=FOLDER, version="3").to_dict()
    assert (line["folder"], line["version"], line["licence"]) == (FOLDER, "3", "apache-2.0")
    assert line["digest"] == DIGEST
    assert PretrainedText("review", folder=FOLDER).files == {
        (Path(__file__).parent / FOLDER / "model.safetensors"): DIGEST
    }


def test_the_licence_is_for_the_records_and_no_part_of_what_it_is():
    one, other = (
        FeatureSet(YesNo("tips"), [PretrainedText("review", folder=FOLDER, licence=said)])
        for said in ("", "mit")
    )
    assert [it.to_dict()["features"][0]["licence"] for it in (one, other)] == ["apache-2.0", "mit"]
    assert one.identity() == other.identity()
    assert one.identity()["features"][0]["digest"] == DIGEST


def test_an_encoder_that_learns_may_have_any_name():
    feature = PretrainedText("review", name="a/b", folder=FOLDER, fine_tune=0.1)
    tensors = {one.name: keras.Input((one.length,), dtype=one.dtype) for one in feature.outputs}
    assert tuple(feature.encode(tensors).wide[0].shape) == (None, 16)


def test_another_encoder_than_the_line_says_is_refused():
    PretrainedText("review", folder=FOLDER, digest=DIGEST).check(COLUMNS)
    with pytest.raises(FeatureError, match=f"must be 0123456789abcdef\n  received: '{DIGEST}'"):
        PretrainedText("review", folder=FOLDER, digest="0123456789abcdef").check(COLUMNS)


def test_it_reads_texts_only():
    with pytest.raises(FeatureError, match="cannot read this type of column"):
        PretrainedText("age", folder=FOLDER).check(COLUMNS)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({}, "either a package or a folder has the encoder"),
        ({"package": "a", "folder": "b"}, "either a package or a folder has the encoder"),
        ({"folder": "b", "max_length": 2}, "max_length must be at least 3"),
        ({"folder": "b", "fine_tune": 2.0}, "fine_tune must be 0 to 1"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, rule):
    with pytest.raises(FeatureError, match=rule):
        PretrainedText("review", **options)


def test_static_and_bert_are_told_apart_by_their_weights():
    assert type(read(STATIC).model).__name__ == "StaticTable"
    assert type(read(BERT).model).__name__ == "Bert"
