import pytest

from zeroskew import buckets
from zeroskew.errors import WorkspaceError
from zeroskew.files import list_folder, open_to_read, open_to_write, remove_folder


def test_a_folder_goes_there_and_back(bucket, tmp_path):
    source = tmp_path / "source"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "one.txt").write_text("1")
    (source / "deep" / "er" / "two.bin").write_bytes(b"\0" * 3_000_000)
    buckets.upload(source, f"{bucket}/a/b", last="one.txt")
    assert buckets.files_below(f"{bucket}/a/b") == ["deep/er/two.bin", "one.txt"]
    assert buckets.download(f"{bucket}/a/b", tmp_path / "target") == 2
    assert (tmp_path / "target" / "deep" / "er" / "two.bin").stat().st_size == 3_000_000
    assert (tmp_path / "target" / "one.txt").read_text() == "1"


def test_a_folder_whose_name_starts_alike_is_another_folder(bucket):
    buckets.write(f"{bucket}/model/a", b"1")
    buckets.write(f"{bucket}/model_run/b", b"2")
    assert buckets.files_below(f"{bucket}/model") == ["a"]
    assert buckets.list_names(f"{bucket}/model") == ["a"]


def test_what_is_not_there_is_empty(bucket):
    assert buckets.list_names(f"{bucket}/nothing") == []
    assert buckets.files_below(f"{bucket}/nothing") == []
    assert not buckets.exists(f"{bucket}/nothing/file")


def test_files_of_a_run_may_lie_in_a_bucket(bucket):
    with open_to_write(f"{bucket}/data_report.json") as stream:
        stream.write(b"{}")
    with open_to_read(f"{bucket}/data_report.json") as stream:
        assert stream.read() == b"{}"
    assert list_folder(bucket) == [f"{bucket}/data_report.json"]
    remove_folder(f"{bucket}")
    assert list_folder(bucket) == []


def test_minio_is_s3_at_an_address_that_the_environment_names(bucket, monkeypatch):
    buckets.write(f"{bucket}/file", b"1")
    assert buckets.read(f"minio://{bucket.removeprefix('s3://')}/file") == b"1"
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with pytest.raises(WorkspaceError) as caught:
        buckets.read("minio://bucket/file")
    assert str(caught.value) == (
        "a minio:// bucket needs the address of its server\n"
        "  allowed:  AWS_ENDPOINT_URL=http://minio-service.kubeflow:9000\n"
        "  received: no AWS_ENDPOINT_URL\n"
        "  do:       set it, in an environment's `env` for steps that run on Kubeflow"
    )
