import json
from pathlib import Path

import numpy as np
import pytest
from tensorboard.plugins import base_plugin
from tensorboard.plugins.projector import projector_plugin
from vector_tables import draw, write_table
from werkzeug.test import Client
from werkzeug.wrappers import Response

from model.embeddings.projector import write_projector

NAMES = [f"k {row}\twith\nlines" for row in range(23)]


class Board:
    """TensorBoard's own plugin, asked as its page does."""

    def __init__(self, folder: Path) -> None:
        plugin = projector_plugin.ProjectorPlugin(base_plugin.TBContext(logdir=str(folder)))
        self._apps = plugin.get_plugin_apps()
        assert json.loads(self.get("/runs").text) == ["."]

    def get(self, route: str, **query: str) -> Response:
        response = Client(self._apps[route], Response).get(route, query_string=query)
        assert response.status_code == 200, response.text
        return response


def test_tensorboard_shows_vectors_and_what_stands_beside_them(tmp_path: Path) -> None:
    vectors = draw(23)
    table = write_table(tmp_path / "table", vectors, NAMES)
    write_projector(str(tmp_path / "table"), table, 100, str(tmp_path / "board"))
    board = Board(tmp_path / "board")
    config = json.loads(board.get("/info", run=".").text)
    assert config["embeddings"][0]["tensorShape"] == [23, 8]
    asked = {"run": ".", "name": "vectors"}
    shown = np.frombuffer(board.get("/tensor", **asked).data, np.float32).reshape(23, 8)
    np.testing.assert_allclose(shown, vectors, rtol=1e-5)
    lines = board.get("/metadata", **asked).text.splitlines()
    assert lines[0] == "id\tgenre\tyear"
    assert lines[1] == "k 0 with lines\t\t2000"
    assert lines[2] == "k 1 with lines\tb\t2001"
    assert len(lines) == 24


@pytest.mark.parametrize("most", [1, 5, 22, 23])
def test_no_more_rows_than_wanted_from_all_over_the_table(tmp_path: Path, most: int) -> None:
    table = write_table(tmp_path / "table", draw(23))
    write_projector(str(tmp_path / "table"), table, most, str(tmp_path / "board"))
    lines = (tmp_path / "board" / "rows.tsv").read_text().splitlines()[1:]
    step = -(-23 // most)
    assert [line.partition("\t")[0] for line in lines] == [f"k{row}" for row in range(0, 23, step)]


def test_nothing_is_written_unless_wanted(tmp_path: Path) -> None:
    table = write_table(tmp_path / "table", draw(3))
    write_projector(str(tmp_path / "table"), table, 0, str(tmp_path / "board"))
    assert not (tmp_path / "board").exists()
