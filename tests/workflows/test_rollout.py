"""model-rollout: by the real kubectl against a stand-in of Kubernetes' API, and a real service."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from kube_cluster import NAMESPACE, TOKEN, KubeCluster
from manifests import MANIFESTS
from served import Served, save_version
from workflow_runs import Job, Runner

pytestmark = pytest.mark.e2e


def cron_version() -> str:
    """Returns the version of batch that the servers of this kubectl's age have CronJobs in."""
    assert shutil.which("kubectl"), "these tests need kubectl: apt-get install kubernetes-client"
    told = subprocess.run(
        ["kubectl", "version", "--client", "--output", "json"], capture_output=True, check=True
    )
    minor = json.loads(told.stdout)["clientVersion"]["minor"].rstrip("+")
    return "v1" if int(minor) > 20 else "v1beta1"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "serving"
    folder.mkdir()
    save_version(folder / "9", small=True)
    save_version(folder / "10", added=1.0, small=True)
    return folder


@pytest.fixture(scope="module")
def served(models: Path) -> Iterator[Served]:
    with Served(models, "--name", "taxi") as service:
        yield service


def carry_out(cluster: KubeCluster, temporary: Path) -> Job:
    runner = Runner(
        "model-rollout", temporary, temporary, {},
        github={"run_id": 12, "run_attempt": 1}, secrets={"KUBECONFIG": cluster.kubeconfig},
    )  # fmt: skip
    return runner.run("rollout")


def test_the_newest_model_is_served_and_answers(
    models: Path, served: Served, temporary: Path
) -> None:
    with KubeCluster(str(models), served.rest, cron_version()) as cluster:
        job = carry_out(cluster, temporary)

    assert (job.failed, job.skipped) == ("", []), job.said
    started = job.said["Start the job that looks for the newest model"].splitlines()
    assert started[:2] == ["job.batch/serve-newest-12-1 created", "taxi starts with model 10"]
    env = cluster.service["spec"]["predictor"]["model"]["env"]
    assert env == [{"name": "MODEL_VERSION", "value": "10"}]
    answer = json.loads(job.said["Ask the new version by its own request"])
    (row,) = answer["predictions"]
    assert row["double"] == 4.0
    assert not any(TOKEN in text for text in job.said.values())
    assert (temporary / "kubeconfig").stat().st_mode & 0o777 == 0o600
    assert_allowed(cluster)


def assert_allowed(cluster: KubeCluster) -> None:
    """Asserts that the account may ask what was asked, and nothing else."""
    file = MANIFESTS / "bucket" / "rollout_account.yaml"
    (role,) = [one for one in yaml.safe_load_all(file.read_text()) if one["kind"] == "Role"]
    used = set()
    for verb, group, resource, name in cluster.asked:
        (rule,) = [
            number
            for number, one in enumerate(role["rules"])
            if group in one["apiGroups"]
            and resource in one["resources"]
            and verb in one["verbs"]
            and name in one.get("resourceNames", [name])
        ]
        used.add((rule, verb))
    granted = {(place, verb) for place, one in enumerate(role["rules"]) for verb in one["verbs"]}
    assert used == granted
    assert cluster.service["metadata"]["namespace"] == NAMESPACE


def test_a_job_that_fails_ends_the_rollout_with_its_log(models: Path, temporary: Path) -> None:
    with KubeCluster(str(models), "http://nowhere", cron_version()) as cluster:
        cluster.fails = True
        job = carry_out(cluster, temporary)

    assert job.failed == "Start the job that looks for the newest model"
    assert "no bucket answers" in job.said[job.failed]
    assert job.skipped == [
        "Wait until the service is ready",
        "Ask the new version by its own request",
    ]
