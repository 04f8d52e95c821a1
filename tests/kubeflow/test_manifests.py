import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from manifests import MANIFESTS, Object, containers, pod_of, problems, render
from zeroskew_kubeflow.environment import Environment, load_environment

PROJECT = MANIFESTS.parents[1]
SERVER = "/usr/bin/tensorflow_model_server"


def environment(name: str) -> Environment:
    return load_environment(name, folder=PROJECT / "kubeflow" / "environments")


@pytest.fixture
def dev() -> list[Object]:
    return render(MANIFESTS / "overlays" / "dev")


@pytest.fixture
def prod() -> list[Object]:
    return render(MANIFESTS / "overlays" / "prod")


def only(objects: list[Object], kind: str, name: str | None = None) -> Any:
    (found,) = [
        one
        for one in objects
        if one["kind"] == kind and (name is None or one["metadata"]["name"] == name)
    ]
    return found


def argument(container: Object, name: str) -> str:
    (found,) = [one for one in container["args"] if one.startswith(f"--{name}=")]
    return str(found.partition("=")[2])


class TestEveryObject:
    @pytest.mark.parametrize("overlay", ["dev", "prod"])
    def test_is_one_that_kubernetes_takes(self, overlay: str) -> None:
        objects = render(MANIFESTS / "overlays" / overlay)
        assert [one for item in objects for one in problems(item)] == []
        names = [(one["kind"], one["metadata"]["name"]) for one in objects]
        assert len(set(names)) == len(names) >= 4
        assert not any(one["kind"] == "Secret" for one in objects)

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"replica": 1}, "Deployment.spec.replica is unknown"),
            ({"replicas": "1"}, "Deployment.spec.replicas must be int: '1'"),
            ({"replicas": True}, "Deployment.spec.replicas must be int: True"),
            ({"selector": []}, "Deployment.spec.selector must be a mapping: []"),
        ],
    )
    def test_is_checked_for_real(self, dev: list[Object], change: Object, problem: str) -> None:
        deployment = only(dev, "Deployment")
        deployment["spec"].update(change)
        assert list(problems(deployment)) == [problem]
        del deployment["spec"]["template"]
        assert any("`template`" in one for one in problems(deployment))

    def test_stands_in_a_kustomization(self) -> None:
        listed: set[Path] = set()
        for file in MANIFESTS.rglob("kustomization.yaml"):
            kustomization = yaml.safe_load(file.read_text(encoding="utf-8"))
            generated = kustomization.get("configMapGenerator", ())
            names = [*kustomization["resources"], *(one for g in generated for one in g["files"])]
            listed |= {(file.parent / name).resolve() for name in names}
        assert all(path.exists() for path in listed)
        files = {one for one in MANIFESTS.rglob("*") if one.suffix in {".yaml", ".py"}}
        assert {one for one in files if one.name != "kustomization.yaml"} <= listed
        folders = {one.parent for one in files if one.name == "kustomization.yaml"}
        overlays = {one for one in folders if one.parent.name == "overlays"}
        assert folders - overlays <= listed

    @pytest.mark.parametrize("overlay", ["dev", "prod"])
    def test_runs_locked_down(self, overlay: str) -> None:
        for one in render(MANIFESTS / "overlays" / overlay):
            for container in containers(one):
                rights = {**pod_of(one).get("securityContext", {}), **container["securityContext"]}
                assert rights["runAsNonRoot"] is True
                assert rights["allowPrivilegeEscalation"] is False
                assert rights["capabilities"] == {"drop": ["ALL"]}
                assert {"requests", "limits"} <= container["resources"].keys()
                assert not container["image"].endswith(":latest")

    def test_is_served_by_the_serving_of_our_lock(
        self, dev: list[Object], prod: list[Object]
    ) -> None:
        lock = (PROJECT / "requirements" / "tfx-1.21.txt").read_text(encoding="utf-8")
        version = re.search(r"^tensorflow-serving-api==(\S+)", lock, re.MULTILINE)
        assert version is not None
        images = {
            c["image"] for one in [*dev, *prod] for c in containers(one) if SERVER in c["command"]
        }
        assert images == {f"tensorflow/serving:{version[1]}"}


