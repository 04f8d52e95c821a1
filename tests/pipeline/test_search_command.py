"""`zeroskew search`, as it is typed."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from invoked import invoke
from small_index import write_small_index

from model.serving.saved_model import SavedModel
from model.serving.vectors.space import read_space
from zeroskew.errors import DataError, SettingsError

ROWS: dict[str, list[Any]] = {
    "id": ["a", "b", "c", "d", "e"],
    "company": ["Blue", "Red", "Blue", "Green", None],
    "fare": [5.0, 6.0, 40.0, 5.5, 20.0],
    "year": [2020, 2021, 2022, 2023, None],
}


@pytest.fixture(scope="module")
def runs(embedding_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with the models 7, 8 and 9, and an index of each of 7 and 9."""
    output = tmp_path_factory.mktemp("runs")
    shutil.copytree(embedding_models, output / "serving")
    for index, model in (("100", "7"), ("90", "9")):
        table = tmp_path_factory.mktemp("table")
        write_small_index(embedding_models / model, ROWS, table, output / "index" / index)
    return output


def search(*arguments: object) -> Result:
    return invoke("search", *arguments)


def found(*arguments: object) -> dict[str, Any]:
    return json.loads(search(*arguments, "--json").stdout.splitlines()[-1])


def cosines(model: Path, company: str, fare: float) -> list[float]:
    """Returns the cosines of a row to those of the index, in their order."""
    companies = [(one or "").encode() for one in [*ROWS["company"], company]]
    asked = {
        "company": np.array(companies, object),
        "fare": np.array([*ROWS["fare"], fare], np.float32),
    }
    saved = SavedModel(str(model))
    inputs = {name: asked[name] for name in saved.inputs("embed")}
    vectors = saved.call("embed", inputs)["embedding"]
    return (vectors[:-1] @ vectors[-1]).tolist()


def test_the_nearest_rows_of_a_row(runs: Path) -> None:
    answer = found("--output", runs, "--row", '{"company": "Red", "fare": 6.5, "year": 1}')
    scores = cosines(runs / "serving" / "7", "Red", 6.5)
    places = np.argsort(scores)[::-1]
    assert [one["key"] for one in answer["neighbours"]] == [ROWS["id"][place] for place in places]
    np.testing.assert_allclose(
        [one["score"] for one in answer["neighbours"]], np.sort(scores)[::-1], atol=1e-6
    )
    assert [one["rank"] for one in answer["neighbours"]] == [1, 2, 3, 4, 5]
    by_key = {one["key"]: one["columns"] for one in answer["neighbours"]}
    assert by_key["b"] == {"company": "Red", "fare": 6.0, "year": 2021}
    assert by_key["e"] == {"company": None, "fare": 20.0, "year": None}
    # The newest index, though a newer model has one, too.
    assert (answer["index"], answer["model"]) == (
        str(runs / "index" / "100"),
        str(runs / "serving" / "7"),
    )
    assert answer["vector_fingerprint"] == read_space(runs / "serving" / "7").fingerprint
    assert answer["metric"] == "cosine"


def test_pages_and_filters(runs: Path) -> None:
    row = ("--output", runs, "--row", '{"company": "Red", "fare": 6.5}')
    everything = [one["key"] for one in found(*row)["neighbours"]]
    page = found(*row, "--limit", 2, "--offset", 1)["neighbours"]
    assert [(one["rank"], one["key"]) for one in page] == [(2, everything[1]), (3, everything[2])]
    some = found(*row, "--filter", "company=Red", "--filter", "company=Blue")["neighbours"]
    assert [one["key"] for one in some] == [one for one in everything if one in "abc"]
    some = found(*row, "--filter", "year>=2021", "--filter", "year<=2022")["neighbours"]
    assert [one["key"] for one in some] == [one for one in everything if one in "bc"]
    assert found(*row, "--filter", "company=Pink")["neighbours"] == []
    assert found(*row, "--offset", 7)["neighbours"] == []


def test_rows_like_one_of_the_index_but_for_itself(runs: Path) -> None:
    index = runs / "index" / "100"
    answer = found("--index", index, "--key", "b", "--limit", 3)
    scores = cosines(runs / "serving" / "7", "Red", 6.0)
    places = [place for place in np.argsort(scores)[::-1] if ROWS["id"][place] != "b"][:3]
    assert [one["key"] for one in answer["neighbours"]] == [ROWS["id"][place] for place in places]
    # Nothing is asked of a model.
    assert answer["model"] is None
    assert found("--output", runs, "--key", "b", "--limit", 3) == {
        **answer,
        "model": str(runs / "serving" / "7"),
    }
    (second,) = found("--index", index, "--key", "b", "--limit", 1, "--offset", 1)["neighbours"]
    assert second == answer["neighbours"][1]


def test_rows_like_a_text(runs: Path) -> None:
    answer = found("--output", runs, "--model", runs / "serving" / "9", "--text", "Blue")
    assert answer["index"] == str(runs / "index" / "90")
    best = {one["key"] for one in answer["neighbours"] if one["score"] > 0.9999}
    assert best == {"a", "c"}


def test_the_table_has_rank_score_key_and_columns(runs: Path) -> None:
    done = search("--output", runs, "--key", "b", "--limit", 1, "--filter", "company=Green")
    first, *lines = done.stdout.splitlines()
    fingerprint = read_space(runs / "serving" / "7").fingerprint
    assert first == (
        f"index {runs / 'index' / '100'} and model {runs / 'serving' / '7'}, fingerprint "
        f"{fingerprint}: 5 rows, score is the cosine"
    )
    score = cosines(runs / "serving" / "7", "Red", 6.0)[3]
    assert [cell.strip() for cell in lines[1].split("┃")[1:-1]] == [
        "rank",
        "score",
        "id",
        "company",
        "fare",
        "year",
    ]
    assert [cell.strip() for cell in lines[3].split("│")[1:-1]] == [
        "1",
        f"{score:.4f}",
        "d",
        "Green",
        "5.5",
        "2023",
    ]
    none = search("--output", runs, "--key", "b", "--filter", "company=Pink")
    assert none.stdout.splitlines()[1:] == ["no row: the filters, or --offset, leave none"]


@pytest.mark.parametrize(
    ("arguments", "received"),
    [((), "none of them"), (("--text", "a", "--key", "b"), "--text and --key")],
)
def test_a_search_starts_from_one_thing(arguments: tuple[str, ...], received: str) -> None:
    with pytest.raises(SettingsError, match="one of --text, --row and --key") as caught:
        search(*arguments)
    assert caught.value.received == received


def test_an_unknown_key_is_named(runs: Path) -> None:
    with pytest.raises(DataError, match="a key is that of a row in the index") as caught:
        search("--output", runs, "--key", "z")
    assert (caught.value.allowed, caught.value.received) == ("one of 5 values of 'id'", "'z'")


def test_a_model_that_reads_more_than_a_text_takes_none(runs: Path) -> None:
    with pytest.raises(SettingsError, match="--text asks a model whose vectors are made of one"):
        search("--output", runs, "--text", "Blue")


def test_a_filter_of_an_unknown_column_is_refused(runs: Path) -> None:
    with pytest.raises(DataError, match="did you mean 'year'") as caught:
        search("--output", runs, "--key", "a", "--filter", "yeer>=3")
    assert caught.value.allowed == "id, company, fare, year"
