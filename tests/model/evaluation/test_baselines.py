import numpy as np
import pytest

from model import Categorical, FeatureSet, MultiCategory, Numeric, Text, Vector, YesNo
from model.evaluation.baselines import BaselineScore, best, labels_of, score_baselines
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.labels import METRICS, WEIGHT
from model.feature_engineering.raw_rows import RawColumns, to_lists
from zeroskew.errors import DataError

COLUMNS = {
    "answer": Column("answer", "FLOAT"),
    "color": Column("color", "BYTES"),
    "size": Column("size", "FLOAT"),
    "count": Column("count", "INT"),
}
LABEL = YesNo("yes", lambda row: row["answer"] > 0.5, uses=("answer",))


def rows(**columns) -> RawColumns:
    types = {"FLOAT": np.float32, "INT": np.int64, "BYTES": object}
    return {
        name: np.array(column, dtype=types[COLUMNS[name].type]) for name, column in columns.items()
    }


def test_the_majority_class_of_the_train_split_is_predicted_for_every_eval_row():
    train = rows(answer=[1, 1, 0], color=[b"a"] * 3)
    evaluation = rows(answer=[1, 0, 0, 0], color=[b"a"] * 4)
    found = score_baselines(
        FeatureSet(LABEL, [Categorical("color")]), COLUMNS, [train], [evaluation]
    )
    assert found.scores[0] == BaselineScore("majority class", {"accuracy": 0.25, "auc": 0.5})


def test_a_category_predicts_the_rate_that_the_train_split_shows_for_it():
    # red: 2/3 yes, blue: 0/2 yes. Base rate 2/5.
    train = rows(answer=[1, 1, 0, 0, 0], color=[b"red"] * 3 + [b"blue"] * 2)
    evaluation = rows(answer=[1, 1, 0, 0], color=[b"red", b"blue", b"blue", b"red"])
    found = score_baselines(
        FeatureSet(LABEL, [Categorical("color")]), COLUMNS, [train], [evaluation]
    )
    # Right: rows 0 and 2. Of the 4 pairs of a yes and a no: 1 won, 2 ties, 1 lost.
    assert found.scores[1] == BaselineScore("color alone", {"accuracy": 0.5, "auc": 0.5})
    evaluation = rows(answer=[1, 1, 0, 0], color=[b"red", b"red", b"blue", b"red"])
    found = score_baselines(
        FeatureSet(LABEL, [Categorical("color")]), COLUMNS, [train], [evaluation]
    )
    assert found.scores[1] == BaselineScore("color alone", {"accuracy": 0.75, "auc": 0.75})


def test_an_unseen_category_falls_back_to_the_base_rate():
    # red: 1, blue: 0, base rate 0.6: green lies between them and is predicted as yes.
    train = rows(answer=[1, 1, 1, 0, 0], color=[b"red"] * 3 + [b"blue"] * 2)
    evaluation = rows(answer=[1, 0, 1], color=[b"green", b"green", b"red"])
    found = score_baselines(
        FeatureSet(LABEL, [Categorical("color")]), COLUMNS, [train], [evaluation]
    )
    assert found.scores[1].metrics == {"accuracy": pytest.approx(2 / 3), "auc": 0.75}


def test_a_number_of_many_values_is_cut_into_quantile_buckets():
    # 100 values, yes from 50 on: buckets of five rows part them without an error.
    size = np.arange(100)
    train = rows(answer=size >= 50, size=size)
    evaluation = rows(answer=[0, 0, 1, 1, 0], size=[-7.0, 10.2, 70.4, 1000.0, 97.0])
    found = score_baselines(FeatureSet(LABEL, [Numeric("size")]), COLUMNS, [train], [evaluation])
    # The last row is wrong, and ties with the two yes rows.
    assert found.scores[1] == BaselineScore(
        "size alone", {"accuracy": 0.8, "auc": pytest.approx(5 / 6)}
    )


def test_a_missing_number_is_a_value_of_its_own_beside_few_values():
    # Missing: always yes. 1 and 2: always no.
    nan = np.nan
    train = rows(answer=[1, 1, 0, 0, 0, 0], size=[nan, nan, 1, 2, 1, 2])
    evaluation = rows(answer=[1, 1, 0, 0], size=[nan, nan, 1, 2])
    found = score_baselines(FeatureSet(LABEL, [Numeric("size")]), COLUMNS, [train], [evaluation])
    assert found.scores[1] == BaselineScore("size alone", {"accuracy": 1.0, "auc": 1.0})


def test_a_missing_number_is_a_value_of_its_own_beside_quantile_buckets():
    # Missing: always yes. Present: always no, in the highest bucket too.
    nan = np.nan
    train = rows(answer=[1] * 10 + [0] * 100, size=[nan] * 10 + list(range(100)))
    evaluation = rows(answer=[1, 0, 0], size=[nan, 99, 50])
    found = score_baselines(FeatureSet(LABEL, [Numeric("size")]), COLUMNS, [train], [evaluation])
    assert found.scores[1] == BaselineScore("size alone", {"accuracy": 1.0, "auc": 1.0})


