"""Lists of the same events that differ in length."""

from typing import Any

import numpy as np
import pyarrow as pa

from model import FeatureSet, MultiCategory, Sequence, YesNo
from model.feature_engineering.transform.unequal_lists import find_unequal
from zeroskew.statistics.compute import StatisticsCounter

FEATURES = FeatureSet(
    YesNo("yes", lambda row: row["answer"] > 0, uses=("answer",)),
    [
        Sequence("areas", name="trips", numbers=("fares",)),
        Sequence("areas", name="areas alone"),
        MultiCategory("areas"),
    ],
)


def statistics(unequal: np.ndarray) -> Any:
    counter = StatisticsCounter()
    lists = pa.array(list(unequal.astype(np.float32)[:, np.newaxis]))
    batch = pa.RecordBatch.from_pydict({"trips_xf_unequal": lists})
    (dataset,) = counter.finish([counter.add(counter.start(), batch)]).datasets
    return dataset


def test_rows_with_such_lists_are_counted() -> None:
    after = statistics(np.arange(3000) % 1000 == 7)
    assert find_unequal(after, FEATURES) == {
        "trips": "reads lists that differ in length in 3 of 3,000 rows, of which the oldest events "
        "are left out: correct the data, so that 'areas', 'fares' have a value each for every event"
    }


def test_lists_of_one_length_are_no_fault() -> None:
    assert find_unequal(statistics(np.zeros(10)), FEATURES) == {}
