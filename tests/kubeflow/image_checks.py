"""Checks of the image's root file system, which scripts/test-image builds and then runs these on.

They need root, so the name of this file keeps them out of the other tests.
"""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from image_processes import IN_IMAGE, USER, own, run
from image_scripts import container, run_in_image
from script_modules import PROJECT
from served import Served, save_version

from pipeline.serve_check import check_elsewhere
from pipeline.settings import load_settings
from zeroskew.errors import WorkspaceError

ROOT, CONFIG = run_in_image.read_image()


def python(code: str) -> str:
    """Returns what Python in the image prints."""
    done = run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    return str(done.stdout.strip())


def test_the_user_is_a_number_with_no_other_rights() -> None:
    assert run("id", "--user").stdout == f"{USER}\n"
    assert run("id", "--groups").stdout == f"{USER}\n"
    assert "CapEff:\t0000000000000000" in run("cat", "/proc/self/status").stdout


def test_code_and_packages_cannot_be_written() -> None:
    for file in ("/app/x", "/app/model/features.py", "/opt/venv/x", "/usr/x", "/etc/x", "/x"):
        done = run("sh", "-c", f"echo 1 >> {file}")
        assert done.returncode != 0, file
        assert "Permission denied" in done.stderr
    found = run("find", "/app", "/opt", "/usr", "/etc", "-writable", "-not", "-type", "l")
    assert found.stdout == ""
    owners = {os.lstat(path).st_uid for path in (ROOT / "app").rglob("*")}
    assert owners == {0}


def test_the_folders_of_launcher_and_user_can_be_written() -> None:
    folders = ("gcs", "home/zeroskew", "minio", "s3")
    assert {(ROOT / one).stat().st_uid for one in folders} == {USER}
    assert {(ROOT / one).stat().st_gid for one in folders} == {0}
    done = run("sh", "-c", "touch ~/x /tmp/x /gcs/x /minio/x /s3/x && echo $HOME")
    assert done.stdout == "/home/zeroskew\n", done.stderr
    assert not (ROOT / "minio" / "x").exists()


def test_there_is_neither_a_compiler_nor_an_installer() -> None:
    for tool in ("c++", "cc", "g++", "gcc", "git", "ld", "make", "pip", "pip3", "uv"):
        assert run("sh", "-c", f"command -v {tool}").stdout == "", tool
    assert not list(ROOT.glob("usr/include/python*"))
    assert not list(ROOT.glob("var/lib/apt/lists/*_Packages*"))
    assert not list((ROOT / "root").glob(".cache"))
    assert not list((ROOT / "tmp").iterdir())


def test_python_is_the_one_of_the_lock() -> None:
    assert run("sh", "-c", "command -v python").stdout == "/opt/venv/bin/python\n"
    assert python("import sys; print(*sys.version_info[:2])") == "3 13"
    assert python("import tfx; print(tfx.__version__)") == "1.21.0"


def test_every_package_has_the_tested_version() -> None:
    def pairs(text: str, between: str) -> set[tuple[str, str]]:
        found = re.findall(rf"^([\w.-]+){between}([^\s;]+)", text, re.MULTILINE)
        return {(re.sub(r"[._-]+", "-", name).lower(), version) for name, version in found}

    lock = (PROJECT / "requirements" / "tfx-1.21.txt").read_text(encoding="utf-8")
    code = "from importlib.metadata import distributions\n"
    code += "for one in distributions(): print(one.name, one.version)"
    installed = pairs(python(code), " ")
    assert {name for name, _ in installed - pairs(lock, "==")} == {"zeroskew"}
    assert len(installed) > 200


def test_tensorflow_computes_without_its_symbols() -> None:
    assert python("import tensorflow as tf; print(float(tf.reduce_sum(tf.ones([3, 4]))))") == "12.0"


def test_the_project_lies_in_one_place() -> None:
    rooms = ("data_ingestion", "model", "pipeline", "zeroskew", "zeroskew_kubeflow")
    for room in rooms:
        file = python(f"import os; os.chdir('/'); import {room}; print({room}.__file__)")
        assert file.startswith("/app/"), file
    assert not list(ROOT.glob("opt/venv/lib/python3.13/site-packages/pipeline"))
    inside = {path.name for path in (ROOT / "app").iterdir()}
    assert not {".git", ".venv", "benchmarks", "runs", "scripts", "tests"} & inside


