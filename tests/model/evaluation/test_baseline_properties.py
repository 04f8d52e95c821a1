"""Whatever the table, the scores are those of the rule as it is told: row by row, with a dict."""

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from model import Categorical, FeatureSet, Numeric, YesNo
from model.evaluation.baselines import BaselineScore, score_baselines
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.raw_rows import RawColumns, as_floats

COLUMNS = {
    "answer": Column("answer", "FLOAT"),
    "color": Column("color", "BYTES"),
    "size": Column("size", "FLOAT"),
    "count": Column("count", "INT"),
}
FEATURES = FeatureSet(
    YesNo("yes", lambda row: row["answer"] > 0.5, uses=("answer",)),
    [Categorical("color"), Numeric("size"), Numeric("count")],
)
ROW = st.tuples(
    st.booleans(),
    st.sampled_from([b"", b"red", b"blue", "gr\u00fcn".encode(), b"\x00"]),
    st.floats(width=32, allow_infinity=False) | st.sampled_from([np.nan, 0.0, -0.0, 1.5]),
    st.integers(-(2**62), 2**62) | st.sampled_from([MISSING_INT, 0, 1]),
)
SPLITS = st.tuples(st.lists(ROW, min_size=2, max_size=120), st.lists(ROW, min_size=2, max_size=40))


def table(rows: list[tuple]) -> RawColumns:
    answer, color, size, count = zip(*rows, strict=True)
    return {
        "answer": np.array(answer, np.float32),
        "color": np.array(color, object),
        "size": np.array(size, np.float32),
        "count": np.array(count, np.int64),
    }


def batches(rows: list[tuple], size: int) -> Iterator[RawColumns]:
    for start in range(0, len(rows), size):
        yield table(rows[start : start + size])


def plain_score(name: str, train: RawColumns, evaluation: RawColumns) -> BaselineScore:
    column, label, truth = COLUMNS[name], train["answer"] > 0.5, evaluation["answer"] > 0.5
    seen, new = train[name], evaluation[name]
    if column.type != "BYTES" and len(np.unique(seen)) > 50:
        floats, new_floats = as_floats(seen, column), as_floats(new, column)
        cuts = np.unique(np.nanquantile(floats, np.linspace(0, 1, 21)[1:-1]))
        seen, new = (
            np.where(np.isnan(values), -1, np.digitize(values, cuts))
            for values in (floats, new_floats)
        )
    labels: dict[object, list[bool]] = {}
    for value, yes in zip(seen.tolist(), label.tolist(), strict=True):
        labels.setdefault(None if value != value else value, []).append(yes)
    rates = np.array(
        [np.mean(labels.get(None if value != value else value, label)) for value in new.tolist()]
    )
    accuracy = float(((rates > 0.5) == truth).mean())
    auc = float(roc_auc_score(truth, rates))
    return BaselineScore(f"{name} alone", {"accuracy": accuracy, "auc": auc})


def both_classes(rows: list[tuple]) -> bool:
    return len({row[0] for row in rows}) == 2


def as_numbers(scores: list[BaselineScore]) -> list[float]:
    return [number for score in scores for number in score.metrics.values()]


@settings(max_examples=30)
@given(SPLITS, st.integers(1, 50))
def test_scores_are_those_of_the_rule_applied_row_by_row(splits, size):
    train, evaluation = splits
    assume(both_classes(train) and both_classes(evaluation))
    found = score_baselines(FEATURES, COLUMNS, batches(train, size), batches(evaluation, size))
    tables = table(train), table(evaluation)
    expected = [plain_score(name, *tables) for name in ("color", "size", "count")]
    assert [score.rule for score in found.scores[1:]] == [score.rule for score in expected]
    assert as_numbers(found.scores[1:]) == pytest.approx(as_numbers(expected), abs=1e-9)
    assert found.sample.to_dict() == {"rows": len(train), "of": len(train), "chosen": "all rows"}


@settings(max_examples=30)
@given(SPLITS, st.randoms(use_true_random=False), st.integers(1, 50))
def test_any_order_of_rows_in_batches_of_any_size_gives_the_same_scores(splits, random, size):
    train, evaluation = splits
    assume(both_classes(train) and both_classes(evaluation))
    shuffled = [random.sample(rows, len(rows)) for rows in splits]
    one = score_baselines(FEATURES, COLUMNS, batches(train, 1000), batches(evaluation, 1000))
    other = score_baselines(FEATURES, COLUMNS, *(batches(rows, size) for rows in shuffled))
    assert as_numbers(one.scores) == pytest.approx(as_numbers(other.scores), abs=1e-12)


def peak(count: int) -> int:
    """Bytes at the peak of scoring `count` batches of random rows."""

    def drawn() -> Iterator[RawColumns]:
        random = np.random.default_rng(1)
        for _ in range(count):
            size = random.random(2000, np.float32)
            yield {
                "answer": (random.random(2000) < size).astype(np.float32),
                "color": np.array([b"red", b"blue"] * 1000, object),
                "size": size,
                "count": random.integers(0, 2**40, 2000),
            }

    tracemalloc.start()
    score_baselines(FEATURES, COLUMNS, drawn(), drawn(), max_held_values=16_000)
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return highest


def test_memory_does_not_grow_with_the_rows():
    peak(2)
    assert peak(80) < 1.2 * peak(10)
