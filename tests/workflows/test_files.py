"""Every workflow: GitHub takes it, and it gives away no right that it does not need."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from workflow_runs import WORKFLOWS

FILES = sorted(WORKFLOWS.glob("*.yml"))
MODEL = [file for file in FILES if file.name.startswith("model-")]
PROGRAMS = Path(sys.executable).parent


def jobs(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"])


def said(program: str, *arguments: object) -> str:
    done = subprocess.run(
        [str(PROGRAMS / program), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_there_is_one_for_each_occasion() -> None:
    assert [file.stem for file in MODEL] == ["model-merge", "model-pull-request", "model-rollout"]


def test_all_keep_the_schema_that_github_has_published() -> None:
    said("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *FILES)


def test_zizmor_finds_nothing_in_them() -> None:
    said("zizmor", "--offline", "--no-progress", *FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_actions_are_pinned_to_a_commit_with_their_version_beside_it(file: Path) -> None:
    used = re.findall(r"uses: (?!\./)(.+)", file.read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", one) for one in used)


def test_an_action_has_one_version_in_all_of_them() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in FILES)
    versions = set(re.findall(r"uses: (?!\./)(.+)", text))
    assert len({one.partition("@")[0] for one in versions}) == len(versions)


@pytest.mark.parametrize("file", MODEL, ids=lambda file: file.stem)
def test_a_token_that_writes_meets_no_code_of_a_pull_request(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        if "uses" in job:
            continue
        assert job["timeout-minutes"] <= 360
        used = [one["uses"].partition("@")[0] for one in job["steps"] if "uses" in one]
        if job.get("permissions", {}).get("pull-requests") == "write":
            assert used == ["actions/download-artifact"]
