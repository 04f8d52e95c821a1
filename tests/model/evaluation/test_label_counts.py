"""What the labels of a split are, and which of them stop a run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation.label_counts import LabelCounts
from zeroskew.errors import DataError

CLASSES = np.array([b"a", b"b", b"a", b""], object)


def counted(split: str, *batches: tuple[list, list]) -> LabelCounts:
    counts = LabelCounts("y", split)
    for labels, weights in batches:
        counts.add(np.array(labels), np.array(weights, np.float32))
    return counts


def test_classes_and_rows_without_a_label_are_counted() -> None:
    train = LabelCounts("y", "train")
    train.add(CLASSES, np.array([1, 2, 0.5, 0], np.float32))
    evaluation = LabelCounts("y", "eval")
    evaluation.add(np.array([b"b", b"z"], object), np.ones(2, np.float32))
    assert train.to_dict() == {"rows": 4, "unknown": 1, "classes": {"a": 2, "b": 1}}
    assert evaluation.to_dict(train) == {
        "rows": 2,
        "unknown": 0,
        "classes": {"b": 1, "z": 1},
        "not_in_train": ["z"],
    }


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 1.0])), min_size=1), min_size=1
    )
)
def test_batches_of_any_size_count_like_one(batches: list[list[tuple[int, float]]]) -> None:
    parts = counted("train", *(tuple(map(list, zip(*one, strict=True))) for one in batches))
    rows = [row for one in batches for row in one]
    whole = counted("train", tuple(map(list, zip(*rows, strict=True))))
    assert parts == whole
    assert whole.rows == len(rows)
    assert whole.unknown + sum(whole.classes.values()) == len(rows)


@pytest.mark.parametrize(
    ("labels", "weights", "message"),
    [
        (
            [1, 0, 1, 0],
            [1, 1, 1, 0],
            "at most 0.2 of a split's rows may lack the label 'y'\n"
            "  received: 1 of 4 rows of the train split\n"
            "  do:       mend the data or the label's definition, or raise max_missing_labels",
        ),
        (
            [1, 1, 1, 1],
            [1, 1, 1, 1],
            "the label 'y' must have more than one value in the train split\n"
            "  received: 4 rows, all of them 1\n"
            "  do:       check the label's definition in the features file, or bring more data",
        ),
        (
            [2.5, 2.5],
            [1, 1],
            "the label 'y' must have more than one value in the train split\n"
            "  received: 2 rows, all of them 2.5\n"
            "  do:       check the label's definition in the features file, or bring more data",
        ),
        (
            [],
            [],
            "the label 'y' must have more than one value in the train split\n"
            "  received: 0 rows, none with a label\n"
            "  do:       check the label's definition in the features file, or bring more data",
        ),
    ],
)
def test_what_cannot_be_learned_from_is_refused(labels: list, weights: list, message: str) -> None:
    with pytest.raises(DataError) as raised:
        counted("train", (labels, weights)).check(0.2, needs_two=True)
    assert str(raised.value) == message


def test_few_rows_without_a_label_pass() -> None:
    counts = counted("train", ([1, 0, 1, 0, 0], [1, 1, 1, 1, 0]))
    counts.check(0.2, needs_two=True)
    assert counts.unknown == 1


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(DataError) as raised:
        counted("eval", ([1, 0], [1, -2]))
    assert str(raised.value) == (
        "the weights of the label 'y' are 0 or more\n"
        "  received: -2 in the eval split\n"
        "  do:       mend the data; a rule on rows can reject such a row"
    )