class TestDev:
    """A volume that the steps share, and TensorFlow Serving on it."""

    def test_has_the_claim_that_the_steps_mount(self, dev: list[Object]) -> None:
        (volume,) = environment("dev").volumes
        claim = only(dev, "PersistentVolumeClaim")
        assert claim["metadata"]["name"] == volume.claim
        assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
        shared = only(render(MANIFESTS / "volume"), "PersistentVolumeClaim")
        assert shared["spec"]["accessModes"] == ["ReadWriteMany"]

    def test_lies_in_the_namespace_of_the_runs(self, dev: list[Object]) -> None:
        assert {one["metadata"]["namespace"] for one in dev} == {
            environment("dev").server.namespace
        }

    def test_writes_below_the_root_that_servers_allow_by_themselves(self) -> None:
        assert environment("dev").pipeline_root.startswith("minio://mlpipeline/v2/artifacts/")

    def test_serves_what_the_pipeline_pushes(self, dev: list[Object]) -> None:
        (volume,) = environment("dev").volumes
        pod = pod_of(only(dev, "Deployment"))
        (server,) = pod["containers"]
        serving = f"{environment('dev').output}/serving"
        assert argument(server, "model_base_path") == serving
        mounts = {one["name"]: one for one in server["volumeMounts"]}
        assert mounts["output"] == {"name": "output", "mountPath": volume.path, "readOnly": True}
        assert {
            "name": "output",
            "persistentVolumeClaim": {"claimName": volume.claim},
        } in pod["volumes"]
        assert 0 < int(argument(server, "file_system_poll_wait_seconds")) <= 60

    def test_opens_the_volume_to_the_user_of_the_image(self, dev: list[Object]) -> None:
        text = (PROJECT / "kubeflow" / "image" / "Dockerfile").read_text(encoding="utf-8")
        user = re.search(r"^USER (\d+):(\d+)$", text, re.MULTILINE)
        assert user is not None
        rights = pod_of(only(dev, "Deployment"))["securityContext"]
        assert (rights["runAsUser"], rights["fsGroup"]) == (int(user[1]), int(user[2]))

    def test_probes_and_service_ask_the_ports_there_are(self, dev: list[Object]) -> None:
        deployment = only(dev, "Deployment")
        (server,) = pod_of(deployment)["containers"]
        ports = {one["name"]: one["containerPort"] for one in server["ports"]}
        assert ports == {
            "grpc": int(argument(server, "port")), "http": int(argument(server, "rest_api_port")),
        }  # fmt: skip
        for name in ("startupProbe", "readinessProbe"):
            assert server[name]["httpGet"] == {
                "path": f"/v1/models/{argument(server, 'model_name')}", "port": "http",
            }  # fmt: skip
        service, policy = only(dev, "Service"), only(dev, "NetworkPolicy")
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert (
            service["spec"]["selector"] == labels == deployment["spec"]["selector"]["matchLabels"]
        )
        assert policy["spec"]["podSelector"]["matchLabels"] == labels
        assert {one["targetPort"] for one in service["spec"]["ports"]} == set(ports)
        (rule,) = policy["spec"]["ingress"]
        assert {one["port"] for one in rule["ports"]} == set(ports.values())

    def test_waits_until_there_is_a_model(self, dev: list[Object], tmp_path: Path) -> None:
        (first,) = pod_of(only(dev, "Deployment"))["initContainers"]
        script = first["args"][0].replace("/output", str(tmp_path)).replace("sleep 10", "sleep 0.1")
        waiting = subprocess.Popen([*first["command"], script], stdout=subprocess.PIPE, text=True)
        assert waiting.stdout is not None
        assert "no model has been pushed" in waiting.stdout.readline()
        version = tmp_path / "taxi" / "serving" / "1795455516"
        (tmp_path / "taxi" / "serving" / "1795455516.partial").mkdir()
        time.sleep(0.2)
        assert waiting.poll() is None
        version.mkdir()
        (version / "saved_model.pb").touch()
        waiting.communicate(timeout=10)
        assert waiting.returncode == 0


