import numpy as np
import pytest

from model import Amount, Categorical, FeatureSet, Integer, Numeric, OneOf, YesNo
from model.evaluation.baselines import score_baselines
from model.evaluation.leaks import find_leaks
from model.feature_engineering.columns import Column

COLUMNS = {
    "answer": Column("answer", "FLOAT"),
    "size": Column("size", "FLOAT"),
    "kind": Column("kind", "BYTES"),
    "count": Column("count", "INT"),
}
RANDOM = np.random.default_rng(4)
ANSWER = RANDOM.normal(size=2000).astype(np.float32)
NOISE = RANDOM.normal(size=2000).astype(np.float32)
YES = YesNo("yes", lambda row: row["answer"] > 0.06, uses=("answer",))
HOW_MUCH = Amount("how_much", lambda row: row["answer"], uses=("answer",))
ADVICE = "if it is known only after the label is, remove the features that read it"


def leaks(label, feature, values: np.ndarray, answer: np.ndarray = ANSWER) -> dict[str, str]:
    features = FeatureSet(label, [feature])
    rows = {"answer": answer, feature.column: values}
    train, evaluation = (
        {name: one[part] for name, one in rows.items()}
        for part in (slice(None, None, 2), slice(1, None, 2))
    )
    found = score_baselines(features, COLUMNS, [train], [evaluation])
    return find_leaks(found, features, COLUMNS)


def words(condition: np.ndarray) -> np.ndarray:
    return np.where(condition, b"won", b"lost").astype(object)


def test_a_word_that_says_the_label_is_reported():
    assert leaks(YES, Categorical("kind"), words(ANSWER > 0.06)) == {
        "kind": f"alone predicts the label 'yes' with AUC 1.0000: {ADVICE}"
    }


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_that_orders_the_labels_is_reported_though_its_buckets_do_not(sign):
    found = leaks(YES, Numeric("size"), sign * ANSWER)
    assert found == {"size": f"alone predicts the label 'yes' with AUC 1.0000: {ADVICE}"}


def test_a_number_that_is_there_only_for_one_label_is_reported():
    values = np.where(ANSWER > 0.06, NOISE, np.nan).astype(np.float32)
    assert leaks(YES, Numeric("size"), values).keys() == {"size"}


@pytest.mark.parametrize("weight", [0.1, 0.5, 2.0])
def test_a_good_column_is_not_reported(weight):
    assert leaks(YES, Numeric("size"), ANSWER + np.float32(weight) * NOISE) == {}
    assert leaks(HOW_MUCH, Numeric("size"), ANSWER + np.float32(weight) * NOISE) == {}


def test_a_number_that_is_the_amount_in_another_unit_is_reported():
    assert leaks(HOW_MUCH, Numeric("size"), 100 - 3 * ANSWER) == {
        "size": f"alone predicts the label 'how_much' with R² 1.0000: {ADVICE}"
    }


def test_few_values_that_are_the_amount_are_reported_by_their_rule():
    answer = np.round(ANSWER)
    found = leaks(HOW_MUCH, Categorical("kind"), answer.astype("S").astype(object), answer)
    assert found == {"kind": f"alone predicts the label 'how_much' with R² 1.0000: {ADVICE}"}


def test_of_classes_the_accuracy_counts_and_a_rare_class_makes_no_leak():
    classes = OneOf("class", lambda row: row["answer"], classes=(0, 1), uses=("answer",))
    count = (ANSWER > 0.06).astype(np.int64)
    answer = count.astype(np.float32)
    assert leaks(classes, Integer("count"), count, answer) == {
        "count": f"alone predicts the label 'class' with accuracy 1.0000: {ADVICE}"
    }
    rare = (np.arange(2000) < 2).astype(np.float32)
    assert leaks(classes, Categorical("kind"), words(NOISE > 0), rare) == {}


def test_a_number_beside_classes_that_are_words_is_judged_by_its_rule():
    features = FeatureSet(OneOf("kind"), [Numeric("size")])
    halves = [{"kind": words(one > 0.06), "size": one} for one in (ANSWER[::2], ANSWER[1::2])]
    found = score_baselines(features, COLUMNS, halves[:1], halves[1:])
    assert find_leaks(found, features, COLUMNS) == {}


def test_few_rows_say_nothing():
    assert leaks(YES, Numeric("size"), ANSWER[:190], ANSWER[:190]) == {}
