"""Columns of any name, from raw rows to an evaluated model: the user's own names everywhere."""

import functools
import json
import os
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import evaluations
import numpy as np
import pyarrow as pa
import pytest
import transform_runs
from example_files import write_split
from google.protobuf import json_format, text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs

from model import YesNo
from model.evaluation.evaluator import Executor as Evaluator
from model.evaluation.metrics import CANDIDATE, eval_config, read_metrics
from model.evaluation.parity import check_parity
from model.feature_engineering.columns import columns_of
from model.feature_engineering.feature_set import load_features
from model.feature_engineering.raw_rows import RawRows, read_rows
from model.feature_engineering.transform.transform import Executor as Transform
from model.feature_engineering.transform_graph import TransformGraph
from model.serving.predict import predict_rows
from model.serving.saved_model import SavedModel
from model.settings import TrainerSettings
from model.training.trainer import run_fn

KINDS = (
    ("FLOAT", "Numeric({!r}, missing_indicator=True)"),
    ("INT", "Integer({!r}, low=1, high=9)"),
    ("BYTES", "Categorical({!r}, max_tokens=5)"),
    ("FLOAT", "Cyclic({!r}, period=2)"),
    ("BYTES", "Hashed({!r}, hash_buckets=50)"),
    ("FLOAT", "PiecewiseLinear({!r}, bins=3)"),
    ("INT", "DateTime({!r}, unit='days')"),
    ("BYTES", "Boolean({!r}, true=('a',), false=('b',))"),
)
NAMES = (
    *("annual income", "100%", "a/b", "x.y", "class", "x_y", "_x", "größe", "self", "a|b", "Fare"),
    *("1st", "tab\t\n", "cost (USD)", "`q`", "name:0", "{x}", "\\", "fare", "[/b]", "x" * 300),
    *("2", "日本 😀", "is it?"),
)
"""The last one is the label's."""


class Case:
    """A table whose columns have some names, its features, and what each step makes of them."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        *sources, label = names
        self.folder = folder
        kinds = [KINDS[place % len(KINDS)] for place in range(len(sources))]
        types = [*(type_ for type_, _ in kinds), "FLOAT"]
        schema = schema_pb2.Schema(
            feature=[
                schema_pb2.Feature(name=name, type=type_)
                for name, type_ in zip(names, types, strict=True)
            ]
        )
        (folder / "schema").mkdir()
        (folder / "schema" / "schema.pbtxt").write_text(text_format.MessageToString(schema))
        lines = [kind.format(name) for (_, kind), name in zip(kinds, sources, strict=True)]
        text = f"label=YesNo({label!r}, lambda row: row[{label!r}] > 0, uses=({label!r},))"
        (folder / "features.py").write_text(
            f"from model import *\nFEATURES = FeatureSet({text}, features=[{', '.join(lines)}])\n",
            encoding="utf-8",
        )
        self.columns = columns_of(schema)
        self.features = load_features(str(folder / "features.py"))
        self.rows = {split: self.draw(count) for split, count in (("train", 200), ("eval", 60))}
        for split, rows in self.rows.items():
            write_split(folder, split, 0, rows)

    def draw(self, count: int) -> pa.RecordBatch:
        random = np.random.default_rng(count)
        make = {
            "FLOAT": lambda: random.normal(size=count).astype(np.float32).tolist(),
            "INT": lambda: random.integers(0, 11, count).tolist(),
            "BYTES": lambda: random.choice([b"a", b"b", b"c"], count).tolist(),
        }
        return pa.RecordBatch.from_pydict(
            {name: make[column.type]() for name, column in self.columns.items()}
        )

    def transform(self) -> None:
        transform_runs.run(Transform, self.folder, self.folder)

    def train(self) -> None:
        examples = self.folder / specs.TRANSFORMED_EXAMPLES_KEY
        trainer = TrainerSettings(hidden_units=(4,), epochs=1, batch_size=50, members=1)
        run_fn(
            FnArgs(
                train_files=[f"{examples}/Split-train/*"],
                schema_path=str(self.folder / "schema" / "schema.pbtxt"),
                transform_output=str(self.folder / specs.TRANSFORM_GRAPH_KEY),
                serving_model_dir=self.model,
                model_run_dir=str(self.folder / "log"),
                custom_config={
                    "features": str(self.folder / "features.py"),
                    "seed": 1,
                    "trainer": trainer.model_dump(),
                },
            )
        )

    def read(self, split: str) -> RawRows:
        columns = [self.columns[name] for name in self.features.sources]
        (rows,) = read_rows(str(self.folder / f"Split-{split}"), columns)
        return rows

    @property
    def model(self) -> str:
        return str(self.folder / "model" / "Format-Serving")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    case = Case(tmp_path_factory.mktemp("case"), NAMES)
    case.transform()
    case.train()
    return case


@pytest.fixture(scope="module")
def model(case: Case) -> SavedModel:
    return SavedModel(case.model)


def test_clients_send_the_columns_own_names(case: Case, model: SavedModel) -> None:
    assert set(model.inputs("serving_columns")) == set(NAMES[:-1])
    outputs = {output.name for output in case.features.outputs}
    transformed = model.call("transform_features", {"examples": case.read("eval").serialized})
    assert set(transformed) == {*outputs, NAMES[-1], "row_key", "row_weight", "measured_label"}
    assert {"a/b_xf", "x.y_xf_sin", "`q`_xf_missing", "name:0_xf"} <= outputs


def test_each_way_to_a_number_gives_the_same(case: Case, model: SavedModel) -> None:
    report = check_parity(
        model,
        TransformGraph(str(case.folder / specs.TRANSFORM_GRAPH_KEY), case.columns),
        case.features,
        case.columns,
        [case.read("eval")],
        str(case.folder / specs.TRANSFORMED_EXAMPLES_KEY / "Split-eval"),
        count=60,
        seed=1,
    )
    assert len(report["comparisons"]) == 6


def test_rows_of_json_are_answered_like_examples(case: Case, model: SavedModel) -> None:
    served = model.call("serving_default", {"examples": case.read("eval").serialized})
    rows = json.loads(json.dumps(case.rows["eval"].to_pylist(), default=bytes.decode))
    answers = predict_rows(Path(case.model), rows)
    np.testing.assert_allclose([one["logit"] for one in answers], served["logit"], atol=1e-6)
    assert len(set(served["logit"].tolist())) == 60


def test_each_column_counts(case: Case, model: SavedModel) -> None:
    """One that went missing on the way would change nothing."""
    serve = functools.partial(model.call, "serving_columns")
    columns = case.read("eval").columns
    rows = {name: columns[name] for name in NAMES[:-1]}
    known = {name: values[:1] for name, values in rows.items()}
    usual = serve(known)["logit"]
    for name, values in rows.items():
        others = ({**known, name: values[row : row + 1]} for row in range(1, 60))
        assert any(serve(other)["logit"] != usual for other in others), name


def test_slices_have_the_columns_own_names(case: Case) -> None:
    inputs = transform_runs.inputs_of(case.folder)
    served = standard_artifacts.Model()
    served.uri = str(case.folder / "model")
    config = json_format.MessageToJson(eval_config(YesNo(NAMES[-1]), ["a/b"]))
    uri = evaluations.run(Evaluator, {**inputs, specs.MODEL_KEY: [served]}, case.folder, config)
    slices = [one.slice for one in read_metrics(uri, CANDIDATE)]
    assert slices == ["all rows", "a/b=a", "a/b=b", "a/b=c"]
