"""`zeroskew init`, in a process of its own, as a user starts it."""

from pathlib import Path

import pytest
from customers import write_customers
from zeroskew_command import run

from model.feature_engineering.columns import columns_of
from model.feature_engineering.feature_set import load_features
from pipeline.settings import load_settings
from zeroskew.schema import read_schema

FILES = ("schema.pbtxt", "features.py", "rules.yaml", "settings.yaml", "README.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("init") / "my customers"
    found.mkdir()
    write_customers(found / "customers.csv")
    done = run("init", found / "customers.csv", "--label", "Churn?", "--output", found / "case")
    assert done.exit_code == 0, done.stderr
    return found


def test_the_folder_holds_all_files_and_they_fit_each_other(folder: Path) -> None:
    case = folder / "case"
    assert sorted(file.name for file in case.iterdir()) == sorted(FILES)
    settings = load_settings(case / "settings.yaml")
    assert Path(settings.data.path).resolve() == (folder / "customers.csv").resolve()
    assert (settings.name, settings.slices) == ("case", ("plan",))
    assert settings.data.shares == {"train": 7, "eval": 3}
    features = load_features(settings.features)
    features.check(columns_of(read_schema(settings.schema_file)))
    assert features.sources == ["visits", "plan", "joined", "tags"]
    assert features.label.to_dict()["positive"] == "Yes"


def test_what_is_left_out_is_said_with_the_reason(folder: Path) -> None:
    text = (folder / "case" / "features.py").read_text(encoding="utf-8")
    *_, left = text.partition("# Left out:\n")
    assert left.splitlines() == [
        "#   Unnamed: 0: numbers the rows, as an index does",
        "#   customerID: 600 different values in 600 rows: tells the rows apart",
        "#   leaked: a leak, as it seems: alone predicts the label 'Churn?' with AUC 1.0000",
        "#   always: always 'x'",
    ]


def test_check_takes_it(folder: Path) -> None:
    done = run("check", "--config", folder / "case" / "settings.yaml")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == "ok: 600 rows fit schema.pbtxt and the features\n"


def test_a_second_time_it_shows_what_has_changed_and_writes_nothing(folder: Path) -> None:
    before = {name: (folder / "case" / name).read_bytes() for name in FILES}
    options = ("--label", "Churn?", "--output", folder / "case")
    same = run("init", folder / "customers.csv", *options)
    assert same.exit_code == 0, same.stderr
    assert "nothing has changed" in same.stdout
    write_customers(folder / "more.csv", 700)
    more = run("init", folder / "more.csv", *options)
    assert more.exit_code == 0, more.stderr
    assert "+#   customerID: 700 different values in 700 rows: tells the rows apart" in more.stdout
    assert "--overwrite takes the new files" in more.stdout
    assert {name: (folder / "case" / name).read_bytes() for name in FILES} == before


def test_without_a_label_the_candidates_are_named(folder: Path) -> None:
    done = run("init", folder / "customers.csv", "--output", folder / "other")
    assert done.exit_code == 2
    assert done.stderr == (
        "error: the column that the model is to predict must be named\n"
        "  allowed:  leaked, Churn?, plan, tags, visits, Unnamed: 0\n"
        "  received: no --label\n"
        "  do:       name one: --label COLUMN\n"
    )
    assert not (folder / "other").exists()


def test_a_label_that_is_no_column_is_refused_with_the_nearest_one(folder: Path) -> None:
    done = run("init", folder / "customers.csv", "--label", "churn", "--output", folder / "other")
    assert done.exit_code == 2
    assert "did you mean 'Churn?'" in done.stderr
    assert not (folder / "other").exists()
