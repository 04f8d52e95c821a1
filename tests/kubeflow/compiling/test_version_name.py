"""Names of versions, from real repositories."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from zeroskew_kubeflow.compiling.package import Package
from zeroskew_kubeflow.compiling.version_name import version_name

PACKAGE = Package({"root": {}, "pipelineInfo": {"name": "taxi"}}, {}, "s3://ml")


def git(folder: Path, *arguments: str) -> str:
    identity = {
        f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **identity},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "features.py").write_text("one")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message=first")
    return tmp_path


def test_the_name_holds_commit_environment_and_digest(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")[:12]
    assert re.fullmatch(f"{commit}-prod-[0-9a-f]{{8}}", version_name(PACKAGE, "prod", repository))


def test_a_tag_does_not_hide_the_commit(repository: Path) -> None:
    git(repository, "tag", "--annotate", "v1", "--message=v1")
    commit = git(repository, "rev-parse", "HEAD")[:12]
    assert version_name(PACKAGE, "prod", repository).startswith(f"{commit}-prod-")


def test_a_file_that_was_changed_since_shows(repository: Path) -> None:
    (repository / "features.py").write_text("two")
    assert re.fullmatch(
        "[0-9a-f]{12}-dirty-prod-[0-9a-f]{8}", version_name(PACKAGE, "prod", repository)
    )


def test_a_folder_without_git_has_versions_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert version_name(PACKAGE, "prod", tmp_path).startswith("uncommitted-prod-")


def test_the_same_pipeline_has_the_same_name_and_another_one_another(repository: Path) -> None:
    other = Package({**PACKAGE.spec, "sdkVersion": "tfx-2"}, {}, "s3://ml")
    names = [version_name(one, "prod", repository) for one in (PACKAGE, PACKAGE, other)]
    assert names[0] == names[1] != names[2]
