from pathlib import Path

import pytest
from zeroskew_kubeflow.environment import load_environment

from pipeline.settings_sources import merge
from zeroskew.errors import SettingsError

ENVIRONMENTS = Path(__file__).parents[2] / "kubeflow" / "environments"
DIGEST = "zeroskew@sha256:" + "0" * 64
MINIMAL = {"image": DIGEST, "pipeline_root": "s3://ml/root", "output": "s3://ml/output"}


def load(tmp_path, overrides=None, text=""):
    file = tmp_path / "test.yaml"
    file.write_text(text)
    return load_environment(str(file), {**MINIMAL, **(overrides or {})})


def refusal(tmp_path, **overrides):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, overrides)
    return str(caught.value)


@pytest.mark.parametrize("name", ["dev", "prod", "vertex"])
def test_the_environments_of_the_project_can_be_read(name):
    environment = load_environment(name, folder=ENVIRONMENTS)
    assert environment.target == ("vertex" if name == "vertex" else "kubeflow")
    assert environment.step("Transform").memory == "8Gi"
    assert environment.step("DataGate").memory == "2Gi"
    assert environment.step("DataGate").retries == 2


def test_a_name_that_is_no_file_is_named_with_the_nearest():
    with pytest.raises(SettingsError) as caught:
        load_environment("prd", folder=ENVIRONMENTS)
    assert str(caught.value) == (
        "an environment must have its file\n"
        "  allowed:  base, dev, prod, vertex\n"
        f"  received: {ENVIRONMENTS}/prd.yaml (no such file)\n"
        "  do:       did you mean 'prod'?"
    )


def test_a_file_extends_another_section_by_section(tmp_path):
    (tmp_path / "base.yaml").write_text("steps: {Trainer: {cpu: 2, memory: 8Gi}}\ncache: false\n")
    environment = load(tmp_path, text="extends: base.yaml\nsteps: {Trainer: {cpu: 8}}\n")
    assert environment.step("Trainer").cpu == 8
    assert environment.step("Trainer").memory == "8Gi"
    assert environment.cache is False


def test_files_that_extend_each_other_are_refused(tmp_path):
    (tmp_path / "base.yaml").write_text("extends: test.yaml\n")
    with pytest.raises(SettingsError, match="environments must not extend each other"):
        load(tmp_path, text="extends: base.yaml\n")


def test_the_environment_stands_above_the_file_and_below_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setenv("ZEROSKEW_KUBEFLOW_SERVER__NAMESPACE", "from-the-environment")
    text = "server: {namespace: from-the-file, experiment: taxi}\n"
    environment = load(tmp_path, text=text)
    assert environment.server.namespace == "from-the-environment"
    assert environment.server.experiment == "taxi"
    given = {"server": {"namespace": "from-the-command-line"}}
    assert load(tmp_path, given, text).server.namespace == "from-the-command-line"


def test_an_unknown_variable_and_an_unknown_key_are_named(tmp_path, monkeypatch):
    assert "did you mean 'image'?" in refusal(tmp_path, imag="x")
    monkeypatch.setenv("ZEROSKEW_KUBEFLOW_IMAG", "x")
    assert "did you mean 'ZEROSKEW_KUBEFLOW_IMAGE'?" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"image": "zeroskew:dev"}, "pin it by its digest (name@sha256:...), or set cache: false"),
        ({"pipeline_root": "/data"}, "must start with gs://, minio://, s3://: pods share no disk"),
        ({"output": "runs/taxi"}, "must be a mounted folder, or start with gs://, minio://, s3://"),
        ({"output": "/output/taxi"}, "output lies on no volume, so it would be lost with the pod"),
        ({"env": {"DB_PASSWORD": "x"}}, "DB_PASSWORD looks like a secret; name its Secret under"),
        ({"env": {"NAMESPACE": "ml"}}, "NAMESPACE: the server sets these itself"),
        ({"env": {"URL": "db://me:pw@host/"}}, "URL looks like a secret; name its Secret under"),
        (
            {"schedule": {"cron": "0 3 * * *"}},
            "setting 'schedule.cron': needs six fields, from seconds to weekday, such as "
            "'0 30 4 * * 1'; crontab(5) has five: put a 0 before them",
        ),
        ({"target": "vertex"}, "Vertex AI knows gs:// alone, in pipeline_root and output"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path, overrides, message):
    assert message in refusal(tmp_path, **overrides)


def test_vertex_has_no_kubernetes_of_yours(tmp_path):
    message = refusal(
        tmp_path,
        target="vertex",
        pipeline_root="gs://ml/root",
        output="gs://ml/output",
        volumes=[{"claim": "output", "path": "/output"}],
        node_selector={"pool": "ml"},
    )
    assert "Vertex AI has no volumes, node_selector: it runs no Kubernetes of yours" in message


def test_a_mounted_output_needs_its_volume(tmp_path):
    volumes = [{"claim": "zeroskew-output", "path": "/output"}]
    environment = load(tmp_path, {"output": "/output/taxi", "volumes": volumes})
    assert environment.output == "/output/taxi"


def test_merging_replaces_lists_and_merges_sections():
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    assert merge(base, {"a": {"c": [3]}, "e": 2}) == {"a": {"b": 1, "c": [3]}, "d": 1, "e": 2}
    assert base == {"a": {"b": 1, "c": [1, 2]}, "d": 1}
