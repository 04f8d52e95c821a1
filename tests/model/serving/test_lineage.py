"""The record of a model is that model's own, and tells two of them apart."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from pushed_model import PARTS, RECORD, write_pushed

from model.serving.lineage import LINEAGE, Difference, differences, read_lineage
from zeroskew.errors import DataError


def test_it_gives_back_what_was_written(tmp_path: Path) -> None:
    assert read_lineage(write_pushed(tmp_path / "1")) == RECORD


def test_one_without_a_record_is_refused(tmp_path: Path) -> None:
    (write_pushed(tmp_path / "1") / LINEAGE).unlink()
    with pytest.raises(DataError, match="a served model says of what it was made") as caught:
        read_lineage(tmp_path / "1")
    assert f"received: {tmp_path}/1, which has no {LINEAGE}" in str(caught.value)


def test_the_record_of_another_model_is_refused(tmp_path: Path) -> None:
    other = dataclasses.replace(RECORD, fingerprint="e" * 16)
    with pytest.raises(DataError) as caught:
        read_lineage(write_pushed(tmp_path / "1", other))
    assert str(caught.value).splitlines()[:3] == [
        "a model and its lineage record must have the same fingerprint",
        f"  allowed:  {PARTS.whole}, which a model has",
        "  received: eeeeeeeeeeeeeeee, which its lineage record has",
    ]


def test_a_model_is_like_itself(tmp_path: Path) -> None:
    one, two = (write_pushed(tmp_path / name) for name in "12")
    assert differences(one, two) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"span": 2015}, [Difference("span", "2014", "2015")]),
        ({"rows": {"train": 9, "eval": 3_000}}, [Difference("rows.train", "12002", "9")]),
        (
            {"training": {"seed": 1, "hidden_units": [128, 64]}},
            [Difference("training.epochs", "null", "")],
        ),
        ({"reasons": ["another"]}, [Difference("reasons.1", RECORD.reasons[0], "another")]),
        (
            {"features": {**RECORD.features, "features": RECORD.features["features"][:1]}},
            [
                Difference("features.both.kind", "crossed", ""),
                Difference("features.both.name", "both", ""),
                Difference("features.both.column", "both", ""),
                Difference("features.both.of", '["fare", "company"]', ""),
            ],
        ),
    ],
    ids=["span", "rows", "a setting less", "a reason", "a feature less"],
)
def test_what_differs_is_named(
    changes: dict[str, Any], expected: list[Difference], tmp_path: Path
) -> None:
    one = write_pushed(tmp_path / "1")
    two = write_pushed(tmp_path / "2", dataclasses.replace(RECORD, **changes))
    assert differences(one, two) == expected


def test_a_vocabulary_that_differs_is_named(tmp_path: Path) -> None:
    parts = dataclasses.replace(PARTS, vocabularies="e")
    one = write_pushed(tmp_path / "1")
    record = dataclasses.replace(RECORD, fingerprint=parts.whole)
    assert differences(one, write_pushed(tmp_path / "2", record, parts)) == [
        Difference("fingerprint.of all", PARTS.whole, parts.whole),
        Difference("fingerprint.vocabularies", "c", "e"),
    ]
