import json
import os
from pathlib import Path
from typing import Any

import pytest
from image_scripts import build_context, container, dockerfile, rootfs, run_in_image, write

from zeroskew.errors import SettingsError, WorkspaceError

ME = f"{os.getuid()}:{os.getgid()}"


class TestBuilder:
    TEXT = f"""
        FROM debian:13-slim AS one
        COPY --chown={ME} . /app
        FROM one AS two
        WORKDIR /work
        COPY --from=one --chown={ME} /app/a.txt /b/
        COPY --chown={ME} a.txt /renamed
        ENV A=1
        """

    @pytest.fixture
    def context(self, tmp_path: Path) -> Path:
        write(tmp_path / "image" / "base-trixie", etc__base="debian")
        folder = write(tmp_path / "context", a="first", b__c="second")
        (folder / ".dockerignore").write_text(".dockerignore\nsecret.txt\n", encoding="utf-8")
        return folder

    def build(self, context: Path, text: str = TEXT) -> Any:
        folder = context.parent / "image"
        builder = rootfs.Builder(folder, build_context.read_context(context), {})
        roots = [builder.build(stage) for stage in dockerfile.parse(text, {})]
        return roots[-1], builder

    def test_copies_from_the_context_and_from_a_stage(self, context: Path) -> None:
        root, builder = self.build(write(context, secret="password"))
        files = {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}
        assert files == {"etc/base.txt", "app/a.txt", "app/b/c.txt", "b/a.txt", "renamed"}
        assert (root / "b/a.txt").read_text() == "first"
        assert (root / "work").is_dir()
        assert builder.configs["two"].env["A"] == "1"
        assert builder.configs["two"].workdir == "/work"

    def test_a_second_build_makes_nothing(self, context: Path, capsys: Any) -> None:
        root, _ = self.build(context)
        capsys.readouterr()
        write(context, secret="is not copied")
        again, _ = self.build(context)
        assert again == root
        assert capsys.readouterr().out == ""

    def test_what_changes_no_file_builds_nothing(self, context: Path, capsys: Any) -> None:
        root, _ = self.build(context)
        capsys.readouterr()
        again, builder = self.build(context, self.TEXT.replace("A=1", "A=2"))
        assert (again, builder.configs["two"].env["A"]) == (root, "2")
        assert capsys.readouterr().out == ""

    def test_a_changed_file_makes_both_stages_anew(self, context: Path) -> None:
        old, _ = self.build(context)
        new, _ = self.build(write(context, a="changed"))
        assert (new / "b/a.txt").read_text() == "changed"
        assert not old.exists()
        assert len(list(new.parent.glob("stage-*"))) == 2

    def test_a_build_that_was_killed_is_begun_again(self, context: Path) -> None:
        root, _ = self.build(context)
        root.rename(root.with_suffix(".partial"))
        write(root.with_suffix(".partial"), rest="of the first")
        again, _ = self.build(context)
        assert again == root
        assert not (root / "rest.txt").exists()

    def test_copy_of_nothing_is_refused(self, context: Path) -> None:
        with pytest.raises(SettingsError, match=r"'missing.txt /x' in line 2"):
            self.build(context, "FROM debian:13-slim\nCOPY missing.txt /x\n")

    def test_other_images_are_refused(self, context: Path) -> None:
        with pytest.raises(SettingsError, match="alpine:3"):
            self.build(context, "FROM alpine:3\nRUN true\n")

    def test_the_base_is_debian_13(self) -> None:
        assert rootfs.RELEASES == {"debian:13-slim": "trixie"}


class TestEnter:
    CONFIG = dockerfile.Config(env={"HOME": "/home/z"}, user="7:8", workdir="/app")

    def test_a_command_runs_as_the_user_in_the_folder(self, tmp_path: Path) -> None:
        mount = container.Mount(tmp_path, "/output")
        command = container.run_command(
            tmp_path / "root", self.CONFIG, [mount], ["/tmp"], ["python", "-c", "print(1)"]
        )
        assert command[:5] == ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        lines = command[-1].splitlines()
        assert f"mount --rbind {tmp_path} {tmp_path}/root/output" in lines
        assert f"mount -t tmpfs -o mode=1777 tmpfs {tmp_path}/root/tmp" in lines
        assert lines[-2] == (
            f"chroot --userspec=7:8 --groups= {tmp_path}/root env --unset=PWD --chdir=/app "
            "python -c 'print(1)'"
        )
        assert (tmp_path / "root" / "output").is_dir()

    def test_a_build_sees_the_proxy_and_no_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("https_proxy", "http://proxy:3128")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
        config = dockerfile.Config(env={"PATH": "/bin"}, arguments={"COMMIT": "abc"})
        _, env = container.build_command(Path("/r"), config, "true")
        assert env["https_proxy"] == "http://proxy:3128"
        assert (env["PATH"], env["COMMIT"]) == ("/bin", "abc")
        assert "AWS_SECRET_ACCESS_KEY" not in env

    def test_mounts_must_exist(self, tmp_path: Path) -> None:
        assert run_in_image.read_mount(f"{tmp_path}:/output") == container.Mount(
            tmp_path, "/output"
        )
        for text in (f"{tmp_path}", f"{tmp_path}:output", f"{tmp_path}/no:/output"):
            with pytest.raises(SettingsError, match="--mount takes SOURCE:TARGET"):
                run_in_image.read_mount(text)

    def test_an_image_that_was_not_built_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run_in_image, "IMAGE", tmp_path / "image.json")
        with pytest.raises(WorkspaceError, match="must have been built"):
            run_in_image.read_image()
        image = {"root": "/r", "env": {"A": "1"}, "user": "7:8", "workdir": "/app", "labels": {}}
        (tmp_path / "image.json").write_text(json.dumps(image), encoding="utf-8")
        root, config = run_in_image.read_image()
        assert (root, config.env, config.user, config.workdir) == (
            Path("/r"), {"A": "1"}, "7:8", "/app",
        )  # fmt: skip
