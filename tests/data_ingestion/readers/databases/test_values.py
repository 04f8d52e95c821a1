"""What PostgreSQL sends, as values of the three kinds."""

import pytest
from queries import ask, read

from zeroskew.errors import DataError


def test_each_type_of_postgresql(server: str) -> None:
    query = """
        SELECT 1::smallint AS i, 2.5::real AS r, 1.50::numeric AS n, true AS b, 'é'::text AS t,
               '\\xff'::bytea AS y, '2016-12-30'::date AS d, '08:15'::time AS c,
               '2016-12-30 08:15'::timestamp AS s, '2016-12-30 08:15+02'::timestamptz AS z,
               ARRAY[1, 2] AS a, '{"k": 1}'::jsonb AS j, NULL::integer AS u
    """
    reader = ask(server, query)
    numbers = ["INT", "FLOAT", "FLOAT", "INT"]
    assert list(reader.columns().values()) == [*numbers, *["BYTES"] * 6, "INT", "BYTES", "INT"]
    (row,) = read(reader)
    assert list(row.values()) == [
        *(1, 2.5, 1.5, 1, "é".encode(), b"\xff", b"2016-12-30", b"08:15:00"),
        *(b"2016-12-30T08:15:00", b"2016-12-30T06:15:00Z", [1, 2], b'{"k": 1}', None),
    ]


@pytest.mark.parametrize("value", ["NaN", None])
@pytest.mark.parametrize("kind", ["real", "float8", "numeric"])
def test_no_number_is_a_missing_value(server: str, kind: str, value: str | None) -> None:
    written = "NULL" if value is None else f"'{value}'"
    assert read(ask(server, f"SELECT {written}::{kind} AS x, 1 AS i")) == [{"x": None, "i": 1}]


def test_lists_of_each_kind(server: str) -> None:
    query = """SELECT ARRAY[1.5, 2]::numeric[] AS n, ARRAY['a', 'é'] AS t, '{}'::bigint[] AS e,
               NULL::float8[] AS u"""
    reader = ask(server, query)
    assert reader.columns() == {"n": "FLOAT", "t": "BYTES", "e": "INT", "u": "FLOAT"}
    assert read(reader) == [{"n": [1.5, 2.0], "t": [b"a", "é".encode()], "e": [], "u": None}]


def test_a_decimal_keeps_its_digits_as_text(server: str) -> None:
    query = "SELECT 12345678901234567890.50::numeric AS n"
    assert read(ask(server, query), {"n": "BYTES"}) == [{"n": b"12345678901234567890.50"}]


@pytest.mark.parametrize(
    "value",
    ["gen_random_uuid()", "'10.0.0.1'::inet", "B'101'", "'08:15+02'::timetz", "'1 d'::interval"],
)
def test_types_that_come_as_bytes_of_the_protocol_must_be_cast(server: str, value: str) -> None:
    reader = ask(server, f"SELECT {value} AS x, 1 AS i")
    assert reader.columns() == {"i": "INT"}
    assert read(reader) == [{"i": 1}]
    with pytest.raises(DataError) as caught:
        read(reader, {"x": "BYTES", "i": "INT"})
    assert "column 'x' must be of a type that a tf.Example can hold" in str(caught.value)
    assert "with CAST(... AS VARCHAR)" in str(caught.value)
    assert read(ask(server, f"SELECT CAST({value} AS VARCHAR) AS x"))[0]["x"]


@pytest.mark.parametrize("kind", ["FLOAT", "INT", "BYTES"])
@pytest.mark.parametrize("moment", ["timestamp", "timestamptz", "date"])
def test_moments_at_infinity_reject_their_rows(server: str, moment: str, kind: str) -> None:
    query = f"""SELECT t::{moment} AS t, i FROM (VALUES ('1970-01-02', 1), ('infinity', 2),
                (NULL, 3), ('-infinity', 4), ('1970-01-03', 5)) AS v(t, i)"""
    (chunk,) = ask(server, query).chunks()
    (piece,) = chunk.read({"t": kind, "i": "INT"})
    assert piece.batch.column(1).to_pylist() == [1, 3, 5]
    assert piece.lines.tolist() == [1, 3, 5]
    if kind != "BYTES":
        assert piece.batch.column(0).to_pylist() == [86_400, None, 2 * 86_400]
    found = [(row.line, row.reason, row.raw) for row in piece.rejected]
    assert found == [
        (2, "t is infinite", '{"t": null, "i": 2}'),
        (4, "t is infinite", '{"t": null, "i": 4}'),
    ]
    assert '"i": 5' in piece.raw(2)
    assert len(read(ask(server, query), {"i": "INT"})) == 5


def test_values_beyond_a_kind_reject_their_rows(server: str) -> None:
    query = "SELECT * FROM (VALUES (1, 1.5::float8), (2, 'Infinity'), (3, 'NaN')) AS v(i, x)"
    (chunk,) = ask(server, query).chunks()
    (piece,) = chunk.read({"i": "INT", "x": "FLOAT"})
    assert piece.batch.to_pylist() == [{"i": 1, "x": 1.5}, {"i": 3, "x": None}]
    (rejected,) = piece.rejected
    assert (rejected.line, rejected.reason) == (2, "x is 'inf', not a finite 32-bit number")
    assert rejected.source == f"the query to {server}"
