import numpy as np
import pytest
import tensorflow as tf

from model.feature_engineering.canonical import from_canonical, to_canonical
from model.feature_engineering.columns import (
    MISSING_INT,
    Column,
    as_strings,
    columns_of,
    is_missing,
)
from model.feature_engineering.row_keys import fingerprint
from zeroskew.schema import read_schema

FARE, MONTH, COMPANY = Column("fare", "FLOAT"), Column("month", "INT"), Column("company", "BYTES")


def parse(*rows: dict[str, tf.train.Feature]) -> dict[str, tf.Tensor]:
    """Parses rows as serving does."""
    examples = [
        tf.train.Example(features=tf.train.Features(feature=row)).SerializeToString()
        for row in rows
    ]
    columns = [FARE, MONTH, COMPANY]
    spec = {column.name: tf.io.VarLenFeature(column.dtype) for column in columns}
    return to_canonical(tf.io.parse_example(examples, spec), columns)


def floats(*values: float) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def integers(*values: int) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def texts(*values: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def test_a_column_absent_from_an_example_gets_its_types_marker():
    row = parse({}, {"fare": floats(2.5), "month": integers(3), "company": texts(b"Blue")})
    assert np.isnan(row["fare"][0])
    assert row["fare"][1] == 2.5
    assert row["month"].numpy().tolist() == [MISSING_INT, 3]
    assert row["company"].numpy().tolist() == [b"", b"Blue"]


def test_an_empty_list_of_values_is_missing_too():
    row = parse({"fare": floats(), "month": integers(), "company": texts()})
    assert np.isnan(row["fare"][0])
    assert row["month"].numpy().tolist() == [MISSING_INT]
    assert row["company"].numpy().tolist() == [b""]


def test_of_several_values_the_first_is_taken():
    row = parse({"month": integers(5, 6, 7)}, {"month": integers(8)})
    assert row["month"].numpy().tolist() == [5, 8]


def test_a_dense_column_of_shape_batch_by_1_is_flattened():
    row = to_canonical({"fare": tf.constant([[1.0], [2.0]])}, [FARE])
    assert row["fare"].numpy().tolist() == [1.0, 2.0]


def test_no_rows_stay_no_rows():
    row = to_canonical({"fare": tf.zeros([0, 1]), "month": tf.zeros([0], tf.int64)}, [FARE, MONTH])
    assert row["fare"].shape == (0,)
    assert row["month"].shape == (0,)


@pytest.mark.parametrize("column", [FARE, MONTH, COMPANY], ids=lambda column: column.type)
def test_the_marker_of_each_type_is_recognised_as_missing(column):
    value = {"FLOAT": 0.0, "INT": 0, "BYTES": " "}[column.type]
    values = tf.constant([column.missing, value], column.dtype)
    assert is_missing(values).numpy().tolist() == [True, False]


@pytest.mark.parametrize("column", [FARE, MONTH, COMPANY], ids=lambda column: column.type)
def test_canonical_values_become_a_sparse_tensor_and_back(column):
    value = {"FLOAT": 1.5, "INT": 7, "BYTES": "Blue"}[column.type]
    values = tf.constant([column.missing, value, column.missing], column.dtype)
    spec = tf.SparseTensorSpec([None, None], column.dtype)
    sparse = from_canonical({column.name: values}, {column.name: spec})
    assert spec.is_compatible_with(sparse[column.name])
    back = to_canonical(sparse, [column])[column.name]
    assert is_missing(back).numpy().tolist() == [True, False, True]
    assert back.numpy()[1] == values.numpy()[1]


def test_a_dense_column_of_a_transform_graph_gets_shape_batch_by_1():
    spec = tf.TensorSpec([None, 1], tf.float32)
    dense = from_canonical({"fare": tf.constant([1.0, 2.0])}, {"fare": spec})
    assert dense["fare"].numpy().tolist() == [[1.0], [2.0]]


def test_integers_and_words_become_strings_and_missing_ones_the_empty_string():
    assert as_strings(tf.constant([12, MISSING_INT], tf.int64)).numpy().tolist() == [b"12", b""]
    assert as_strings(tf.constant(["Blue", ""])).numpy().tolist() == [b"Blue", b""]


def row_of(fare: list[float], month: list[int], company: list[str]) -> dict[str, tf.Tensor]:
    return {
        "fare": tf.constant(fare, tf.float32),
        "month": tf.constant(month, tf.int64),
        "company": tf.constant(company),
    }


def test_equal_rows_share_a_fingerprint_whatever_the_order_of_the_names():
    row = row_of([1.5, 1.5, np.nan, np.nan], [3] * 4, ["Blue", "Blue", "", ""])
    one, same, missing, missing_too = fingerprint(row, ["fare", "month", "company"]).numpy()
    assert one == same
    assert missing == missing_too
    assert one != missing
    assert fingerprint(row, ["company", "fare", "month"]).numpy()[0] == one


def test_rows_that_differ_in_any_column_have_different_fingerprints():
    row = row_of([1.5, 2.5, 1.5, 1.5], [3, 3, 4, 3], ["Blue", "Blue", "Blue", "Red"])
    assert len(set(fingerprint(row, row).numpy().tolist())) == 4


def test_small_numbers_that_differ_beyond_the_sixth_decimal_have_different_fingerprints():
    row = {"rate": tf.constant([1e-8, 2e-8, 0.0])}
    assert len(set(fingerprint(row, ["rate"]).numpy().tolist())) == 3


def test_columns_are_read_from_a_schema_file_in_its_order(tmp_path):
    file = tmp_path / "schema.pbtxt"
    file.write_text(
        'feature { name: "month" type: INT } feature { name: "fare" type: FLOAT }\n'
        'feature { name: "company" type: BYTES }\n'
    )
    columns = columns_of(read_schema(file))
    assert columns == {"month": MONTH, "fare": FARE, "company": COMPANY}
    assert list(columns) == ["month", "fare", "company"]
    assert [one.dtype for one in columns.values()] == [tf.int64, tf.float32, tf.string]


def test_the_schema_says_how_many_values_a_row_holds(tmp_path):
    lines = {
        "single": "type: INT value_count { min: 1 max: 1 }",
        "unsaid": "type: INT",
        "some": "type: BYTES value_count { min: 1 }",
        "three_words": "type: BYTES value_count { min: 3 max: 3 }",
        "vector": "type: FLOAT value_count { min: 3 max: 3 }",
        "shaped": "type: FLOAT shape { dim { size: 4 } }",
        "scalar": "type: FLOAT shape { }",
        "three_or_none": "type: FLOAT value_count { min: 0 max: 3 }",
        "up_to_three": "type: FLOAT value_count { min: 1 max: 3 }",
    }
    file = tmp_path / "schema.pbtxt"
    file.write_text("".join(f'feature {{ name: "{one}" {lines[one]} }}\n' for one in lines))
    columns = columns_of(read_schema(file))
    assert {name: column.length for name, column in columns.items()} == {
        "single": 1,
        "unsaid": 1,
        "some": None,
        "three_words": None,
        "vector": 3,
        "shaped": 4,
        "scalar": 1,
        "three_or_none": 3,
        "up_to_three": None,
    }
