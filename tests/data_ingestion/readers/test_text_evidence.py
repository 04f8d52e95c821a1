"""What a column of texts can be."""

import pyarrow as pa
import pytest

from data_ingestion.readers.text_evidence import Evidence
from zeroskew.cell_types import tags_of


def type_of(*blocks: list[str | None], decimal_comma: bool = False) -> tuple[str, ...] | None:
    evidence = Evidence()
    for block in blocks:
        evidence.add(pa.array(block, pa.string()))
    kind = evidence.type(decimal_comma=decimal_comma)
    return None if kind is None else (str.__str__(kind), *tags_of(kind))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["0", "0.5", "-0.5"], ("FLOAT",)),
        (["0", "10", "-3", "+4"], ("INT",)),
        (["00123", "9"], ("BYTES",)),
        (["00123", "NA"], ("BYTES", "missing:NA")),
        (["-05", "1"], ("BYTES",)),
        (["0.50", "00.5"], ("FLOAT",)),
        ([str(2**63), "1"], ("BYTES",)),
        ([str(2**63), "1.5"], ("FLOAT",)),
        ([str(2**63 - 1), str(-(2**63))], ("INT",)),
        (["1", "NA", "n/a", " ", "NaN", "NULL", "None", "?", "-"], ("INT", *[
            f"missing:{word}" for word in ["", "-", "?", "NA", "NULL", "NaN", "None", "n/a"]
        ])),
        (["1", "unknown"], ("BYTES",)),
        (["NA", "?"], ("BYTES",)),
        (["1,234", "12"], ("INT", "number:1,234.5")),
        (["1,234.50", "12"], ("FLOAT", "number:1,234.5")),
        (["1,23", "12"], ("FLOAT", "number:1234,5")),
        (["1.234,5", "1,234"], ("FLOAT", "number:1.234,5")),
        (["1 234", "12 345 678"], ("INT", "number:1 234.5")),
        (["$12", "-$3.5", "($4)"], ("FLOAT", "number:$1234.5")),
        (["EUR 12", "EUR 3"], ("INT", "number:EUR1234.5")),
        (["12 €", "3,5 €", "-"], ("FLOAT", "number:1234,5€", "missing:-")),
        (["12 %", "5%", "7"], ("INT", "number:1234.5%")),
        (["$12", "€3"], ("BYTES",)),
        (["$12", "3 %"], ("BYTES",)),
        (["(1)", "(2)"], ("BYTES",)),
        (["Q1", "Q2"], ("BYTES",)),
        (["12 km", "3 km"], ("BYTES",)),
        (["1-2", "3"], ("BYTES",)),
        (["1\n", "2"], ("BYTES",)),
        (["$\n1"], ("BYTES",)),
        (["2016-01-01"], ("BYTES",)),
        (["12:30"], ("BYTES",)),
        (["$", "%"], ("BYTES",)),
        ([None, None], None),
        ([], None),
    ],
)  # fmt: skip
def test_the_narrowest_type_of_all_texts(
    cells: list[str | None], expected: tuple[str, ...] | None
) -> None:
    assert type_of(cells) == expected
    assert type_of(*[[cell] for cell in cells]) == expected
    assert type_of(cells, [None, *cells[::-1]]) == expected


def test_what_could_be_thousands_or_a_fraction_is_what_the_other_columns_show() -> None:
    cells = ["1,234", "7"]
    assert type_of(cells, decimal_comma=False) == ("INT", "number:1,234.5")
    assert type_of(cells, decimal_comma=True) == ("FLOAT", "number:1234,5")
    assert type_of([*cells, "1,2"], decimal_comma=False) == ("FLOAT", "number:1234,5")
    assert type_of([*cells, "1.2"], decimal_comma=True) == ("FLOAT", "number:1,234.5")


def test_one_text_among_many_numbers_makes_it_text() -> None:
    numbers = [f"{number}" for number in range(10_000)]
    assert type_of(numbers, ["?"]) == ("INT", "missing:?")
    assert type_of([*numbers, "??"]) == ("BYTES",)
