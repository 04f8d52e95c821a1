"""Where a bucket's files lie on the disk of a step, there and back."""

import pytest
from zeroskew_kubeflow.step.local_paths import LocalPaths


@pytest.mark.parametrize(
    ("uri", "local"),
    [
        ("minio://b/k", "/minio/b/k"),
        ("s3://b/k", "/s3/b/k"),
        ("gs://b/k", "/gcs/b/k"),
        ("/output/taxi", "/output/taxi"),
        ("postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_a_uri_has_its_local_path_and_back(uri, local):
    assert LocalPaths().local(uri) == local
    assert LocalPaths().uri(local) == uri


def test_gs_passes_through_for_workers_elsewhere():
    paths = LocalPaths(keep_gs=True)
    assert paths.local("gs://b/k") == "gs://b/k"
    assert paths.local("s3://b/k") == "/s3/b/k"


def test_paths_inside_of_metadata_are_found():
    value = {"a": ["/minio/b/k", 1.0, {"c": "text /minio/b"}], "d": None}
    assert LocalPaths().without_local(value) == {
        "a": ["minio://b/k", 1.0, {"c": "text /minio/b"}],
        "d": None,
    }
