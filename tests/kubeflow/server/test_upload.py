"""Upload: a pipeline and its versions."""

import json
from pathlib import Path

import pytest
import yaml
from api_server import ApiServer, Fault, Service
from client_cases import client_of, upload, write_package
from zeroskew_kubeflow.server.client import Uploaded
from zeroskew_kubeflow.server.client_errors import ServerUnavailableError

from zeroskew.errors import SettingsError


def test_an_upload_makes_the_pipeline_and_a_version_that_is_named_as_asked(
    server: ApiServer, package: Path
) -> None:
    uploaded = upload(client_of(server), package)

    (pipeline,) = server.service.pipelines.values()
    (version,) = server.service.versions.values()
    assert (pipeline.display_name, version.display_name) == ("taxi", "1f3e5a7")
    documents = list(yaml.safe_load_all(package.read_text()))
    assert [version.pipeline_spec[key] for key in ("pipeline_spec", "platform_spec")] == documents
    page = f"pipelines/details/{pipeline.pipeline_id}/version/{version.pipeline_version_id}"
    assert uploaded == Uploaded(
        pipeline.pipeline_id, version.pipeline_version_id, f"{server.host}/#/{page}", created=True
    )


def test_a_second_version_joins_the_same_pipeline(server: ApiServer, package: Path) -> None:
    client = client_of(server)
    first = client.upload(package, "taxi", "1f3e5a7")
    second = client.upload(package, "taxi", "22bb00c")

    assert second.pipeline_id == first.pipeline_id
    assert second.version_id != first.version_id
    assert [one.display_name for one in server.service.versions.values()] == ["1f3e5a7", "22bb00c"]


def test_the_same_version_again_is_found(server: ApiServer, package: Path) -> None:
    first = upload(client_of(server), package)
    again = upload(client_of(server), package)

    assert again == Uploaded(first.pipeline_id, first.version_id, first.url, created=False)
    assert len(server.service.versions) == 1


def test_a_version_that_the_server_has_written_in_other_words_is_the_same(
    server: ApiServer, package: Path
) -> None:
    client = client_of(server)
    upload(client, package)
    (version,) = server.service.versions.values()
    tasks = version.pipeline_spec["pipeline_spec"]["root"]["dag"]["tasks"]
    del tasks["Transform"]["dependentTasks"]

    assert upload(client, package).created is False


def test_another_pipeline_under_the_same_version_is_refused(
    server: ApiServer, package: Path
) -> None:
    upload(client_of(server), package)
    write_package(package.parent, image="python:3.14")

    with pytest.raises(SettingsError) as caught:
        upload(client_of(server), package)

    assert str(caught.value) == (
        "a version cannot be changed once it is on the server\n"
        "  received: another pipeline than the server's version '1f3e5a7'\n"
        "  do:       commit the change, so that it gets a version of its own"
    )


def test_an_upload_that_was_killed_after_the_pipeline_was_made_is_simply_repeated(
    server: ApiServer, package: Path
) -> None:
    server.faults.append(Fault(503, path="upload_version"))
    with pytest.raises(ServerUnavailableError):
        upload(client_of(server), package)
    assert (len(server.service.pipelines), len(server.service.versions)) == (1, 0)

    assert upload(client_of(server), package).created is True
    assert (len(server.service.pipelines), len(server.service.versions)) == (1, 1)


def test_a_version_that_somebody_else_makes_at_the_same_moment_is_found(
    server: ApiServer, package: Path
) -> None:
    conflict = json.dumps({"error_message": "Failed to create a pipeline version"})
    server.faults.append(Fault(409, conflict, path="upload_version", after=True))

    assert upload(client_of(server), package).created is False
    assert len(server.service.versions) == 1


def test_a_package_that_the_server_refuses_is_refused_in_its_words(
    server: ApiServer, package: Path
) -> None:
    package.write_text(package.read_text().replace("2.1.0", "2.0.0"))

    with pytest.raises(SettingsError) as caught:
        upload(client_of(server), package)

    assert str(caught.value) == (
        "the API server refuses the request\n"
        "  received: 400: Invalid input error: unknown template format"
    )


def test_requests_name_the_namespace_where_the_server_has_several(package: Path) -> None:
    with ApiServer(Service(multi_user=True)) as server:
        client = client_of(server, namespace="ml")
        client.run(upload(client, package), package, "a run")

        (pipeline,) = server.service.pipelines.values()
        (experiment,) = server.service.experiments.values()
        assert (pipeline.namespace, experiment.namespace) == ("ml", "ml")


def test_a_name_that_another_namespace_has_taken_is_refused(package: Path) -> None:
    with ApiServer(Service(multi_user=True)) as server:
        server.service.foreign_names.add("taxi")

        with pytest.raises(SettingsError) as caught:
            upload(client_of(server, namespace="ml"), package)

    assert str(caught.value) == (
        "a name can be taken once, in all namespaces together on some servers\n"
        "  received: 409: Failed to create a new pipeline. The name taxi already exists. Please"
        " specify a new name\n"
        "  do:       choose another `name` in the settings"
    )
