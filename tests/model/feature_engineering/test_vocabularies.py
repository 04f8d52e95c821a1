"""Vocabularies of any features and any texts: counted, written and looked up."""

import math
import os
from collections import Counter
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import apache_beam as beam
import numpy as np
import tensorflow as tf

from model.feature_engineering import vocabularies
from model.feature_engineering.vocabulary_counts import (
    UNITS,
    LearnVocabularies,
    Limits,
    count_texts,
    write_vocabularies,
)
from model.feature_engineering.vocabulary_file import escape, parse_vocabularies

BEAM = ["--runner=DirectRunner", "--direct_running_mode=in_memory"]
CASES = int(os.environ.get("FUZZ_CASES", "4"))
"""Each is a run of Beam over many features, which takes a second."""

TEXT = st.sampled_from([b"a", b"b", b""]) | st.text(max_size=3).map(str.encode)
TEXTS = st.lists(TEXT, min_size=1, max_size=30)
LIST = st.lists(st.sampled_from([b"a", b"b", b"c", b""]), max_size=5)


def learn(
    folder: Path, batches: list[tuple[np.ndarray, ...]], limits: list[Limits]
) -> tuple[bytes, list[float]]:
    """Runs the analyzer as tf.Transform does; returns the file, and what its lines weigh."""
    analyzer = LearnVocabularies(limits, "vocabularies", "weights")
    analyzer.base_temp_dir = str(folder)
    with beam.Pipeline(argv=BEAM) as pipeline:
        _ = pipeline | beam.Create(batches) | analyzer
    weights = (folder / "weights").read_text().splitlines()
    return (folder / "vocabularies").read_bytes(), [int(one) / UNITS for one in weights]


def idf(rows: int, in_rows: list[int]) -> list[float]:
    """What the lines of a vocabulary weigh: first the mean, then a text in so many of the rows."""
    weights = [math.log(1 + rows / (1 + count)) for count in in_rows]
    return [sum(weights) / max(1, len(weights)), *weights]


def expected(texts: list[bytes], limit: Limits) -> list[bytes]:
    """The definition: most frequent first, then the greatest; none empty, none of two lines."""
    counts = Counter(text for text in texts if text and not {10, 13} & set(text))
    ranked = sorted(counts, key=lambda text: (counts[text], text), reverse=True)
    return [text for text in ranked if counts[text] >= limit.min_frequency][: limit.max_tokens]


@st.composite
def tables(draw, value):
    """One to twenty columns of as many rows each, with what each one's vocabulary may hold."""
    rows = draw(st.integers(1, 30))
    columns = draw(st.lists(st.lists(value, min_size=rows, max_size=rows), min_size=1, max_size=20))
    limits = [
        Limits(f"f{place}", draw(st.integers(1, 4) | st.just(100)), draw(st.integers(1, 3)))
        for place in range(len(columns))
    ]
    return columns, limits


def assert_holds(
    found: tuple[bytes, list[float]],
    columns: list[list[list[bytes]]],
    limits: list[Limits],
) -> None:
    """Compares with the definition; of a column, each row is a list of texts."""
    written, weights = found
    lines, wanted = [], []
    for column, limit in zip(columns, limits, strict=True):
        kept = expected([text for row in column for text in row], limit)
        lines += [f"\t{limit.name}".encode(), *(limit.name.encode() + b"\t" + t for t in kept)]
        wanted += idf(len(column), [sum(text in row for row in column) for text in kept])
    assert written == b"\n".join([*lines, b"\t", b""])
    assert weights == pytest.approx([*wanted, 0.0], abs=1e-8)


@settings(max_examples=CASES)
@given(tables(TEXT), st.integers(1, 4))
def test_a_vocabulary_holds_the_most_frequent_texts(tmp_path_factory, table, batches):
    columns, limits = table
    rows = np.array(columns, object).T
    parts = [(part,) for part in np.array_split(rows, batches)]
    found = learn(tmp_path_factory.mktemp("v"), parts, limits)
    assert_holds(found, [[[text] for text in column] for column in columns], limits)


