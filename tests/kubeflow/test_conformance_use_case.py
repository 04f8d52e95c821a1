"""Several classes and a text on a cluster: not a line of the use case changes."""

import json
from pathlib import Path
from typing import Any

import pytest
from conformance import STEPS
from emulator import AFTER_2_18, FileStore
from packages import PROJECT, compile_for

from model.serving.predict import predict_rows
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
def served(new_cluster: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that a run in a cluster pushed."""
    output = tmp_path_factory.mktemp("claim")
    write_rows(output / "sentences.csv")
    settings = load_settings(
        PROJECT / "examples" / "sources" / "settings.yaml",
        {"data": {"path": str(output / "sentences.csv")}, "trainer": {"epochs": 8}},
    )
    root = "minio://mlpipeline/v2/artifacts"
    package = compile_for(str(output), root, settings)
    cluster = new_cluster(FileStore(":memory:"), default_root=root, world=AFTER_2_18, warm=True)
    run = cluster.run(package.spec, package.platform, package.pipeline_root)
    assert run.attempts == dict.fromkeys(STEPS, 1)
    (version,) = (output / "serving").iterdir()
    return version


def test_the_model_names_the_source_of_each_sentence(served: Path) -> None:
    rows = [{"sentence": text.format(5000)} for text in SENTENCES.values()]
    answers = predict_rows(served, rows)
    assert [one["label"] for one in answers] == list(SENTENCES)
    assert json.loads(json.dumps(answers))[0]["classes"] == sorted(SENTENCES)
