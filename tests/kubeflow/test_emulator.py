"""The emulator itself: conditions and retries."""

from pathlib import Path
from typing import Any

import pytest
from emulator import KFP_2_17, Cluster, StepFailed
from emulator.conditions import ConditionError, holds
from emulator.retries import RetryPolicy
from small_pipelines import A_WEEK, FAIL_ONCE, ROOT, new_cluster, pipeline, reports
from zeroskew_kubeflow.compiling import ir
from zeroskew_kubeflow.compiling.package import Package
from zeroskew_kubeflow.compiling.validator import defects_of

UNKNOWN = "Step: its condition asks for '_CsvExampleGen.examples', which is not passed to it"


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


class TestRetries:
    def test_pitfall_none_starts_after_the_window(self, tmp_path: Path) -> None:
        push = FAIL_ONCE.replace("MARK", repr(str(tmp_path / "mark")))
        spec = pipeline(reports({"blessed": 1}), push, retries=2)
        policy = spec["root"]["dag"]["tasks"]["Push"]["retryPolicy"]
        cluster = new_cluster(KFP_2_17, tmp_path, longer=700.0)

        policy["backoffMaxDuration"] = "600s"
        with pytest.raises(StepFailed, match="Push failed 1 times"):
            cluster.run(spec, {}, ROOT)

        (tmp_path / "mark").unlink()
        policy["backoffMaxDuration"] = "604800s"
        assert cluster.run(spec, {}, ROOT).attempts == {"Gate": 1, "Push": 2, "Announce": 1}

    def test_pitfall_one_is_killed_at_the_end_of_the_window(self, tmp_path: Path) -> None:
        push = FAIL_ONCE.replace("MARK", repr(str(tmp_path / "mark")))
        spec = pipeline(reports({"blessed": 1}), push, retries=2)
        policy = spec["root"]["dag"]["tasks"]["Push"]["retryPolicy"]
        policy["backoffMaxDuration"] = "600s"

        with pytest.raises(StepFailed, match="Push failed 2 times"):
            new_cluster(KFP_2_17, tmp_path, longer=400.0).run(spec, {}, ROOT)

    def test_their_arithmetic_is_that_of_argo(self) -> None:
        policy = RetryPolicy.of({"retryPolicy": {"maxRetryCount": 3, **A_WEEK}})
        assert policy == RetryPolicy(retries=3, pause=30.0, factor=2.0, window=604800.0)
        assert [policy.pause_before(retry) for retry in (1, 2, 3)] == [30.0, 60.0, 120.0]
        assert policy.allows(3, 604680.0)
        assert not policy.allows(3, 604681.0)
        assert not policy.allows(4, 0.0)
        assert policy.kills(2, 604801.0)
        assert not policy.kills(1, 10.0**9)

    def test_pitfall_a_window_that_is_left_out_is_over_at_once(self) -> None:
        assert not RetryPolicy.of({"retryPolicy": {"maxRetryCount": 3}}).allows(1, 0.1)
        assert not RetryPolicy.of({}).allows(1, 0.0)


def test_a_condition_knows_fields_by_their_names_in_the_proto_file() -> None:
    inputs = {
        "parameterValues": {"parameterValues": 3},
        "artifacts": {"x": {"artifacts": [{"type": {"schemaTitle": "a"}, "artifactId": "b"}]}},
    }
    for condition in (
        "inputs.parameter_values['parameterValues'] == 3.0",
        "inputs.artifacts['x'].artifacts[0].type.schema_title == 'a'",
        "inputs.artifacts['x'].artifacts[0].artifact_id == 'b'",
    ):
        assert holds({"triggerPolicy": {"condition": condition}}, {"inputs": inputs})
    with pytest.raises(ConditionError):
        holds({"triggerPolicy": {"condition": "inputs.parameterValues == 3"}}, {"inputs": inputs})


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
