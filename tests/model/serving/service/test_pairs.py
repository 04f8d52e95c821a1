"""A model and an index of its vectors that come and go while the service is asked."""

import json
import shutil
import time

import httpx
import pytest
from asking import Asking
from indexed import entities, push_index, serve_pair
from served import metrics_of
from vector_questions import QUERY, post

from model.serving.vectors.space import read_space


@pytest.fixture
def pushed_to(spaces, tmp_path_factory):
    """A service, and its folders of models and of indexes."""
    models, indexes = (tmp_path_factory.mktemp("changing") / name for name in ("models", "index"))
    with serve_pair(spaces["first"], models, indexes) as service:
        yield service, models, indexes


class AskingForNeighbours(Asking):
    """Clients that ask for neighbours without a pause while the block lasts."""

    def __init__(self, searched):
        super().__init__(3)
        self._searched = searched
        self.answers, self.errors = [], []

    def ask(self):
        with httpx.Client(base_url=self._searched.rest, timeout=30) as client:
            while not self.ended.is_set():
                code, answer = post(client, "neighbours", instances=[QUERY], limit=3)
                (self.answers if code == 200 else self.errors).append(answer)


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_model_and_index_change_together_while_it_is_asked(pushed_to, spaces, tmp_path):
    searched, models, indexes = pushed_to
    client = httpx.Client(base_url=searched.rest, timeout=30)
    spare = tmp_path

    def state():
        statuses = client.get("/v1/models/small").json()["model_version_status"]
        return {one["version"]: one["state"] for one in statuses}

    def pushed(source, target):
        shutil.copytree(source, spare / target.name)
        (spare / target.name).rename(target)

    def answering(model, index):
        def is_so():
            last = asking.answers[-1]
            return (last["model_version"], last["index_version"]) == (model, index)

        return is_so

    push_index(spaces["first"], spare / "11", entities(30))
    with AskingForNeighbours(searched) as asking:
        until(lambda: asking.answers)
        (spare / "11").rename(indexes / "11")
        until(answering("1", "11"))
        pushed(spaces["second"], models / "2")
        until(lambda: state() == {"2": "START", "1": "AVAILABLE"})
        count = len(asking.answers)
        until(lambda: len(asking.answers) > count + 8)
        assert answering("1", "11")()
        pushed(spaces["second"].with_name("index"), indexes / "20")
        until(answering("2", "20"))
        shutil.copytree(spaces["second"].with_name("index"), spare / "21")
        (spare / "21" / "index.faiss").write_bytes(b"no index")
        (spare / "21").rename(indexes / "21")
        until(lambda: any("index 21 is not served" in line for line in searched.errors))
        shutil.rmtree(indexes / "20")
        until(answering("1", "11"))
    assert asking.errors == []
    fingerprints = {name: read_space(folder).fingerprint for name, folder in spaces.items()}
    told: dict[tuple[str, ...], set[str]] = {}
    for one in asking.answers:
        pair = one["model_version"], one["index_version"], one["fingerprint"]
        told.setdefault(pair, set()).add(json.dumps(one["neighbours"]))
    assert {*told} <= {
        ("1", "10", fingerprints["first"]),
        ("1", "11", fingerprints["first"]),
        ("2", "20", fingerprints["second"]),
    }
    # What is answered is what that pair says, whichever it was.
    assert {len(one) for one in told.values()} == {1}
    counted = metrics_of(client.get("/metrics").text)
    assert counted['zeroskew_serving_failed_indexes_total{model="small"}'] == 1
