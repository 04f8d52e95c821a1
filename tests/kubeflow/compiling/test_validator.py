from typing import Any

import pytest
from sound_pipeline import ROOT, a_spec, changed, container
from zeroskew_kubeflow.compiling.package import Package
from zeroskew_kubeflow.compiling.validator import defects_of, validate

from zeroskew.errors import SettingsError


def test_a_sound_pipeline_has_no_defect():
    assert list(defects_of(Package(a_spec(), {}, ROOT))) == []
    validate(Package(a_spec(), {}, ROOT))


MODEL = "root/dag/tasks/Model"
EXECUTOR = "deploymentSpec/executors/Model_executor"
STOCK = "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"
DEFECTS = {
    "schema_2_0": (
        changed("schemaVersion", "2.0.0"),
        "schemaVersion is '2.0.0'; it must be '2.1.0'",
    ),
    "name_with_capitals": (
        changed("pipelineInfo/name", "Taxi_trips"),
        "pipeline name 'Taxi_trips': small letters, digits and hyphens, 128 at most",
    ),
    "unknown_field": (
        changed("pipelineRoot", "x"),
        'this is no PipelineSpec: Message type "ml_pipelines.PipelineSpec" has no field named '
        '"pipelineRoot"',
    ),
    "null": (
        changed(f"{MODEL}/inputs/parameters/seed/runtimeValue/constant", None),
        "null at root.dag.tasks.Model.inputs.parameters.seed.runtimeValue.constant: no value may "
        "be null",
    ),
    "resolver": (
        changed(EXECUTOR, {"resolver": {"outputArtifactQueries": {"model": {"filter": "x"}}}}),
        "Model_executor is a resolver; only containers and importers are run",
    ),
    "importer_of_a_local_path": (
        changed(EXECUTOR, {"importer": {"artifactUri": {"constant": "/home/me/schema"}}}),
        "Model_executor imports '/home/me/schema', which is in no bucket",
    ),
    "importer_of_nothing": (
        changed(EXECUTOR, {"importer": {"reimport": True}}),
        "Model_executor imports nothing",
    ),
    "identical_containers_are_filed_under_one_hash": (
        changed(EXECUTOR, container(args=["--component_id=Rows"])),
        "Rows_executor is the same container as Model_executor, so one would be lost",
    ),
    "image_entrypoint_never_runs": (
        changed(EXECUTOR, container(command=[])),
        "Model_executor has no command, and an image's ENTRYPOINT is never run",
    ),
    "no_image": (changed(EXECUTOR, container(image="")), "Model_executor has no image"),
    "lifecycle_hook_is_ignored": (
        changed(EXECUTOR, container(lifecycle={"preCacheCheck": {"command": ["python"]}})),
        "Model_executor has a lifecycle hook, which nothing runs: its driver would be left out",
    ),
    "argument_longer_than_linux_takes": (
        changed(EXECUTOR, container(args=["x" * 131_073])),
        "Model_executor has an argument of 131,073 bytes; Linux takes 131,072",
    ),
    "stock_entrypoint": (
        changed(
            EXECUTOR,
            container(
                command=["python", "-m", STOCK],
                args=["--executor_class_path", "x", "--json_serialized_inputs_spec_args", "{}"],
            ),
        ),
        "Model_executor runs TFX's entrypoint, which cannot read the types of its inputs",
    ),
    "inputs_spec_left_out_in_2_0_mode": (
        changed(EXECUTOR, container(args=["--executor_class_path", "x"])),
        "Model_executor is not told the types of its inputs, so its parameters would be lost",
    ),
    "executor_logs_are_taken_for_an_output": (
        changed(EXECUTOR, container(args=["--executor_class_path", "x"])),
        "Model_executor is not told its outputs, so it would take the server's for its own",
    ),
    "window_of_the_retries_shorter_than_a_step": (
        changed(f"{MODEL}/retryPolicy", {"maxRetryCount": 2, "backoffMaxDuration": "600s"}),
        "Model is tried again only within 600 seconds of its first start (backoffMaxDuration); "
        "give it a day at least",
    ),
    "window_of_the_retries_left_out": (
        changed(f"{MODEL}/retryPolicy", {"maxRetryCount": 1, "backoffDuration": "30s"}),
        "Model is tried again only within 0 seconds of its first start (backoffMaxDuration)",
    ),
    "output_type_without_a_title": (
        changed(
            "components/Rows/outputDefinitions/artifacts/examples/artifactType",
            {"instanceSchema": "type: object\n"},
        ),
        "Rows: the type of its output 'examples' has no title, so it would end there",
    ),
    "template_in_a_constant": (
        changed(f"{MODEL}/inputs/parameters/seed/runtimeValue/constant", "day > {{ day }}"),
        "Model: 'seed' holds '{{', which Argo takes for a template of its own",
    ),
    "template_in_a_default": (
        changed("root/inputDefinitions/parameters/epochs/defaultValue", "{{=1+1}}"),
        "parameter 'epochs' holds '{{', which Argo takes for a template of its own",
    ),
    "runtime_parameter_default_dropped": (
        changed("root/inputDefinitions/parameters/epochs/defaultValue", KeyError),
        "parameter 'epochs' has no default, so a scheduled run could not start",
    ),
    "producer_named_with_a_suffix": (
        changed(f"{MODEL}/inputs/parameters/count/taskOutputParameter/producerTask", "Rows_task"),
        "Model: 'count' comes from 'Rows_task', which is no step",
    ),
    "producer_without_the_output": (
        changed(f"{MODEL}/inputs/artifacts/examples/taskOutputArtifact/outputArtifactKey", "rows"),
        "Model: 'examples' is the output 'rows' of Rows, which has none of that name",
    ),
    "waits_for_nobody": (
        changed(f"{MODEL}/dependentTasks", ["Rows", "Splits"]),
        "Model waits for 'Splits', which is no step",
    ),
    "constant_value_of_2_0": (
        changed(
            f"{MODEL}/inputs/parameters/seed/runtimeValue", {"constantValue": {"intValue": "1"}}
        ),
        "Model: 'seed' is given as constantValue; it must be a constant",
    ),
    "parameter_type_of_2_0": (
        changed("components/Model/inputDefinitions/parameters/seed", {"type": "INT"}),
        "Model: the type of 'seed' is written as in schema 2.0",
    ),
    "exit_handler_is_passed_no_parameter": (
        changed(f"{MODEL}/inputs/parameters/epochs/componentInputParameter", "label"),
        "Model: 'epochs' is the parameter 'label', which is not passed to it",
    ),
    "component_that_is_not_there": (
        changed(f"{MODEL}/componentRef/name", "Modell"),
        "Model is of the component 'Modell', which is not there",
    ),
    "executor_that_is_not_there": (
        changed("components/Model/executorLabel", "Modell_executor"),
        "Model has the executor 'Modell_executor', which is not there",
    ),
    "module_file_is_a_wheel_in_the_pipeline_root": (
        changed(
            f"{MODEL}/inputs/parameters/module_path",
            {"runtimeValue": {"constant": "trainer@minio://mlpipeline/_wheels/trainer.whl"}},
        ),
        "Model: code is taken from 'trainer@minio://mlpipeline/_wheels/trainer.whl'; it belongs "
        "in the image",
    ),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_pitfall(name: str):
    package, defect = DEFECTS[name]
    found = list(defects_of(package))
    assert [one for one in found if one.startswith(defect)] != [], found


@pytest.mark.parametrize("policy", [{}, {"maxRetryCount": 2, "backoffMaxDuration": "86400s"}])
def test_a_step_may_have_no_retries_or_a_day_for_them(policy: dict[str, Any]):
    assert list(defects_of(changed(f"{MODEL}/retryPolicy", policy))) == []


def test_pitfall_underscore_in_a_step_name():
    spec = a_spec()
    tasks = spec["root"]["dag"]["tasks"]
    tasks["my_model"] = tasks.pop("Model")
    assert list(defects_of(Package(spec, {}, ROOT))) == [
        "step name 'my_model': letters, digits and hyphens; give it another `.with_id()`"
    ]


def test_pitfall_stale_cache_of_a_step_that_reads_files():
    spec = a_spec()
    task = spec["root"]["dag"]["tasks"]["Model"]
    task["inputs"]["parameters"]["input_base"] = {"runtimeValue": {"constant": "/data"}}
    task["cachingOptions"] = {"enableCache": True}
    assert list(defects_of(Package(spec, {}, ROOT))) == [
        "Model would be cached for ever: the cache knows its input_base by name alone"
    ]


def test_pitfall_pipeline_root_that_pods_do_not_share():
    assert list(defects_of(Package(a_spec(), {}, "/home/me/artifacts"))) == [
        "pipeline root '/home/me/artifacts' is no bucket, but pods share no disk"
    ]


def test_the_platform_document_names_executors_of_the_pipeline():
    platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": {"X_executor": {}}}}}}
    assert list(defects_of(Package(a_spec(), platform, ROOT))) == [
        "the platform document names X_executor, which is no executor"
    ]


def test_the_message_names_each_defect_and_what_to_do():
    spec = a_spec()
    spec["schemaVersion"] = "2.0.0"
    spec["pipelineInfo"]["name"] = "Taxi"
    with pytest.raises(SettingsError) as caught:
        validate(Package(spec, {}, ROOT))
    assert str(caught.value) == (
        "the compiled pipeline 'Taxi' must keep the rules of Kubeflow Pipelines\n"
        "  received: \n"
        "    - schemaVersion is '2.0.0'; it must be '2.1.0'\n"
        "    - pipeline name 'Taxi': small letters, digits and hyphens, 128 at most\n"
        "  do:       compile it with: zeroskew kubeflow compile"
    )
