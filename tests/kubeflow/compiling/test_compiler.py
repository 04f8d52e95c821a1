"""The taxi pipeline, compiled by the real command, and what stock TFX compiles instead."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packages import PROJECT, compile_stock
from zeroskew_command import run
from zeroskew_kubeflow.compiling.package import Package, read_package
from zeroskew_kubeflow.compiling.validator import defects_of, validate
from zeroskew_kubeflow.step.artifact_types import title_of
from zeroskew_kubeflow.step.entrypoint import OUTPUTS_ARGUMENT
from zeroskew_kubeflow.step.pages import PAGE_TITLE

from pipeline.artifacts import RunReport


def kubeflow(*arguments: object) -> str:
    done = run("kubeflow", *arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("compiled") / "taxi.yaml"
    said = kubeflow("compile", "--env", "prod", "--output", file)
    assert said.splitlines()[0] == f"ok: 17 steps, 4 parameters, written to {file}"
    return file


@pytest.fixture(scope="module")
def package(prod: Path) -> Package:
    return read_package(prod)


def container(package: Package, step: str) -> dict:
    return package.spec["deploymentSpec"]["executors"][f"{step}_executor"]["container"]


def test_it_keeps_all_rules(package, prod):
    validate(package)
    assert kubeflow("validate", prod) == f"ok: {prod} keeps the rules of Kubeflow Pipelines\n"


def test_pitfall_every_parameter_has_its_default(package):
    assert set(package.parameters) == {"data", "data_gate", "model_gate", "trainer"}
    assert all(isinstance(value, str) and value for value in package.parameters.values())


def test_settings_of_the_environment_arrive(package):
    assert '"tolerance":{"auc":0.002,' in package.parameters["model_gate"]


def test_pitfall_no_path_of_this_machine_is_compiled_in(prod):
    text = prod.read_text()
    assert str(PROJECT) not in text
    assert str(Path.home()) not in text
    assert "/app/data_ingestion/schema/taxi.pbtxt" in text


def test_pitfall_resolvers_are_steps_of_ours(package):
    for step in ("LastBlessedModel", "LastPassedData"):
        assert container(package, step)["command"] == [
            "python",
            "-m",
            "zeroskew_kubeflow.step.entrypoint",
        ]


def test_pitfall_example_gen_has_driver_resources_and_no_cache(package):
    example_gen = container(package, "ExampleGen")
    assert "--driver_class_path=data_ingestion.examples.example_gen.Driver" in example_gen["args"]
    assert example_gen["resources"] == {"cpuLimit": 2.0, "memoryLimit": 4.294967296}
    tasks = package.spec["root"]["dag"]["tasks"]
    cached = {name for name, task in tasks.items() if task["cachingOptions"]}
    assert set(tasks) - cached == {
        "ExampleGen",
        "KeepPassedData",
        "LastBlessedModel",
        "LastPassedData",
        "Pusher",
        "Report",
    }


def test_the_dashboard_shows_the_page_and_the_step_knows_its_own_type(package):
    outputs = package.spec["components"]["Report"]["outputDefinitions"]["artifacts"]
    assert outputs == {
        "page": {"artifactType": {"schemaTitle": "system.HTML", "schemaVersion": "0.0.1"}}
    }
    args = container(package, "Report")["args"]
    declared = json.loads(args[args.index(OUTPUTS_ARGUMENT) + 1])["artifacts"]["page"]
    assert title_of(declared["artifactType"]) == PAGE_TITLE == RunReport.TYPE_NAME


def test_the_page_waits_for_all_steps_and_is_told_the_settings_of_the_run(package):
    tasks = package.spec["root"]["dag"]["tasks"]
    assert set(tasks["Report"]["dependentTasks"]) == set(tasks) - {"Report"}
    given = tasks["Report"]["inputs"]["parameters"]
    assert {
        name: one["componentInputParameter"]
        for name, one in given.items()
        if "componentInputParameter" in one
    } == {"data": "data", "training": "trainer", "gate": "model_gate"}


def test_the_platform_document_gives_each_step_its_secrets_and_tolerations(prod, package):
    documents = list(yaml.safe_load_all(prod.read_text()))
    assert len(documents) == 2
    executors = package.platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert set(executors) == set(package.spec["deploymentSpec"]["executors"])
    assert executors["Trainer_executor"] == {
        "imagePullPolicy": "IfNotPresent",
        "imagePullSecret": [{"secretName": "registry"}],
        "secretAsEnv": [
            {
                "secretName": "bucket",
                "keyToEnv": [{"secretKey": "access-key", "envVar": "AWS_ACCESS_KEY_ID"}],
            },
            {
                "secretName": "bucket",
                "keyToEnv": [{"secretKey": "secret-key", "envVar": "AWS_SECRET_ACCESS_KEY"}],
            },
        ],
        "tolerations": [
            {"key": "dedicated", "operator": "Equal", "value": "ml", "effect": "NoSchedule"}
        ],
    }


def test_vertex_takes_a_job_with_its_root(tmp_path):
    file = tmp_path / "taxi.json"
    kubeflow("compile", "--env", "vertex", "--output", file)
    job = read_package(file)
    assert job.is_job
    assert job.pipeline_root == "gs://example-ml/pipelines/zeroskew"
    assert job.platform == {}
    assert container(job, "Trainer")["image"].startswith("europe-docker.pkg.dev/")


def test_pitfall_stock_tfx_is_refused_with_each_defect_named(tmp_path):
    package = compile_stock(str(tmp_path))
    found = list(defects_of(package))
    assert found == [
        f"pipeline root '{tmp_path}' is no bucket, but pods share no disk",
        "CsvExampleGen_executor has a lifecycle hook, which nothing runs: its driver would be "
        "left out",
        "CsvExampleGen_executor runs TFX's entrypoint, which cannot read the types of its inputs",
        "StatisticsGen_executor runs TFX's entrypoint, which cannot read the types of its inputs",
    ]


def test_pitfall_the_folder_kubeflow_hides_no_package_of_that_name(tmp_path):
    """PyPI's `kubeflow` is a regular package; ours is a folder, and its code has another name."""
    installed = tmp_path / "kubeflow"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*command, str(tmp_path), "kubeflow"], check=True, capture_output=True)
    code = "import kubeflow, zeroskew_kubeflow.cli as c; print(kubeflow.__file__, c.app.info.help)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({str(tmp_path)!r}); {code}"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"{installed}/__init__.py Compile the pipeline")
