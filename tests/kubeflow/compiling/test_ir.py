import pytest
from zeroskew_kubeflow.compiling import ir
from zeroskew_kubeflow.environment import Accelerator


def a_spec():
    return {
        "deploymentSpec": {
            "executors": {
                "Rows_executor": {"container": {"args": ["--a=1"], "lifecycle": {"x": 1}}},
                "Schema_executor": {"importer": {}},
            }
        },
        "components": {
            "Rows": {
                "executorLabel": "Rows_executor",
                "outputDefinitions": {"artifacts": {"examples": {}}},
            },
            "Schema": {"executorLabel": "Schema_executor"},
        },
        "root": {
            "inputDefinitions": {"parameters": {"data": {"parameterType": "STRING"}}},
            "dag": {
                "tasks": {
                    "Rows": {"cachingOptions": {"enableCache": True}},
                    "Model": {
                        "cachingOptions": {"enableCache": True},
                        "inputs": {
                            "parameters": {
                                "count": {
                                    "taskOutputParameter": {
                                        "producerTask": "Rows_task",
                                        "outputParameterKey": "count",
                                    }
                                }
                            }
                        },
                    },
                }
            },
        },
    }


def container(spec):
    return spec["deploymentSpec"]["executors"]["Rows_executor"]["container"]


def test_pitfall_runtime_parameter_defaults_are_put_back():
    spec = a_spec()
    ir.set_defaults(spec, {"data": "{}", "unknown": 1})
    assert spec["root"]["inputDefinitions"]["parameters"] == {
        "data": {"parameterType": "STRING", "defaultValue": "{}"}
    }


def test_pitfall_dynamic_property_names_its_producer_with_a_suffix():
    spec = a_spec()
    ir.correct_producers(spec)
    inputs = spec["root"]["dag"]["tasks"]["Model"]["inputs"]["parameters"]
    assert inputs["count"]["taskOutputParameter"]["producerTask"] == "Rows"


def test_a_producer_whose_name_ends_like_the_suffix_is_left_alone():
    spec = a_spec()
    spec["root"]["dag"]["tasks"]["Rows_task"] = {}
    ir.correct_producers(spec)
    inputs = spec["root"]["dag"]["tasks"]["Model"]["inputs"]["parameters"]
    assert inputs["count"]["taskOutputParameter"]["producerTask"] == "Rows_task"


def test_pitfall_lifecycle_of_a_file_based_example_gen_is_dropped():
    spec = a_spec()
    ir.drop_lifecycles(spec)
    assert container(spec) == {"args": ["--a=1"]}


def test_pitfall_two_nodes_with_the_same_container_are_told_apart():
    spec = a_spec()
    ir.identify_components(spec)
    assert container(spec)["args"] == ["--a=1", "--component_id=Rows"]


def test_pitfall_a_step_is_told_its_outputs_since_servers_add_more():
    spec = a_spec()
    ir.declare_outputs(spec)
    assert container(spec)["args"] == [
        "--a=1",
        "--json_serialized_outputs_spec_args",
        '{"artifacts": {"examples": {}}}',
    ]


def test_pitfall_caching_is_off_for_a_step_that_reads_files():
    spec = a_spec()
    ir.set_caching(spec, True, {"Rows"})
    options = {name: task["cachingOptions"] for name, task in ir.tasks_of(spec).items()}
    assert options == {"Rows": {}, "Model": {"enableCache": True}}
    ir.set_caching(spec, False, {"Rows"})
    assert ir.tasks_of(spec)["Model"]["cachingOptions"] == {}


def test_pitfall_resources_are_set_for_example_gen_too():
    spec = a_spec()
    ir.set_resources(spec, "Rows", 2, "4Gi", Accelerator(type="nvidia.com/gpu", count=1))
    assert container(spec)["resources"] == {
        "cpuLimit": 2,
        "memoryLimit": 4.294967296,
        "accelerator": {"type": "nvidia.com/gpu", "count": "1"},
    }
    ir.set_resources(spec, "Schema", 2, "4Gi", None)
    assert spec["deploymentSpec"]["executors"]["Schema_executor"] == {"importer": {}}


@pytest.mark.parametrize(
    ("quantity", "size"),
    [
        ("4Gi", 4.294967296),
        ("4G", 4.0),
        ("512Mi", 0.536870912),
        ("2048Ki", 0.002097152),
        ("1.5T", 1500.0),
    ],
)
def test_memory_is_written_in_units_of_a_thousand_million_bytes(quantity, size):
    assert ir.gigabytes(quantity) == size


def test_pitfall_retries_wait_longer_each_time_and_have_a_week_for_it():
    spec = a_spec()
    ir.set_retries(spec, "Rows", 2)
    ir.set_retries(spec, "Model", 0)
    assert ir.tasks_of(spec)["Rows"]["retryPolicy"] == {
        "maxRetryCount": 2,
        "backoffDuration": "30s",
        "backoffFactor": 2.0,
        "backoffMaxDuration": "604800s",
    }
    assert "retryPolicy" not in ir.tasks_of(spec)["Model"]


def test_all_containers_get_the_environment():
    spec = a_spec()
    ir.set_environment(spec, {"B": "2", "A": "1"})
    assert container(spec)["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
