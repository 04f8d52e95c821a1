"""The picture says of what a model was made, and where it went."""

import dataclasses
import re

from pushed_model import PARTS, RECORD

from pipeline.report.family import draw


def texts(picture: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture)


def test_of_a_model_that_is_served() -> None:
    picture = draw(RECORD, "7")
    assert texts(picture) == [
        *("data, span 2014", "12,002 train, 3,000 eval rows"),
        *("2 features", "code 4ed4dd66cb939f05"),
        *("schema", "57b263152baa9747"),
        *("model", PARTS.whole),
        *("ModelGate", "blessed, 1 checks"),
        *("served", "version 7"),
    ]
    assert picture.count("<polyline") == 5


def test_of_one_that_is_not() -> None:
    refused = dataclasses.replace(RECORD, blessed=False, span=0)
    found = texts(draw(refused, ""))
    assert found[0] == "data"
    assert found[-2:] == ["ModelGate", "not blessed, 1 checks"]


def test_no_name_becomes_markup() -> None:
    evil = dataclasses.replace(RECORD, rows={"<b>": 1})
    assert "1 &lt;b&gt; rows" in texts(draw(evil, ""))