@settings(max_examples=CASES)
@given(tables(LIST), st.integers(0, 8))
def test_of_lists_it_is_known_in_how_many_rows_each_text_is(tmp_path_factory, table, cut):
    columns, limits = table

    def batch(part):
        texts = np.array([text for row in part for text in row], object)
        places = np.repeat(np.arange(len(part)), [len(row) for row in part])
        return texts, places, np.array([len(part)])

    batches = [
        tuple(array for column in columns for array in batch(column[part]))
        for part in (slice(cut), slice(cut, None))
    ]
    assert_holds(learn(tmp_path_factory.mktemp("v"), batches, limits), columns, limits)


def test_no_row_at_all_gives_empty_vocabularies(tmp_path):
    written, weights = learn(tmp_path, [], [Limits("a", 5, 1), Limits("b", 5, 1)])
    assert written == b"\ta\n\tb\n\t\n"
    assert weights == [0.0, 0.0, 0.0]


def test_texts_are_counted_for_each_feature_on_its_own():
    batch = np.array([[b"x", b"x"], [b"x", b""], [b"y", b"a\nb"]], object)
    assert sorted(count_texts((batch,))) == [
        ((0, b""), (0, 3)),
        ((0, b"x"), (2, 2)),
        ((0, b"y"), (1, 1)),
        ((1, b""), (0, 3)),
        ((1, b"x"), (1, 1)),
    ]


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("fare", "fare"), ("größe", "größe"), ("a\tb", "a\\tb"), ("a\nb", "a\\nb"), ('"', '\\"')],
)
def test_a_name_stands_in_the_file_without_tabs_and_line_breaks(name, escaped):
    assert escape(name) == escaped


def lines_of(texts: tf.Tensor, file: str) -> tf.Tensor:
    """What `tft.apply_vocabulary` does; that itself works in a graph that tf.Transform traces."""
    whole, line = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    content = tf.lookup.TextFileInitializer(file, tf.string, whole, tf.int64, line)
    return tf.lookup.StaticHashTable(content, -1).lookup(texts)


@settings(max_examples=25)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.integers(1, 3))
def test_each_text_is_found_at_its_rank_in_its_own_vocabulary(tmp_path_factory, columns, most):
    path = str(tmp_path_factory.mktemp("v") / "vocabularies")
    limits = [Limits(escape(f"c\t{place}"), most, 1) for place in range(len(columns))]
    kept = [expected(texts, limit) for texts, limit in zip(columns, limits, strict=True)]
    ranked = {place: [(1, text, 1) for text in texts] for place, texts in enumerate(kept)}
    assert write_vocabularies(ranked, limits, path) == path
    with mock.patch.object(vocabularies, "_lines", lines_of):
        ranks = vocabularies.Ranks.read(path, None, [limit.name for limit in limits])
        assert ranks.sizes.numpy().tolist() == [len(texts) for texts in kept]
        for place, texts in enumerate(columns):
            asked = [*texts, b"never seen", b""]
            row = np.full((len(asked), len(columns)), b"", object)
            row[:, place] = asked
            assert ranks.of(tf.constant(row)).numpy()[:, place].tolist() == [
                kept[place].index(text) if text in kept[place] else -1 for text in asked
            ]


@given(st.dictionaries(st.text(min_size=1), st.lists(TEXT.filter(bool)), max_size=5))
def test_what_is_written_is_read(tmp_path_factory, texts):
    kept = {name: expected(some, Limits("", 100, 1)) for name, some in texts.items()}
    limits = [Limits(escape(name), 100, 1) for name in kept]
    ranked = {place: [(1, text, 1) for text in some] for place, some in enumerate(kept.values())}
    path = write_vocabularies(ranked, limits, str(tmp_path_factory.mktemp("v") / "vocabularies"))
    assert parse_vocabularies(Path(path).read_bytes()) == kept
