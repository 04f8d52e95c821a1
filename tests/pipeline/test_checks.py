"""What is refused before a run, and what is only warned of."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.checks import Checked, check
from pipeline.settings import load_settings
from zeroskew.errors import FeatureError, SettingsError

SCHEMA = """
feature { name: "age" type: INT }
feature { name: "plan" type: BYTES }
feature { name: "left" type: BYTES }
"""


@pytest.fixture
def case(tmp_path: Path) -> Any:
    """Makes a use case of a label, rows and settings."""

    def case(
        label: str, rows: list[str], feature: str = 'Numeric("age")', **settings: Any
    ) -> Checked:
        (tmp_path / "schema.pbtxt").write_text(SCHEMA)
        (tmp_path / "rows.csv").write_text("\n".join(["age,plan,left", *rows]) + "\n")
        (tmp_path / "features.py").write_text(
            f"from model import *\nFEATURES = FeatureSet(\n {label},\n [{feature}],\n)\n"
        )
        (tmp_path / "settings.yaml").write_text(
            "features: features.py\nschema_file: schema.pbtxt\ndata: {path: rows.csv}\n"
        )
        return check(load_settings(tmp_path / "settings.yaml", settings))

    return case


YES = 'YesNo("left", positive="Yes")'
ROWS = [f"{row},{'gold' if row % 2 else 'tin'},{'No' if row % 4 else 'Yes'}" for row in range(600)]


def test_rows_that_fit(case: Any) -> None:
    assert case(YES, ROWS).check_all_rows() == (600, [])


def test_a_list_without_lambdas_needs_no_tensorflow(
    case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "model.rehearsal.tracing", None)
    case(YES, ROWS).trace()


def test_text_compared_by_a_lambda_is_fine(case: Any) -> None:
    found = case('YesNo("gone", lambda row: row["left"] == "Yes", uses=("left",))', ROWS)
    found.check_first_rows()
    assert found.check_all_rows() == (600, [])
    found.trace()


def test_a_label_of_one_value_is_refused_but_not_in_a_sample(case: Any, tmp_path: Path) -> None:
    found = case('YesNo("left", positive="yes")', ROWS)
    found.check_first_rows()
    with pytest.raises(FeatureError) as raised:
        found.check_all_rows()
    assert raised.value.rule == "the label 'left' must have more than one value in the train split"
    assert raised.value.place == f"{tmp_path / 'features.py'}, line 3"


def test_a_lambda_is_tried_on_the_first_rows(case: Any, tmp_path: Path) -> None:
    with pytest.raises(FeatureError) as raised:
        case(YES, ROWS, 'Numeric("a", value=lambda row: row["plan"] + 1, uses=("plan",))')
    assert raised.value.place == f"{tmp_path / 'features.py'}, line 4"


def test_thresholds_that_stop_nothing_are_named(case: Any) -> None:
    gate = {"thresholds": {"accuracy": 0.6, "auc": 0.5, "ece": 0.1, "log_loss": 0.5}}
    _, warnings = case(YES, ROWS, gate=gate).check_all_rows()
    assert [one.partition(" stops nothing")[0] for one in warnings] == [
        "gate.thresholds: auc 0.5",
        "gate.thresholds: accuracy 0.6",
    ]
    good = {"thresholds": {"accuracy": 0.9, "auc": 0.6}}
    assert case(YES, ROWS, gate=good).check_all_rows() == (600, [])


def test_for_a_number_a_threshold_is_an_upper_bound(case: Any) -> None:
    gate = {"thresholds": {"mae": 1000.0, "rmse": 1.0}}
    _, (warning,) = case(
        'Amount("age")', ROWS, 'Hashed("plan", hash_buckets=3)', gate=gate
    ).check_all_rows()
    assert warning.startswith("gate.thresholds: mae 1000 stops nothing")


def test_a_bounded_slice_without_rows_is_named(case: Any) -> None:
    gate = {"slices": {"plan=gold": {"auc": 0.6}, "plan=silver": {"auc": 0.6}}}
    _, (warning,) = case(YES, ROWS, slices=["plan"], gate=gate).check_all_rows()
    assert warning.startswith("gate.slices: no eval row is in plan=silver")


def test_rows_without_the_key_that_deals_them_are_a_warning(case: Any) -> None:
    rows = [row if number % 100 else row.lstrip("0123456789") for number, row in enumerate(ROWS)]
    data = {"split": "key", "key": "age"}
    count, warnings = case(YES, rows, data=data).check_all_rows()
    assert count == 600
    assert warnings == [
        "data.key: 6 rows have no 'age', by which rows are dealt to splits; a run rejects them, "
        "and goes on if data.allowed_rejected lets it"
    ]


def test_few_eval_rows_are_a_warning(case: Any) -> None:
    _, (warning,) = case(YES, ROWS[:60]).check_all_rows()
    assert "eval rows have a label, and gate.least_rows is 100" in warning


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"slices": ["plam"]}, "a slice must be a column of the schema"),
        ({"gate": {"thresholds": {"rmse": 1}}}, "gate names metrics of the label"),
        ({"gate": {"slices": {"plan=gold": {"auc": 0.6}}}}, "gate.slices bounds slices"),
        ({"beam_args": ["--direct_num_wokers=2"]}, "beam_args are options of Apache Beam"),
        ({"beam": {"runner": "spark", "master": "local", "environment": "loopback",
                   "job_server_jar": "none.jar"}}, "beam.job_server_jar is a file"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work(case: Any, settings: dict[str, Any], rule: str) -> None:
    with pytest.raises(SettingsError) as raised:
        case(YES, ROWS, **settings)
    assert raised.value.rule.startswith(rule)


def test_options_that_beam_has(case: Any) -> None:
    case(YES, ROWS, beam_args=["--direct_num_workers=2", "--no_save_main_session"])
    case(YES, ROWS, beam_args=["--runner=FlinkRunner", "--of_its_job_server=1"])
