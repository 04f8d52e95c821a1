from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tfx_bsl.coders import example_coder

from zeroskew.encoding.tf_example_columns import PADDING, Records, decode_columns

Value = bytes | float | int
Feature = tuple[str, Sequence[Value]] | None
KINDS = {"bytes": 1, "float": 2, "int": 3}


def varint(number: int) -> bytes:
    number %= 2**64
    encoded = b""
    while number > 0x7F:
        encoded, number = encoded + bytes([number & 0x7F | 0x80]), number >> 7
    return encoded + bytes([number])


def field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def packed(kind: str, values: Sequence[Value]) -> bytes:
    if kind == "bytes":
        return b"".join(field(1, value) for value in values)
    if kind == "float":
        content = np.array(values, "<f4").tobytes()
    else:
        content = b"".join(map(varint, values))
    return field(1, content) if values else b""


def example(features: Mapping[str, Feature]) -> bytes:
    entries = b"".join(
        field(
            1,
            field(1, name.encode())
            + field(2, b"" if feature is None else field(KINDS[feature[0]], packed(*feature))),
        )
        for name, feature in features.items()
    )
    return field(1, entries)


def as_records(messages: Sequence[bytes], footer: bytes = b"\xff" * 4) -> Records:
    framed = b"".join(message + footer for message in messages) + bytes(PADDING)
    ends = np.cumsum([len(message) + len(footer) for message in messages]) - len(footer)
    starts = ends - [len(message) for message in messages]
    return Records(np.frombuffer(framed, np.uint8), starts, ends)


def assert_as_tfx_bsl(messages: Sequence[bytes]) -> None:
    expected = example_coder.ExamplesToRecordBatchDecoder().DecodeBatch(list(messages))
    decoded = decode_columns(as_records(messages))
    assert decoded is not None
    assert decoded.schema.equals(expected.schema)
    assert repr(decoded.to_pydict()) == repr(expected.to_pydict())


VALUES: dict[str, st.SearchStrategy[Value]] = {
    "bytes": st.binary(max_size=200),
    "float": st.floats(width=32),
    "int": st.integers(-(2**63), 2**63 - 1) | st.integers(0, 200),
}


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Feature]]:
    text = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=140)
    names = draw(st.lists(text, unique=True, min_size=1, max_size=4))
    kinds = {name: draw(st.sampled_from(sorted(VALUES))) for name in names}
    columns = {
        name: st.none() | st.tuples(st.just(kind), st.lists(VALUES[kind], max_size=20))
        for name, kind in kinds.items()
    }
    return draw(st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=20))


@given(tables())
def test_decodes_what_tfx_bsl_decodes(rows: list[dict[str, Feature]]) -> None:
    assert_as_tfx_bsl([example(dict(sorted(row.items()))) for row in rows])


def test_a_long_value_before_none() -> None:
    assert_as_tfx_bsl([example({"": ("bytes", [b"x" * 200])}), example({"": None})])


@pytest.mark.parametrize(
    "features",
    [
        pytest.param({"a": ("int", [2**63 - 1])}, id="greatest integer"),
        pytest.param({"a": ("int", [-(2**63), -1, 0])}, id="negative integers"),
        pytest.param({"a": ("bytes", [b"x" * 120]), "b": ("int", [1])}, id="sizes of two bytes"),
        pytest.param({"a": ("bytes", [b"x" * 20_000]), "b": ("int", [1])}, id="of three"),
        pytest.param({"a": ("bytes", [b"x" * 3_000_000])}, id="of four"),
        pytest.param({"k" * 127: ("int", [1])}, id="key of 127 bytes"),
        pytest.param({"k" * 128: ("int", [1])}, id="key of 128 bytes"),
        pytest.param({"": ("int", [1])}, id="empty key"),
        pytest.param({"": ("bytes", [b"x" * 200])}, id="empty key, long value"),
        pytest.param({"a": ("bytes", [b""])}, id="empty text"),
        pytest.param({"a": ("float", [])}, id="no value"),
        pytest.param({"a": None}, id="no kind"),
    ],
)
def test_decodes_lone_examples(features: dict[str, Feature]) -> None:
    assert_as_tfx_bsl([example(features)])
    assert_as_tfx_bsl([example(features)] * 3)


A, B = {"a": ("int", [1])}, {"b": ("int", [2])}


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([], id="no rows"),
        pytest.param([b""], id="no features"),
        pytest.param([example(A), b""], id="a row without features"),
        pytest.param([example(A), example(A | B)], id="another column in a later row"),
        pytest.param([example(A | B), example(A)], id="a column less in a later row"),
        pytest.param([example(A | B), example(B | A)], id="another order"),
        pytest.param([example(A), example(B)], id="another name"),
        pytest.param([example(A), example({"a": ("float", [1.0])})], id="another kind"),
        pytest.param([field(1, field(1, field(2, b"") + field(1, b"a")))], id="value before key"),
        pytest.param([field(1, field(1, field(1, b"a")))], id="key without value"),
        pytest.param([field(1, b"") + field(1, b"")], id="features in two parts"),
        pytest.param([example(A)[2:] * 2], id="no example"),
        pytest.param([field(1, example(A)[2:] * 2)], id="the same key twice"),
        pytest.param(
            [field(1, field(1, field(1, b"a") + field(2, field(3, b"\x08\x01"))))],
            id="number that is not packed",
        ),
        pytest.param(
            [field(1, field(1, field(1, b"a") + field(2, field(3, field(1, b"\x80")))))],
            id="number that is cut off",
        ),
        pytest.param(
            [
                field(
                    1, field(1, field(1, b"a") + field(2, field(3, field(1, b"\x80" * 10 + b"\1"))))
                )
            ],
            id="number of eleven bytes",
        ),
        pytest.param(
            [field(1, field(1, field(1, b"a") + field(2, field(2, field(1, b"\0\0\0")))))],
            id="three bytes of a float",
        ),
        pytest.param([field(1, field(1, field(1, b"\xff") + field(2, b"")))], id="name no UTF-8"),
        pytest.param([example({"a\0b": ("int", [1])})], id="NUL in a name"),
        pytest.param([field(1, field(1, field(1, b"a") + field(2, b"\x22\0")))], id="unknown kind"),
        pytest.param([b"\x0a\xff\xff\xff\xff\x01"], id="size of five bytes"),
        pytest.param([example(A)[:-1]], id="cut off"),
        pytest.param([b"\x0a\x02\x0a\x7f"], id="size that leads out of the row"),
    ],
)
def test_leaves_other_layouts_alone(messages: list[bytes]) -> None:
    assert decode_columns(as_records(messages)) is None


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=3), st.binary(min_size=4, max_size=4))
def test_reads_nothing_into_other_bytes(messages: list[bytes], footer: bytes) -> None:
    decoded = decode_columns(as_records(messages, footer))
    assert decoded is None or decoded.num_rows == len(messages)


def test_records_are_given_back_as_they_are() -> None:
    assert as_records([b"one", b"", b"three"]).values() == [b"one", b"", b"three"]
