"""TensorFlow's look at a list: what passes it does not fail in Transform, and what it refuses."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from thirty_rows import schema, table, to_example
from world import run_transform

from model.feature_engineering.columns import columns_of
from model.feature_engineering.feature_set import load_features
from model.rehearsal.all_rows import AllRows
from model.rehearsal.tracing import trace
from model.settings import TrainerSettings
from zeroskew.errors import FeatureError

EVERY_KIND = Path(__file__).parents[1] / "every_kind.py"
COLUMNS = columns_of(schema())
SMALL = TrainerSettings(hidden_units=(4,))
LABELS = [
    'YesNo("company", positive="Blue")',
    'YesNo("y", lambda row: row["review"].length() > row["age"], uses=("review", "age"))',
    'OneOf("company")',
    'OneOf("y", lambda row: row["age"] // 10, uses=("age",), top_k=2)',
    'OneOf("tract", classes=(17031, 17032))',
    'Amount("fare", scaling="log", weight="age")',
    'Amount("y", lambda row: row["moment"].seconds() / 60, uses=("moment",), interval=0.9)',
]
PREAMBLE = "import tensorflow as tf\nfrom model import *\n"
GOOD = 'YesNo("big_tip", lambda row: row["tips"] > 1, uses=("tips",))'


def batch() -> pa.RecordBatch:
    kinds = {"FLOAT": pa.float64(), "INT": pa.int64(), "BYTES": pa.binary()}
    fields = [
        (name, kinds[one.type] if one.length == 1 else pa.list_(kinds[one.type]))
        for name, one in COLUMNS.items()
    ]
    return pa.RecordBatch.from_pydict(table(), schema=pa.schema(fields))


def write(folder: Path, label: str, feature: str = 'Cyclic("hour", period=24)') -> Path:
    file = folder / "features.py"
    file.write_text(f"{PREAMBLE}FEATURES = FeatureSet(\n    {label},\n    [{feature}],\n)\n")
    return file


def check(file: Path) -> None:
    """Does what `zeroskew check` does."""
    features = load_features(str(file))
    features.check(COLUMNS)
    rows = AllRows(features, COLUMNS)
    rows.add("train", batch())
    rows.check_label(1.0)
    trace(features, COLUMNS, batch(), SMALL)


def transform(file: Path, folder: Path) -> None:
    values = table()
    examples = [to_example({name: one[row] for name, one in values.items()}) for row in range(30)]
    run_transform(examples, str(file), folder)


def test_every_kind_passes() -> None:
    check(EVERY_KIND)


@pytest.mark.parametrize("label", LABELS)
def test_a_label_that_passes_does_not_fail_in_transform(label: str, tmp_path: Path) -> None:
    file = write(tmp_path, label)
    check(file)
    transform(file, tmp_path)


REFUSED = {
    "and between columns": 'YesNo("y", lambda row: row["tips"] > 1 and row["miles"] > 2, '
    'uses=("tips", "miles"))',
    "text compared with a number": 'YesNo("y", lambda row: row["company"] == 1, uses=("company",))',
    "a column that is not named in uses": 'YesNo("y", lambda row: row["fare"] > 1, uses=("tips",))',
    "a column that does not exist": 'YesNo("y", lambda row: row["tipps"] > 1, uses=("tipps",))',
    "the same value in each row": 'YesNo("y", lambda row: row["fare"] < -1, uses=("fare",))',
    "a number where a yes is needed": 'YesNo("y", lambda row: row["fare"], uses=("fare",))',
    "a list of columns": 'YesNo("y", lambda row: [row["tips"] > 1], uses=("tips",))',
    "a constant": 'YesNo("y", lambda row: True, uses=("tips",))',
    "a tensor": 'YesNo("y", lambda row: tf.strings.length(row["company"]), uses=("company",))',
    "another shape": 'Amount("y", lambda row: row["sizes"] * 2, uses=("vector",))',
    "a loop": 'Amount("y", lambda row: sum(row["tips"]), uses=("tips",))',
    "a pattern that only Python knows": 'YesNo("y", lambda row: row["company"].matches("(?=B)B.*"),'
    ' uses=("company",))',
    "a negative number under a logarithm": 'Amount("y", lambda row: row["tips"] - 5, '
    'uses=("tips",), scaling="log")',
}


@pytest.mark.parametrize("label", REFUSED.values(), ids=REFUSED)
def test_what_cannot_work_is_refused_with_its_line(label: str, tmp_path: Path) -> None:
    file = write(tmp_path, label)
    with pytest.raises(FeatureError) as raised:
        check(file)
    assert raised.value.place == f"{file}, line 4"


@pytest.mark.parametrize(
    "value",
    [
        'row["fare"] * (1 if row["miles"] > 2 else 2)',
        'row["company"] + 1',
        'row["company"].matches("(?<=a)b") * 1',
        'tf.math.log(row["fare"].values)',
    ],
)
def test_a_feature_that_cannot_work_is_named_with_its_line(value: str, tmp_path: Path) -> None:
    feature = f'Numeric("f",\n  value=lambda row: {value},\n  uses=("fare", "miles", "company"))'
    with pytest.raises(FeatureError) as raised:
        check(write(tmp_path, GOOD, feature))
    assert "feature 'f'" in raised.value.rule
    assert str(raised.value.place).startswith(f"{tmp_path / 'features.py'}, line ")
    assert int(str(raised.value.place).rpartition(" ")[2]) in (5, 6)


def test_of_a_list_that_cannot_be_built_the_feature_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def narrow(self: Any, values: Any, learned: Any) -> Any:
        return [values[:, :, None] for _ in self.outputs]

    monkeypatch.setattr("model.Bucketized.transform", narrow)
    features = 'Numeric("miles"),\n     Bucketized("fare", edges=(1.0, 2.0))'
    with pytest.raises(FeatureError) as raised:
        check(write(tmp_path, GOOD, features))
    assert raised.value.rule == "feature 'fare': TensorFlow must be able to compute it"
    assert raised.value.place == f"{tmp_path / 'features.py'}, line 6"