def test_a_missing_integer_is_a_value_of_its_own():
    train = rows(answer=[1, 1, 0, 0], count=[MISSING_INT, MISSING_INT, 1, 2])
    evaluation = rows(answer=[1, 0], count=[MISSING_INT, 2])
    found = score_baselines(FeatureSet(LABEL, [Numeric("count")]), COLUMNS, [train], [evaluation])
    assert found.scores[1] == BaselineScore("count alone", {"accuracy": 1.0, "auc": 1.0})


def test_each_raw_column_gets_one_rule_in_the_order_of_the_list():
    data = rows(answer=[1, 0], color=[b"a", b"b"], size=[1, 2], count=[1, 2])
    features = FeatureSet(
        LABEL,
        [Numeric("size"), Numeric("size", name="log_size", scaling="log"), Categorical("color")],
    )
    found = score_baselines(features, COLUMNS, [data], [data])
    assert [score.rule for score in found.scores] == ["majority class", "size alone", "color alone"]


@pytest.mark.parametrize(
    ("answers", "received"),
    [
        ([0.0, 0.0, 0.0], "3 rows, all of them 0"),
        ([1.0, 1.0], "2 rows, all of them 1"),
        ([], "0 rows, none with a label"),
    ],
    ids=["all no", "all yes", "no rows"],
)
def test_a_split_with_one_class_only_is_refused(answers, received):
    train = rows(answer=[1, 0], color=[b"a", b"b"])
    evaluation = rows(answer=answers, color=[b"a"] * len(answers))
    with pytest.raises(DataError) as caught:
        score_baselines(FeatureSet(LABEL, [Categorical("color")]), COLUMNS, [train], [evaluation])
    assert str(caught.value) == (
        "the label 'yes' must have more than one value in the eval split\n"
        f"  received: {received}\n"
        "  do:       check the label's definition in the features file, or bring more data"
    )


def test_labels_equal_those_that_transform_writes(world):
    labels, weights = labels_of(world.features, world.columns, world.rows.columns)
    assert labels.tolist() == world.transformed["big_tip"].tolist()
    assert weights.tolist() == world.transformed[WEIGHT].tolist()
    assert sorted(set(weights)) == [0, 1]


def test_the_best_rule_is_chosen_for_each_metric_on_its_own():
    scores = [
        BaselineScore("a", {"accuracy": 0.9, "auc": 0.5}),
        BaselineScore("b", {"accuracy": 0.8, "auc": 0.7}),
    ]
    assert best(scores, METRICS["accuracy"]).rule == "a"
    assert best(scores, METRICS["auc"]).rule == "b"


def test_no_batch_at_all_is_refused():
    with pytest.raises(DataError, match="0 rows, none with a label"):
        score_baselines(FeatureSet(LABEL, [Categorical("color")]), COLUMNS, [], [])


def test_the_label_may_have_the_name_of_a_column_that_features_read():
    label = YesNo("size", lambda row: row["size"] > 1, uses=("size",), known_before=("size",))
    data = rows(size=[1, 2, 1, 2])
    (_, alone) = score_baselines(
        FeatureSet(label, [Numeric("size", name="z")]), COLUMNS, [data], [data]
    ).scores
    assert alone == BaselineScore("size alone", {"accuracy": 1.0, "auc": 1.0})


def test_rules_are_learned_from_a_sample_that_is_told_and_scored_on_all_rows():
    # 5,000 red rows that say yes, then 5,000 blue ones that say no.
    color = [b"red"] * 5000 + [b"blue"] * 5000
    data = rows(answer=[1] * 5000 + [0] * 5000, color=color)
    batches = [
        {name: values[start : start + 1000] for name, values in data.items()}
        for start in range(0, 10_000, 1000)
    ]
    features = FeatureSet(LABEL, [Categorical("color")])
    found = score_baselines(features, COLUMNS, batches, batches, seed=3, max_held_values=1000)
    assert found.scores[1] == BaselineScore("color alone", {"accuracy": 1.0, "auc": 1.0})
    assert found.sample.to_dict() == {
        "rows": 333,
        "of": 10_000,
        "chosen": "uniformly over all rows, seed 3",
    }
    assert 130 < found.sample.rows.column("yes").to_pylist().count(1) < 200


def test_equal_lists_are_equal_values_long_texts_are_told_apart_and_vectors_have_no_rule():
    columns = {
        **COLUMNS,
        "tags": Column("tags", "BYTES", None),
        "essay": Column("essay", "BYTES"),
        "vector": Column("vector", "FLOAT", 2),
    }
    essays = [b"x" * 1000 + end for end in (b"a", b"b")]
    data = {
        **rows(answer=[1, 0, 1, 0]),
        "tags": to_lists([np.array(one, object) for one in ([b"a", b"b"], [], [b"a", b"b"], [])]),
        "essay": np.array(essays * 2, object),
        "vector": np.zeros((4, 2), np.float32),
    }
    features = [MultiCategory("tags"), Text("essay"), Vector("vector", dimension=2)]
    scores = score_baselines(FeatureSet(LABEL, features), columns, [data], [data]).scores
    assert [one.rule for one in scores[1:]] == ["tags alone", "essay alone"]
    assert [one.metrics["accuracy"] for one in scores[1:]] == [1.0, 1.0]
