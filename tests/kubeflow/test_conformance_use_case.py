"""Several classes, a text and its vectors on a cluster: not a line of the use case changes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conformance import STEPS, VECTOR_STEPS
from emulator import AFTER_2_18, FileStore
from packages import PROJECT, compile_for

from model.serving.predict import predict_rows
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.space import read_space
from pipeline.settings import load_settings

pytestmark = pytest.mark.e2e

SENTENCES = {
    "tweet": "lol @{} is so cool :)",
    "product review": "the battery of this camera lasts {} days .",
    "editorial": "The president, in his speech of May {}, spoke of peace.",
}


def write_rows(file: Path) -> None:
    lines = ["document,source,grade,sentence"]
    for row in range(900):
        source = list(SENTENCES)[row % 3]
        lines.append(f'd{row},{source},{row % 5 - 2},"{SENTENCES[source].format(row)}"')
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def output(new_cluster: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run in a cluster has put where models and indexes are served from."""
    output = tmp_path_factory.mktemp("claim")
    write_rows(output / "sentences.csv")
    settings = load_settings(
        PROJECT / "examples" / "sources" / "settings.yaml",
        {
            "data": {"path": str(output / "sentences.csv")},
            "trainer": {"epochs": 8},
            "embeddings": {"key": "document", "columns": ["source"]},
        },
    )
    root = "minio://mlpipeline/v2/artifacts"
    package = compile_for(str(output), root, settings)
    cluster = new_cluster(FileStore(":memory:"), default_root=root, world=AFTER_2_18, warm=True)
    run = cluster.run(package.spec, package.platform, package.pipeline_root)
    assert run.attempts == dict.fromkeys(STEPS | VECTOR_STEPS, 1)
    return output


@pytest.fixture(scope="module")
def served(output: Path) -> Path:
    """The model that it pushed."""
    (version,) = (output / "serving").iterdir()
    return version


def test_the_model_names_the_source_of_each_sentence(served: Path) -> None:
    rows = [{"sentence": text.format(5000)} for text in SENTENCES.values()]
    answers = predict_rows(served, rows)
    assert [one["label"] for one in answers] == list(SENTENCES)
    assert json.loads(json.dumps(answers))[0]["classes"] == sorted(SENTENCES)


def test_the_index_is_pushed_and_finds_the_sentence_itself(output: Path, served: Path) -> None:
    (version,) = (output / "index").iterdir()
    index = VectorIndex(version)
    assert index.record.space == read_space(served)
    assert (index.rows, index.record.table.model_version) == (900, int(served.name))
    (found,) = index.neighbours(index.vector_of("d7")[np.newaxis], 3, filter={"source": "tweet"})
    assert {one.columns["source"] for one in found} == {"tweet"}
    (nearest,) = index.neighbours(index.vector_of("d7")[np.newaxis], 1)
    assert nearest[0].score == pytest.approx(1.0, abs=1e-5)