def test_code_is_compiled_already() -> None:
    sources = [one for one in (ROOT / "app").rglob("*.py") if ".installed" not in one.parts]
    missing = [
        one
        for one in sources
        if not (one.parent / "__pycache__" / f"{one.stem}.cpython-313.pyc").exists()
    ]
    assert len(sources) > 100
    assert missing == []


def test_the_command_and_the_entrypoint_are_there() -> None:
    done = run("zeroskew", "--help")
    assert done.returncode == 0, done.stderr
    for command in ("run", "predict", "kubeflow"):
        assert f" {command} " in done.stdout
    assert (
        "--executor_class_path"
        in run("python", "-m", "zeroskew_kubeflow.step.entrypoint", "-h").stdout
    )
    assert "big_tip" in run("zeroskew", "features").stdout


def test_no_secret_and_no_certificate_of_this_machine_is_in_it() -> None:
    assert set(CONFIG.env) == {
        "HOME", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED",
    }  # fmt: skip
    assert not list((ROOT / "run").glob("*.crt"))
    kinds = (".key", ".p12", ".pem")
    keys = {one.name for one in (ROOT / "app").rglob("*") if one.suffix in kinds}
    assert keys == set()
    variables = dict(line.split("=", 1) for line in run("env").stdout.splitlines())
    assert variables == CONFIG.env


def test_variables_can_be_given() -> None:
    done = run("sh", "-c", "echo $AWS_REGION", options=("--env", "AWS_REGION=eu-central-1"))
    assert done.stdout == "eu-central-1\n"


def test_a_variable_without_a_value_gets_the_one_of_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a=b")
    done = run(
        "sh", "-c", "echo $AWS_SECRET_ACCESS_KEY ${ABSENT-none}",
        options=("--env", "AWS_SECRET_ACCESS_KEY", "--env", "ABSENT"),
    )  # fmt: skip
    assert done.stdout == "a=b none\n"
    assert run("sh", "-c", "echo ${AWS_SECRET_ACCESS_KEY-none}").stdout == "none\n"


def test_who_is_not_root_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container.os, "geteuid", lambda: 1000)
    with pytest.raises(WorkspaceError, match="entered by root") as caught:
        run_in_image.main(["--", "true"])
    assert "the user with the number 1000" in str(caught.value)


def test_root_that_may_not_mount_is_told_so() -> None:
    command = ["setpriv", "--bounding-set=-sys_admin", IN_IMAGE, "--", "true"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "error: root must be allowed to make namespaces and to mount in them" in done.stderr
    assert "received: unshare: unshare failed: Operation not permitted" in done.stderr


def test_a_mounted_folder_is_shared(tmp_path: Path) -> None:
    own(tmp_path)
    done = run("sh", "-c", "echo 1 > /output/x", options=("--mount", f"{tmp_path}:/output"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x").read_text(encoding="utf-8") == "1\n"
    assert (tmp_path / "x").stat().st_uid == USER


def test_it_serves_a_pushed_model_where_nothing_of_it_can_be_written_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = run("sh", "-c", "touch /home/zeroskew/x", options=("--read-only",))
    assert "Read-only file system" in closed.stderr
    place = tmp_path / "models"
    save_version(place / "3", small=True)
    program = [IN_IMAGE, "--read-only", "--mount", f"{place}:/models", "--", "zeroskew"]
    with Served("/models", "--name", "small", program=program) as service:
        check_elsewhere(service.rest, service.grpc, place, "small", load_settings(None, {}), None)
    said = capsys.readouterr().out
    assert "checked    small, version 3: 5 rows" in said
    assert (said.count("REST, by"), said.count("gRPC, t")) == (2, 2)


def test_exit_codes_come_through() -> None:
    assert run("sh", "-c", "exit 7").returncode == 7


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_command_leaves_nothing_running(how: signal.Signals, tmp_path: Path) -> None:
    own(tmp_path)
    loop = "while :; do date +%s%N > /output/clock; sleep 0.05; done"
    running = subprocess.Popen([IN_IMAGE, "--mount", f"{tmp_path}:/output", "--", "sh", "-c", loop])
    clock = tmp_path / "clock"
    while not clock.exists():
        time.sleep(0.05)
    running.send_signal(how)
    running.wait(timeout=10)
    time.sleep(0.2)
    last = clock.read_text(encoding="utf-8")
    time.sleep(0.3)
    assert clock.read_text(encoding="utf-8") == last


def test_a_second_build_makes_nothing() -> None:
    start = time.monotonic()
    command = [str(PROJECT / ".venv" / "bin" / "python"), str(PROJECT / "scripts" / "rootfs.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 1, "files of the project have changed meanwhile"
    assert time.monotonic() - start < 10
