import json

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from model.serving.service.refusals import RefusedError
from model.serving.service.rest import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('ab"\\[]{}é', max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text('a"\\[{', max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


def depth(value):
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@hypothesis.settings(max_examples=40)
@hypothesis.given(VALUES, st.booleans())
def test_the_depth_of_a_text_is_that_of_what_it_says(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert json_text.depth_of(text, 100) == depth(value)


@hypothesis.settings(max_examples=40)
@hypothesis.given(VALUES.filter(lambda value: depth(value) > 0))
def test_a_text_that_is_too_deep_is_refused(value):
    body = json.dumps({"instances": value}).encode()
    assert json_text.read(body, 1 + depth(value)) == {"instances": value}
    with pytest.raises(RefusedError, match=r"serve\.json_depth"):
        json_text.read(body, depth(value))


def test_a_hundred_thousand_brackets_are_refused_and_crash_nothing():
    for body in (b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000):
        with pytest.raises(RefusedError):
            json_text.read(body, 32)


def test_numbers_beyond_json_are_read_as_tensorflow_serving_reads_them():
    found = json_text.read(b'{"a": [NaN, Infinity, -Infinity], "b": "NaN"}', 32)
    assert str(found) == "{'a': [nan, inf, -inf], 'b': 'NaN'}"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b"1", b"nan", b'{"a": NaN', b'{"a": NaN, "b": "\\ud800"}', b"\xff"]
)
def test_what_is_no_object_is_refused(body):
    with pytest.raises(RefusedError, match="body must be"):
        json_text.read(body, 32)


def test_what_json_does_not_have_is_null_and_floats_are_as_short_as_they_are():
    array = np.array([0.2, np.nan, np.inf], np.float32)
    values = {
        "float32": json_text.values("a", array),
        "vectors": json_text.values("a", np.array([[0.1], [np.nan]], np.float32)),
        "int64": json_text.values("a", np.array([2**62])),
        "bool": json_text.values("a", np.array([True])),
        "text": json_text.values("a", np.array([b"\xc3\xbc", b"\xff"], object)),
        "bytes": json_text.values("a_bytes", np.array([[b"\xff"]], object)),
    }
    assert json_text.write(values).decode() == (
        '{"float32":[0.2,null,null],"vectors":[[0.1],[null]],"int64":[4611686018427387904],'
        '"bool":[true],"text":["ü","�"],"bytes":[[{"b64":"/w=="}]]}'
    )
