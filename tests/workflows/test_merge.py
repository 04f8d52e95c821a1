"""model-merge: image, upload and run by the workflow's own steps.

The API server is the stand-in of tests/kubeflow; `docker` is a program that answers as Docker does,
so no image is built: `make test-image` does that.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from api_server import ApiServer
from checkouts import commit, git, lay_environment
from fake_programs import executable
from workflow_runs import Runner

pytestmark = pytest.mark.e2e

IMAGE = f"ghcr.io/team/trips@sha256:{'12ab' * 16}"
TOKEN = "a-token-that-no-log-may-show"


def test_a_merge_builds_uploads_and_runs_what_it_was(checkout: Path, temporary: Path) -> None:
    commit_of_main = git(checkout, "rev-parse", "HEAD").strip()
    executable(
        temporary / "bin" / "docker",
        f'echo "$*" >> {temporary / "asked"}',
        'case "$*" in',
        f"  login*) cat > {temporary / 'password'} ;;",
        "  *Size*) echo 2979000000 ;;",
        f"  *RepoDigests*) echo {IMAGE} ;;",
        "esac",
    )
    with ApiServer(token=TOKEN) as server:
        prod = checkout / "kubeflow" / "environments" / "prod.yaml"
        values = yaml.safe_load(prod.read_text(encoding="utf-8"))
        values["server"]["host"] = server.host
        prod.write_text(yaml.safe_dump(values), encoding="utf-8")
        commit(checkout, "our server")
        lay_environment(checkout)
        contexts: dict[str, Any] = {
            "github": {"actor": "octocat", "ref": "refs/heads/main", "repository": "Team/trips",
                       "sha": commit_of_main, "token": "a-password"},
            "secrets": {"KFP_TOKEN": TOKEN},
            "vars": {"MODEL_DELIVERY": "on"},
        }  # fmt: skip
        runner = Runner(
            "model-merge", checkout, temporary, {"checkout": lambda inputs: None},
            temporary / "bin", env={"POLL": "0.1"}, **contexts,
        )  # fmt: skip
        jobs = {name: runner.run(name) for name in ("image", "upload", "run")}

    assert {name: (job.failed, job.skipped) for name, job in jobs.items()} == dict.fromkeys(
        jobs, ("", [])
    ), jobs
    assert jobs["image"].outputs == {"image": IMAGE}
    asked = (temporary / "asked").read_text(encoding="utf-8")
    assert "login ghcr.io --username octocat --password-stdin\n" in asked
    assert f"push ghcr.io/team/trips:{commit_of_main}\n" in asked
    assert (temporary / "password").read_text(encoding="utf-8") == "a-password\n"
    # What is run is the version that was uploaded, and its steps have the image of this commit.
    ((version_id, version),) = server.service.versions.items()
    commit_now = git(checkout, "rev-parse", "--short=12", "HEAD").strip()
    assert version.display_name.startswith(f"{commit_now}-prod-")
    executors = version.pipeline_spec["pipeline_spec"]["deploymentSpec"]["executors"].values()
    assert {one["container"]["image"] for one in executors} == {IMAGE}
    (body,) = server.bodies("POST", "/runs")
    assert body["pipeline_version_reference"]["pipeline_version_id"] == version_id
    assert "succeeded after " in jobs["run"].said["Run it, and wait for its end"]
    assert not any(TOKEN in text for job in jobs.values() for text in job.said.values())


@pytest.mark.parametrize(
    ("told", "ref"), [({}, "refs/heads/main"), ({"MODEL_DELIVERY": "on"}, "refs/heads/mine")]
)
def test_nothing_is_delivered_unless_it_is_told_to_and_of_main(
    checkout: Path, temporary: Path, told: dict[str, str], ref: str
) -> None:
    runner = Runner("model-merge", checkout, temporary, {}, vars=told, github={"ref": ref})
    assert runner.run("image").skipped == ["image"]
