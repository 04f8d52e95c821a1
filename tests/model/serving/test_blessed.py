"""What a served model says of its blessing."""

from pathlib import Path

import pytest
from tfx.types.standard_artifacts import ModelBlessing

from model.serving.blessed import BLESSING, SAVED_MODEL, Blessed, served_models
from zeroskew.versions import add_version


@pytest.mark.parametrize("blessed", [Blessed(0.75, "a"), Blessed(None, "a"), Blessed(-1.5, "")])
def test_an_artifact_gives_back_what_was_written(blessed: Blessed) -> None:
    artifact = ModelBlessing()
    blessed.write_to(artifact)
    assert Blessed.from_artifact(artifact) == blessed


def test_an_artifact_of_before_says_nothing() -> None:
    assert Blessed.from_artifact(ModelBlessing()) == Blessed(None, "")


@pytest.mark.parametrize("place", ["folder", "bucket"])
def test_the_newest_served_models_say_how_good_they_were(
    place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root = str(tmp_path / "root") if place == "folder" else request.getfixturevalue("bucket")
    serving = f"{root}/serving"
    assert served_models(serving, 10) == {}
    pushed = []
    for number, blessed in enumerate([Blessed(0.7, "a"), None, Blessed(0.9, "b")]):
        model = tmp_path / str(number)
        model.mkdir()
        (model / SAVED_MODEL).write_text(f"model {number}")
        extra = {} if blessed is None else {BLESSING: blessed.to_json()}
        pushed.append(int(add_version(model, serving, SAVED_MODEL, extra).rpartition("/")[2]))
    expected = [(pushed[2], Blessed(0.9, "b")), (pushed[1], Blessed(None, ""))]
    assert list(served_models(serving, 2).items()) == expected
    assert list(served_models(serving, 9).items()) == [*expected, (pushed[0], Blessed(0.7, "a"))]
