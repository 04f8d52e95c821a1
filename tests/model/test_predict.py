import json

import numpy as np
import pytest

from model.predict import predict_rows, read_rows
from zeroskew.errors import DataError


def test_rows_get_the_numbers_that_the_signature_returns(world, model, model_dir):
    names = world.features.sources
    rows = [{name: world.table[name][row] for name in names} for row in range(5)]
    served = model.signatures["serving_columns"](**world.inputs(world.rows.take(range(5))))
    predictions = predict_rows(model_dir, rows)
    assert [set(one) for one in predictions] == [{"probability", "label", "logit"}] * 5
    for name, values in served.items():
        np.testing.assert_allclose([one[name] for one in predictions], values, atol=1e-6)


def test_a_column_left_out_counts_as_missing_and_an_unknown_one_is_ignored(model_dir):
    explicit, left_out, unknown = predict_rows(
        model_dir,
        [
            {"fare": 10.0, "company": None, "month": None},
            {"fare": 10.0},
            {"fare": 10, "tips": 5.0, "weather": "rain"},
        ],
    )
    assert explicit == left_out == unknown


@pytest.mark.parametrize(
    ("rows", "column", "dtype", "received"),
    [
        ([{"fare": 1.0}, {"fare": "cheap"}], "fare", "float32", "'cheap'"),
        ([{"month": 1.5}], "month", "int64", "1.5"),
        ([{"month": 1}, {"month": "May"}], "month", "int64", "'May'"),
        ([{"company": 5}], "company", "string", "5"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(model_dir, rows, column, dtype, received):
    with pytest.raises(DataError) as caught:
        predict_rows(model_dir, rows)
    assert str(caught.value) == (
        f"the column {column!r} takes {dtype} values\n"
        f"  received: {received}\n"
        "  do:       correct the rows"
    )


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        predict_rows(tmp_path / "no model", [{}])
    assert str(caught.value) == (
        "the model must be a SavedModel that a run has pushed\n"
        f"  received: {tmp_path / 'no model'}\n"
        "  do:       give the folder that 'zeroskew run' printed as the model"
    )


def test_rows_are_read_from_csv_with_empty_cells_as_none(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("fare,month,company\n1.5,3,Blue\n,,Red\n7.0,12,Ada\n")
    assert read_rows(file, limit=2) == [
        {"fare": 1.5, "month": 3, "company": "Blue"},
        {"fare": None, "month": None, "company": "Red"},
    ]
    assert len(read_rows(file)) == 3


def test_rows_are_read_from_json(tmp_path):
    file = tmp_path / "rows.json"
    rows = [{"fare": 1.5, "company": None}, {"month": 3}]
    file.write_text(json.dumps(rows))
    assert read_rows(file) == rows
    assert read_rows(file, limit=1) == rows[:1]


@pytest.mark.parametrize("text", ['{"fare": 1}', "[1, 2]", "3"])
def test_json_that_is_no_list_of_objects_is_refused(tmp_path, text):
    file = tmp_path / "rows.json"
    file.write_text(text)
    with pytest.raises(DataError) as caught:
        read_rows(file)
    assert str(caught.value) == (
        "rows are read from a CSV file, or from a JSON file with a list of objects\n"
        f"  received: {file}: something else\n"
        "  do:       check the path given with --rows"
    )


@pytest.mark.parametrize("name", ["rows.csv", "rows.json"])
def test_a_file_that_does_not_exist_is_refused(tmp_path, name):
    with pytest.raises(DataError) as caught:
        read_rows(tmp_path / name)
    lines = str(caught.value).splitlines()
    assert lines[0] == "rows are read from a CSV file, or from a JSON file with a list of objects"
    assert lines[1].startswith(f"  received: {tmp_path / name}: ")
    assert "No such file or directory" in lines[1]
    assert lines[2:] == ["  do:       check the path given with --rows"]


def test_an_empty_csv_file_is_refused(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("")
    with pytest.raises(DataError, match="Empty CSV file"):
        read_rows(file)
