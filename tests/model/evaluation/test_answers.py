"""What is kept of each row, and that two steps mean the same rows."""

from pathlib import Path

import numpy as np
import pytest

from model import Categorical, FeatureSet, Numeric, YesNo
from model.evaluation.answers import (
    ANSWERS_FILE,
    RowAnswers,
    paired,
    read_answers,
    require_same_rows,
    row_keys,
    write_answers,
)
from model.evaluation.baselines import score_baselines, write_rule_answers
from model.feature_engineering.columns import Column
from model.feature_engineering.labels import Answers
from model.feature_engineering.raw_rows import RawColumns, RawRows
from zeroskew.errors import DataError

COLUMNS = {
    "answer": Column("answer", "FLOAT"),
    "color": Column("color", "BYTES"),
    "size": Column("size", "FLOAT"),
}
LABEL = YesNo("yes", lambda row: row["answer"] > 0.5, uses=("answer",))
ONES = np.ones(3, np.float32)


def some(labels: list[int], right: bool = False) -> Answers:
    scores = np.array([0.25, 0.5, 0.75], np.float32)
    return Answers(np.array(labels), ONES, scores, scores > 0.3 if right else None)


def test_batches_come_back_as_one(tmp_path: Path) -> None:
    with write_answers(str(tmp_path)) as write:
        write(np.array([1, 2, 3]), {"a": some([0, 1, 1]), "b": some([0, 1, 1], right=True)})
        write(np.array([4, 5, 6]), {"a": some([1, 0, 0]), "b": some([1, 0, 0], right=True)})
        assert not (tmp_path / ANSWERS_FILE).exists()
    found = read_answers(str(tmp_path))
    assert found.keys.tolist() == [1, 2, 3, 4, 5, 6]
    assert list(found.by_name) == ["a", "b"]
    assert found.by_name["a"].labels.tolist() == [0, 1, 1, 1, 0, 0]
    assert found.by_name["a"].right is None
    assert found.by_name["b"].scores.tolist() == [0.25, 0.5, 0.75] * 2
    assert found.by_name["b"].right.tolist() == [False, True, True] * 2
    assert [file.name for file in tmp_path.iterdir()] == [ANSWERS_FILE]


def test_a_step_that_stops_leaves_nothing(tmp_path: Path) -> None:
    def stop() -> None:
        with write_answers(str(tmp_path)) as write:
            write(np.array([1, 2, 3]), {"a": some([0, 1, 1])})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DataError, match="a model is judged by its answers to each eval row"):
        read_answers(str(tmp_path))


def test_the_same_rows_have_the_same_keys() -> None:
    one, other = row_keys(np.array([b"a", b"b", b"a"])), row_keys(np.array([b"a", b"c", b"a"]))
    assert one[0] == one[2] == other[0]
    assert one[1] != other[1]
    require_same_rows(RowAnswers(one, {}), RowAnswers(one.copy(), {}))
    for keys in (other, one[:2]):
        with pytest.raises(DataError, match="read the same eval rows in the same order"):
            require_same_rows(RowAnswers(one, {}), RowAnswers(keys, {}))


def test_rows_that_one_of_both_leaves_out_are_not_compared() -> None:
    one = Answers(np.array([3, 1, 2]), np.array([1.0, 0.0, 2.0]), np.array([0.1, 0.2, 0.3]))
    other = Answers(np.array([7, 8, 9]), np.ones(3), np.array([0.5, 0.6, np.nan]))
    mine, theirs = paired(one, other)
    assert (mine.labels.tolist(), mine.scores.tolist()) == ([3], [0.1])
    assert (theirs.labels.tolist(), theirs.scores.tolist()) == ([3], [0.5])


def test_the_best_rule_by_each_metric_answers(tmp_path: Path) -> None:
    def rows(answer: list[float], color: list[bytes], size: list[float]) -> RawColumns:
        numbers = {"answer": answer, "size": size}
        arrays = {name: np.array(values, np.float32) for name, values in numbers.items()}
        return {**arrays, "color": np.array(color, object)}

    train = rows([1, 1, 0, 0, 0], [b"a", b"a", b"a", b"b", b"b"], [1] * 5)
    evaluation = rows([1, 0], [b"a", b"b"], [1, 2])
    features = FeatureSet(LABEL, [Categorical("color"), Numeric("size")])
    found = score_baselines(features, COLUMNS, [train], [evaluation])
    assert found.best == {"accuracy": "color", "auc": "color"}
    with write_answers(str(tmp_path)) as write:
        batch = RawRows(np.array([b"first", b"second"], object), evaluation)
        write_rule_answers(found, features, COLUMNS, [batch], write)
    written = read_answers(str(tmp_path)).by_name
    assert written["auc"].scores == pytest.approx([2 / 3, 0.0])
    assert written["accuracy"].labels.tolist() == [1, 0]
    best = {one.rule: one for one in found.scores}["color alone"].metrics
    assert LABEL.influences(written["auc"])["auc"].value == best["auc"]
    assert LABEL.influences(written["accuracy"])["accuracy"].value == best["accuracy"]
