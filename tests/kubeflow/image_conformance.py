"""The whole taxi pipeline, compiled in the image, and each step run there by the image's user.

Driver, launcher and bucket stay outside, as on a cluster. scripts/test-image builds the image and
then runs these; they need root, so the name of this file keeps them out of the other tests.
"""

import dataclasses
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import command_line
import pytest
import yaml
import zeroskew_command
from conformance import A_LONG_STEP, KILLED, STEPS, OnS3, OnS3Checks, s3_environment
from emulator import AFTER_2_18, KFP_2_17, FileStore, Run, S3Store
from image_processes import IN_IMAGE, USER, Watch, image_root, own, pods, run
from packages import ACCESS_KEY, SECRET
from tfx import version as tfx_on_this_machine
from zeroskew_kubeflow.compiling.package import Package, read_package

TFX_IN_IMAGE = "1.21.0"


def files_of(root: Path) -> dict[str, tuple[int, ...]]:
    """Returns what changes with any write to the code, the packages or the system."""
    found: dict[str, tuple[int, ...]] = {}
    for top in ("app", "etc", "opt", "usr"):
        for folder, _, files in os.walk(root / top):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                state = os.lstat(path)
                found[path] = (state.st_uid, state.st_mode, state.st_size, state.st_ctime_ns)
    return found


def compile_in_image(folder: Path, environment: str, root: str) -> Package:
    """Compiles with the image's `zeroskew`; `folder` is /output there.

    No compiled pipeline holds its root: whoever starts the run gives it.
    """
    command = ("zeroskew", "kubeflow", "compile", "--env", environment, "--output")
    done = run(*command, "/output/image.yaml", options=("--mount", f"{own(folder)}:/output"))
    assert done.returncode == 0, done.stderr
    return dataclasses.replace(read_package(folder / "image.yaml"), pipeline_root=root)


@pytest.fixture(scope="module")
def before() -> dict[str, tuple[int, ...]]:
    """The files of the image before anything has run in it."""
    return files_of(image_root())


@pytest.fixture(scope="module")
def s3_bucket(new_bucket) -> str:
    name: str = new_bucket()
    return name


@pytest.fixture(scope="module")
def environment(s3_server, s3_bucket) -> dict[str, Any]:
    return {"image": "zeroskew:dev", "cache": False, **s3_environment(s3_server, s3_bucket)}


