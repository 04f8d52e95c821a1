"""The emulator itself: conditions and retries, with steps that are small programs."""

import sys
from pathlib import Path
from typing import Any

import pytest
from emulator import Cluster, FileStore, Layout
from emulator.cluster import StepFailed
from emulator.conditions import ConditionError, holds
from zeroskew_kubeflow import ir
from zeroskew_kubeflow.package import Package
from zeroskew_kubeflow.validator import defects_of

ROOT = "minio://ml/root"
IS_BLESSED = "inputs.artifacts['blessing'].artifacts[0].metadata['blessed'] == 1.0"
UNKNOWN = "Step: its condition asks for '_CsvExampleGen.examples', which is not passed to it"
REPORT = """
import json, pathlib, sys
message = json.loads(sys.argv[1])
(artifact,) = message["outputs"]["artifacts"]["blessing"]["artifacts"]
file = pathlib.Path(message["outputs"]["outputFile"])
file.parent.mkdir(parents=True, exist_ok=True)
report = {"artifacts": {"blessing": {"artifacts": [{**artifact, "metadata": METADATA}]}}}
file.write_text(json.dumps(report))
"""
FAIL_ONCE = """
import pathlib, sys
mark = pathlib.Path(MARK)
first = not mark.exists()
mark.touch()
sys.exit(first)
"""


def pipeline(gate: str, push: str = "pass", retries: int = 0) -> dict[str, Any]:
    """Gate reports a blessing; Push runs if it is blessed; Announce waits for Push."""
    artifact = {"artifactType": {"schemaTitle": "tfx.ModelBlessing"}}
    blessing = {"taskOutputArtifact": {"producerTask": "Gate", "outputArtifactKey": "blessing"}}
    return {
        "pipelineInfo": {"name": "small"},
        "components": {
            "gate": {
                "executorLabel": "gate",
                "outputDefinitions": {"artifacts": {"blessing": artifact}},
            },
            "push": {"executorLabel": "push"},
        },
        "deploymentSpec": {
            "executors": {
                name: {
                    "container": {
                        "image": "small",
                        "command": [sys.executable, "-c", code],
                        "args": ["{{$}}"],
                    }
                }
                for name, code in {"gate": gate, "push": push}.items()
            }
        },
        "root": {
            "dag": {
                "tasks": {
                    "Gate": {"componentRef": {"name": "gate"}},
                    "Push": {
                        "componentRef": {"name": "push"},
                        "dependentTasks": ["Gate"],
                        "inputs": {"artifacts": {"blessing": blessing}},
                        "triggerPolicy": {"condition": IS_BLESSED},
                        "retryPolicy": {"maxRetryCount": retries},
                    },
                    "Announce": {"componentRef": {"name": "push"}, "dependentTasks": ["Push"]},
                }
            }
        },
    }


@pytest.fixture(params=[Layout.UNTIL_2_14, Layout.SINCE_2_15], ids=["until 2.14", "since 2.15"])
def cluster(tmp_path: Path, request: pytest.FixtureRequest) -> Cluster:
    store = FileStore(":memory:")
    return Cluster(store, tmp_path / "disk", tmp_path / "logs", layout=request.param)


def reports(metadata: Any) -> str:
    return REPORT.replace("METADATA", repr(metadata))


def test_a_step_runs_if_its_condition_holds(cluster: Cluster) -> None:
    run = cluster.run(pipeline(reports({"blessed": 1})), {}, ROOT)
    assert run.skipped == []
    assert run.attempts == {"Gate": 1, "Push": 1, "Announce": 1}


def test_a_step_is_skipped_if_it_does_not_and_so_is_what_waits_for_it(cluster: Cluster) -> None:
    run = cluster.run(pipeline(reports({"blessed": 0})), {}, ROOT)
    assert run.skipped == ["Push", "Announce"]
    assert run.attempts == {"Gate": 1}


def test_a_condition_on_metadata_that_is_not_there_fails(cluster: Cluster) -> None:
    with pytest.raises(ConditionError, match="no such key"):
        cluster.run(pipeline(reports({})), {}, ROOT)


def test_a_failed_step_is_tried_again_as_often_as_it_says(cluster: Cluster, tmp_path: Path) -> None:
    push = FAIL_ONCE.replace("MARK", repr(str(tmp_path / "mark")))
    run = cluster.run(pipeline(reports({"blessed": 1}), push, retries=1), {}, ROOT)
    assert run.attempts == {"Gate": 1, "Push": 2, "Announce": 1}

    failing = pipeline(reports({"blessed": 1}), "import sys; sys.exit('no disk')", retries=2)
    with pytest.raises(StepFailed, match="Push failed 3 times\nno disk"):
        cluster.run(failing, {}, ROOT)


@pytest.mark.parametrize("own_input", [True, False], ids=["own input", "of the condition alone"])
@pytest.mark.parametrize(("span", "runs"), [(1, True), (2, False)])
def test_pitfall_a_condition_of_tfx_names_its_artifact(
    own_input: bool, span: int, runs: bool
) -> None:
    spec = compile_condition("StatisticsGen" if own_input else "SchemaGen")
    condition = spec["root"]["dag"]["tasks"]["Step"]["triggerPolicy"]["condition"]
    assert "inputs.artifacts['_CsvExampleGen.examples']" in condition
    assert (UNKNOWN in defects_of(Package(spec, {}, ROOT))) is own_input

    ir.correct_conditions(spec)

    assert UNKNOWN not in defects_of(Package(spec, {}, ROOT))
    task = spec["root"]["dag"]["tasks"]["Step"]
    key = "examples" if own_input else "_CsvExampleGen.examples"
    artifacts = {key: {"artifacts": [{"metadata": {"span": span}}]}}
    assert holds(task, {"inputs": {"artifacts": artifacts}}) is runs


def compile_condition(kind: str) -> Any:
    """Compiles a step of a kind that runs if the examples are of span 1."""
    from tfx.components import CsvExampleGen, SchemaGen, StatisticsGen
    from tfx.dsl.experimental.conditionals.conditional import Cond
    from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as stock
    from tfx.orchestration.pipeline import Pipeline

    examples = CsvExampleGen(input_base="/trips")
    statistics = StatisticsGen(examples=examples.outputs["examples"])
    with Cond(examples.outputs["examples"].future()[0].property("span") == 1):
        if kind == "StatisticsGen":
            step = StatisticsGen(examples=examples.outputs["examples"])
        else:
            step = SchemaGen(statistics=statistics.outputs["statistics"])
    config = stock.KubeflowV2DagRunnerConfig(use_pipeline_spec_2_1=True)
    pipeline = Pipeline("taxi", ROOT, components=[examples, statistics, step.with_id("Step")])
    return stock.KubeflowV2DagRunner(config).run(pipeline, write_out=False)["pipelineSpec"]