class TestProd:
    """A bucket, and KServe on it."""

    def test_lies_in_the_namespace_of_the_runs(self, prod: list[Object]) -> None:
        namespace = environment("prod").server.namespace
        assert {one["metadata"]["namespace"] for one in prod} == {namespace}

    def test_serves_what_the_pipeline_pushes(self, prod: list[Object]) -> None:
        predictor = only(prod, "InferenceService")["spec"]["predictor"]
        assert predictor["model"]["storageUri"] == f"{environment('prod').output}/serving"
        runtime = only(prod, "ServingRuntime")
        assert predictor["model"]["runtime"] == runtime["metadata"]["name"]
        formats = {one["name"] for one in runtime["spec"]["supportedModelFormats"]}
        assert predictor["model"]["modelFormat"]["name"] in formats

    def test_tells_the_launcher_root_and_secret_of_the_environment(
        self, prod: list[Object]
    ) -> None:
        launcher = only(prod, "ConfigMap", "kfp-launcher")["data"]
        assert launcher["defaultPipelineRoot"] == environment("prod").pipeline_root
        store = yaml.safe_load(launcher["providers"])["s3"]["default"]
        keys = {one.variable: one for one in environment("prod").secrets}
        assert store["region"] == environment("prod").env["AWS_REGION"]
        assert store["credentials"] == {
            "fromEnv": False,
            "secretRef": {
                "secretName": keys["AWS_ACCESS_KEY_ID"].secret,
                "accessKeyKey": keys["AWS_ACCESS_KEY_ID"].key,
                "secretKeyKey": keys["AWS_SECRET_ACCESS_KEY"].key,
            },
        }
        assert store.keys() == {"credentials", "disableSSL", "endpoint", "region"}

    def test_has_the_accounts_that_are_named(self, prod: list[Object]) -> None:
        accounts = {one["metadata"]["name"] for one in prod if one["kind"] == "ServiceAccount"}
        roles = {one["metadata"]["name"] for one in prod if one["kind"] == "Role"}
        bindings = [one for one in prod if one["kind"] == "RoleBinding"]
        assert {one["roleRef"]["name"] for one in bindings} == roles
        who = {subject["name"] for one in bindings for subject in one["subjects"]}
        # Kubeflow itself makes the account of a profile's notebooks.
        assert who - {"default-editor"} <= accounts
        predictor = only(prod, "InferenceService")["spec"]["predictor"]
        job = pod_of(only(prod, "CronJob"))
        named = {
            environment("prod").server.service_account,
            predictor["serviceAccountName"],
            job["serviceAccountName"],
        }
        # CI is no pod.
        assert named | {"rollout"} == accounts

    def test_lets_the_steps_read_their_secret(self, prod: list[Object]) -> None:
        rules = {one["resources"][0]: one for one in only(prod, "Role", "zeroskew")["rules"]}
        used = {one.secret for one in environment("prod").secrets}
        assert used <= set(rules["secrets"]["resourceNames"])
        assert (
            only(prod, "ConfigMap", "kfp-launcher")["metadata"]["name"]
            in (rules["configmaps"]["resourceNames"])
        )

    def test_lets_driver_and_launcher_tell_of_tasks_without_ml_metadata(
        self, prod: list[Object]
    ) -> None:
        rules = only(prod, "Role", "zeroskew")["rules"]
        granted = {
            one["resources"][0]: set(one["verbs"])
            for one in rules
            if one["apiGroups"] == ["pipelines.kubeflow.org"]
        }
        assert granted == {
            "runs": {"get", "list", "update"},
            "artifacts": {"get", "list", "create"},
        }

    def test_lets_those_who_start_runs_use_the_account(self, prod: list[Object]) -> None:
        (rule,) = only(prod, "Role", "zeroskew-run-as")["rules"]
        assert rule == {
            "apiGroups": [""],
            "resources": ["serviceaccounts"],
            "resourceNames": [environment("prod").server.service_account],
            "verbs": ["use"],
        }
        subjects = only(prod, "RoleBinding", "zeroskew-run-as")["subjects"]
        assert [one["name"] for one in subjects] == ["default-editor", "zeroskew"]

    def test_reads_models_with_keys_of_their_own(self, prod: list[Object]) -> None:
        account = only(prod, "ServiceAccount", "zeroskew-serving")
        (container,) = containers(only(prod, "CronJob"))
        references = [
            one["valueFrom"]["secretKeyRef"] for one in container["env"] if "valueFrom" in one
        ]
        assert {one["name"] for one in references} == {account["secrets"][0]["name"]}
        assert {one["key"] for one in references} == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
        region = [one for one in container["env"] if one["name"] == "AWS_REGION"]
        assert region[0]["value"] == environment("prod").env["AWS_REGION"]

    def test_explains_each_secret_that_it_needs(self, prod: list[Object]) -> None:
        text = (MANIFESTS / "bucket" / "kustomization.yaml").read_text(encoding="utf-8")
        created = set(re.findall(r"create secret (?:generic|docker-registry) (\S+)", text))
        pulled = {one["name"] for one in pod_of(only(prod, "CronJob"))["imagePullSecrets"]}
        assert pulled == set(environment("prod").image_pull_secrets)
        assert created == {
            "bucket-read",
            *pulled,
            *(one.secret for one in environment("prod").secrets),
        }

    def test_runs_the_image_of_the_environment(self, prod: list[Object]) -> None:
        (container,) = containers(only(prod, "CronJob"))
        assert container["image"] == environment("prod").image
        assert container["command"] == ["python", "/script/serve_newest.py"]
        mounted = pod_of(only(prod, "CronJob"))["volumes"][0]["configMap"]["name"]
        assert "serve_newest.py" in only(prod, "ConfigMap", mounted)["data"]
