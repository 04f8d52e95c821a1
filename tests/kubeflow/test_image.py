import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from image_scripts import build_context, dockerfile, rootfs
from script_modules import PROJECT
from zeroskew_kubeflow.environment import Environment

STAGES = dockerfile.parse(rootfs.DOCKERFILE.read_text(encoding="utf-8"), {})
CONFIG = dockerfile.Config()
for _instruction in STAGES[-1].instructions:
    CONFIG = CONFIG.after(_instruction, {"COMMIT": "abc"})


class TestOurs:
    def test_the_user_is_a_number_that_is_not_root(self) -> None:
        assert CONFIG.user == "65532:65532"

    def test_it_starts_in_the_folder_that_environments_expect(self) -> None:
        assert CONFIG.workdir == Environment.model_fields["code"].default
        assert CONFIG.labels["org.opencontainers.image.revision"] == "abc"

    def test_the_last_stage_stands_on_one_without_compiler(self) -> None:
        by_name = {stage.name: stage for stage in STAGES}
        last = STAGES[-1]
        assert (last.base, by_name[last.base].base) == ("runtime", "debian:13-slim")
        text = " ".join(map(str, [*by_name["runtime"].instructions, *last.instructions]))
        assert not re.search(r"g\+\+|-dev|pip|COPY \.", text)

    def test_packages_are_checked_by_their_hashes(self) -> None:
        installs = [
            str(instruction)
            for stage in STAGES
            for instruction in stage.instructions
            if re.search(r"pip (install|sync)", str(instruction))
        ]
        assert len(installs) == 3
        assert all("--require-hashes" in one or "--no-deps" in one for one in installs)

    def test_the_lock_has_the_tested_versions_and_no_tool(self) -> None:
        def versions(name: str) -> set[tuple[str, str]]:
            text = (PROJECT / "requirements" / name).read_text(encoding="utf-8")
            return set(re.findall(r"^([a-z0-9.-]+)==(\S+)", text, re.MULTILINE))

        image = versions("image.txt")
        names = {name for name, _ in image}
        assert image <= versions("tfx-1.21.txt")
        assert {"tfx", "tensorflow", "duckdb", "kfp-pipeline-spec", "setuptools"} <= names
        assert not {"kfp", "libclang", "moto", "mypy", "pip", "pytest", "ruff"} & names

    def test_the_context_has_the_project_and_no_test(self) -> None:
        files = build_context.read_context(PROJECT).files
        tops = {file.split("/")[0] for file in files}
        needed = {
            "LICENSE", "README.md", "data_ingestion", "examples", "kubeflow", "local_runner.py",
            "model", "pipeline", "requirements", "setup.py", "zeroskew",
        }  # fmt: skip
        assert needed <= tops
        assert not {"benchmarks", "docs", "mkdocs.yml", "runs", "scripts", "tests"} & tops
        assert not [file for file in files if file.startswith(".") or "/." in file]
        assert {file for file in files if file.startswith("requirements/")} == {
            "requirements/image.txt", "requirements/uv.txt",
        }  # fmt: skip

    @pytest.mark.parametrize(
        "path",
        [
            ".aws/credentials", ".env", "my_case/.env", "my_case/key.pem", "deploy.key",
            "my_case/gcp-credentials.json", "a/service-account.json", ".git/config", ".netrc",
        ],
    )  # fmt: skip
    def test_no_secret_gets_in(self, path: str) -> None:
        rules = build_context.read_rules((PROJECT / ".dockerignore").read_text(encoding="utf-8"))
        assert build_context.is_ignored(path, rules)

    def test_use_cases_get_in(self) -> None:
        rules = build_context.read_rules((PROJECT / ".dockerignore").read_text(encoding="utf-8"))
        for path in (
            "my_case/settings.yaml",
            "my_case/features.py",
            "my_case/schema.pbtxt",
            "my_case/encoder/README.md",
        ):
            assert not build_context.is_ignored(path, rules)


class TestMakeImage:
    """scripts/image, with programs that answer as Docker does."""

    def run(self, tmp_path: Path, docker: str | None, *arguments: str) -> Any:
        tools = tmp_path / "bin"
        tools.mkdir()
        for name in ("bash", "basename", "dirname", "git", "grep", "tail"):
            (tools / name).symlink_to(str(shutil.which(name)))
        if docker is not None:
            (tools / "docker").write_text(f"#!/bin/bash\n{docker}\n", encoding="utf-8")
            (tools / "docker").chmod(0o755)
        return subprocess.run(
            [str(PROJECT / "scripts" / "image"), *arguments],
            env={
                "PATH": str(tools),
                "CALLS": str(tmp_path / "calls"),
                "GITHUB_OUTPUT": str(tmp_path / "output"),
            },
            capture_output=True, text=True, timeout=20,
        )  # fmt: skip

    WORKING = """
        echo "$*" >> "$CALLS"
        case "$*" in
          *Size*) echo 2979000000 ;;
          *RepoDigests*) echo registry.example.com/zeroskew@sha256:12ab ;;
        esac
        """

    def test_without_docker_it_says_what_else_there_is(self, tmp_path: Path) -> None:
        done = self.run(tmp_path, None)
        assert done.returncode == 1
        assert "neither is on PATH" in done.stderr
        assert "make test-image" in done.stderr

    def test_a_daemon_that_does_not_run_is_named(self, tmp_path: Path) -> None:
        done = self.run(tmp_path, "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
        assert done.returncode == 1
        assert "received: Cannot connect to the Docker daemon" in done.stderr

    def test_a_local_name_is_built_and_not_pushed(self, tmp_path: Path) -> None:
        done = self.run(tmp_path, self.WORKING)
        calls = (tmp_path / "calls").read_text(encoding="utf-8")
        assert done.returncode == 0, done.stderr
        assert re.search(
            r"^build --file kubeflow/image/Dockerfile --build-arg COMMIT=\S+ --tag \S+:dev [.]$",
            calls, re.MULTILINE,
        )  # fmt: skip
        assert "push" not in calls
        assert "2979 MB" in done.stdout
        assert "image: zeroskew:dev in kubeflow/environments/dev.yaml" in done.stdout

    def test_a_registry_s_name_is_pushed_and_its_digest_printed(self, tmp_path: Path) -> None:
        done = self.run(tmp_path, self.WORKING, "registry.example.com/zeroskew:1")
        calls = (tmp_path / "calls").read_text(encoding="utf-8")
        assert "push registry.example.com/zeroskew:1" in calls
        assert "image: registry.example.com/zeroskew@sha256:12ab" in done.stdout
        said = (tmp_path / "output").read_text(encoding="utf-8")
        assert said == "image=registry.example.com/zeroskew@sha256:12ab\n"