@pytest.fixture(scope="module")
def file(environment, tmp_path_factory) -> Path:
    """The file of the environment, alone in a folder."""
    file: Path = tmp_path_factory.mktemp("compiled") / "test.yaml"
    file.write_text(yaml.safe_dump(environment), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def compiled(before, environment, file) -> Package:
    return compile_in_image(file.parent, "/output/test.yaml", environment["pipeline_root"])


@pytest.fixture(scope="module")
def local_run(before, tmp_path_factory) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """A run without Kubeflow in the image, beside the other: there are two cores."""
    output = own(tmp_path_factory.mktemp("local"))
    command = [IN_IMAGE, f"--mount={output}:/output", "--", "zeroskew", "run", "--output=/output"]
    with (output / "printed.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    yield output, process
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def watch(s3_bucket) -> Iterator[Watch]:
    with Watch(s3_bucket) as watching:
        yield watching


@pytest.fixture(scope="module")
def on_s3(compiled, local_run, watch, new_cluster, s3_server, s3_bucket, tmp_path_factory) -> OnS3:
    cluster = new_cluster(
        S3Store(s3_server, ACCESS_KEY, SECRET),
        world=AFTER_2_18,
        default_root=f"s3://{s3_bucket}/pipelines",
        enter=pods({}),
        kill=dict(KILLED),
        longer=A_LONG_STEP,
    )
    return OnS3(compiled, cluster, s3_bucket, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def local(local_run) -> Path:
    """The model that the same settings give in the image without Kubeflow."""
    output, process = local_run
    assert process.wait(timeout=300) == 0, (output / "printed.log").read_text()
    (version,) = command_line.versions(output)
    return version


@pytest.fixture(scope="module")
def predict() -> Callable[[Path], list[Any]]:
    def ask(model: Path) -> list[Any]:
        command = ("zeroskew", "predict", "--model", "/output", "--limit", "500", "--json")
        done = run(*command, options=("--mount", f"{own(model)}:/output"))
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


def test_both_stacks_compile_the_same_pipeline(compiled, file):
    output = file.parent / "here.yaml"
    done = zeroskew_command.run("kubeflow", "compile", "--env", file, "--output", output)
    assert done.exit_code == 0, done.stderr
    here = read_package(output)
    assert compiled.spec["sdkVersion"] == f"tfx-{TFX_IN_IMAGE}"
    assert here.spec["sdkVersion"] == f"tfx-{tfx_on_this_machine.__version__}"
    assert compiled.spec == {**here.spec, "sdkVersion": f"tfx-{TFX_IN_IMAGE}"}
    assert compiled.platform == here.platform
    assert set(compiled.spec["root"]["dag"]["tasks"]) == STEPS


class TestOnS3(OnS3Checks):
    """The run on this machine keeps all of these too."""

    def test_each_step_is_a_process_of_the_image_and_of_its_user(self, on_s3, watch):
        root = image_root()
        python = (root / "opt/venv/bin/python").readlink()
        assert set(watch.seen) == STEPS
        for step, processes in watch.seen.items():
            for process in processes:
                assert process.users == {USER}, step
                assert process.capabilities == 0, step
                assert process.root == root, step
                # Python itself starts a program for a moment, such as uname.
                assert process.program.is_relative_to(root), step
            assert any(str(one.program).startswith(f"{root}{python}") for one in processes), step

    def test_each_artifact_was_made_by_the_image_s_tfx(self, on_s3):
        records = on_s3.run.records.artifacts
        assert {one["metadata"]["tfx_version"] for one in records.values()} == {TFX_IN_IMAGE}

    def test_nothing_in_the_image_was_written(self, before, on_s3, local):
        assert len(before) > 20_000
        assert files_of(image_root()) == before


@pytest.fixture(scope="module")
def volume(tmp_path_factory) -> Path:
    return own(tmp_path_factory.mktemp("volume"))


@pytest.fixture(scope="module")
def on_minio(before, on_s3, volume, new_cluster, tmp_path_factory) -> Run:
    """A server with ML Metadata, the environment dev of the image, and a model served before."""
    folder = tmp_path_factory.mktemp("compiled")
    package = compile_in_image(folder, "dev", "minio://mlpipeline/v2/artifacts/zeroskew")
    shutil.copytree(on_s3.served, volume / "taxi" / "serving" / "1700000000")
    for path in (volume / "taxi", *(volume / "taxi").rglob("*")):
        own(path)
    cluster = new_cluster(
        FileStore(":memory:"),
        world=KFP_2_17,
        enter=pods({"/output": volume}),
    )
    run: Run = cluster.run(package.spec, package.platform, package.pipeline_root)
    keys = list(cluster.store.keys(""))
    root = "mlpipeline/v2/artifacts/zeroskew/taxi/"
    assert [key for key in keys if not key.startswith(root)] == []
    assert [key for key in keys if "/ExampleGen/" in key and "/Split-train/" in key] != []
    return run


class TestShippedEnvironment:
    """environments/dev.yaml as it is in the image: MinIO, and a claim for what outlives a run."""

    def test_each_step_ended_at_the_first_try(self, on_minio):
        assert on_minio.attempts == dict.fromkeys(STEPS, 1)

    def test_artifacts_are_on_minio(self, on_minio):
        root = "minio://mlpipeline/v2/artifacts/zeroskew/taxi/"
        uris = [one["uri"] for one in on_minio.records.artifacts.values()]
        assert len(uris) > len(STEPS)
        assert [uri for uri in uris if not uri.startswith(root)] == []

    def test_the_model_served_before_was_compared_with(self, on_minio, volume):
        metadata = on_minio.records.artifacts["LastBlessedModel", "model"]["metadata"]
        assert metadata["pushed_version"] == 1700000000.0
        assert "1700000000" in {one.name for one in (volume / "taxi/serving").iterdir()}

    def test_the_user_has_written_to_the_claim(self, on_minio, volume):
        assert json.loads((volume / "taxi/data_report.json").read_text())["passed"] is True
        (kept,) = (volume / "taxi/passed_data").iterdir()
        assert {one.stat().st_uid for one in (volume / "taxi").rglob("*")} == {USER}
        assert [one["span"] for one in json.loads((kept / "spans.json").read_text())] == [0]
