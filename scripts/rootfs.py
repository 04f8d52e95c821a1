"""Builds the root file system of the container image by the Dockerfile's steps, without Docker.

    sudo .venv/bin/python scripts/rootfs.py        # builds what has changed since the last time
    sudo scripts/in_image -- python -V             # runs a command in it, as the image's user

It lies in .image. The base is a Debian that debootstrap makes; each stage is kept until its lines,
what it copies or its base change.
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

from build_context import Context, read_context
from container import CERTIFICATES, HOST_FILES, build_command, require_root
from dockerfile import Config, Copy, Instruction, Stage, parse, read_copy

from zeroskew.errors import SettingsError, WorkspaceError, ZeroskewError

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = ROOT / "kubeflow" / "image" / "Dockerfile"
FOLDER = ROOT / ".image"
IMAGE = FOLDER / "image.json"
# The instructions that change files; the others change what a container starts with.
CHANGING = ("COPY", "RUN", "WORKDIR")
RELEASES = {"debian:13-slim": "trixie"}


class Builder:
    """Builds the stages of a Dockerfile.

    Args:
        folder: where stages and their base are kept.
        context: what COPY finds.
        given: build arguments.
    """

    def __init__(self, folder: Path, context: Context, given: Mapping[str, str]) -> None:
        self.folder = folder
        self.context = context
        self.given = given
        self.digests: Dict[str, str] = {}
        self.configs: Dict[str, Config] = {}

    def build(self, stage: Stage) -> Path:
        """Returns the root of a stage, which is built unless it is there."""
        self.digests[stage.name] = digest = self._digest(stage)
        root = self.root(stage.name)
        partial = root.with_suffix(".partial")
        if not root.exists():
            remove(partial)
            print(f"{stage.name}: from {stage.base}", flush=True)
            copy_tree(self._base(stage), partial)
        config = self.configs.get(stage.base, Config())
        for instruction in stage.instructions:
            if not root.exists():
                self._carry_out(stage, instruction, config, partial)
            config = config.after(instruction, self.given)
        self.configs[stage.name] = config
        if not root.exists():
            partial.rename(root)
        for old in self.folder.glob(f"stage-{stage.name}-*"):
            if not old.name.endswith(digest):
                remove(old)
        return root

    def root(self, name: str) -> Path:
        """Returns where the root of a stage is."""
        if name not in self.digests:
            raise SettingsError("a stage must stand before what uses it", received=name)
        return self.folder / f"stage-{name}-{self.digests[name]}"

    def _base(self, stage: Stage) -> Path:
        return self.root(stage.base) if stage.base in self.digests else self._debian(stage.base)

    def _digest(self, stage: Stage) -> str:
        parts = [self.digests.get(stage.base, stage.base)]
        config = self.configs.get(stage.base, Config())
        for instruction in stage.instructions:
            if instruction.name in CHANGING:
                parts += [str(instruction), json.dumps(dataclasses.asdict(config), sort_keys=True)]
            if instruction.name == "COPY":
                copy = read_copy(instruction, config)
                parts += [self.digests[copy.stage]] if copy.stage else []
                parts += [] if copy.stage else map(self.context.digest, copy.sources)
            config = config.after(instruction, self.given)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def _carry_out(
        self, stage: Stage, instruction: Instruction, config: Config, root: Path
    ) -> None:
        start = time.monotonic()
        if instruction.name == "RUN":
            self._run(instruction, config, root)
        elif instruction.name == "COPY":
            copy = read_copy(instruction, config)
            source = self.root(copy.stage) if copy.stage else None
            copied = copy_between(copy, source, root) if source else self._copy_in(copy, root)
            if not copied:
                raise SettingsError(
                    "COPY must find what it copies",
                    received=f"{instruction.value!r} in line {instruction.line}",
                )
        elif instruction.name == "WORKDIR":
            workdir = config.after(instruction, self.given).workdir
            Path(f"{root}{workdir}").mkdir(parents=True, exist_ok=True)
        if instruction.name in ("RUN", "COPY"):
            shown = str(instruction)[:70]
            print(f"{stage.name}: {time.monotonic() - start:5.1f} s  {shown}", flush=True)

    def _run(self, instruction: Instruction, config: Config, root: Path) -> None:
        command, env = build_command(root, config, instruction.value)
        log = self.folder / "build.log"
        with log.open("w", encoding="utf-8") as output:
            done = subprocess.run(
                command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        if done.returncode:
            raise WorkspaceError(
                f"line {instruction.line} of the Dockerfile must succeed",
                received=f"exit code {done.returncode}\n{log.read_text(encoding='utf-8')[-2000:]}",
                action=f"the whole output is in {log}",
            )

    def _copy_in(self, copy: Copy, root: Path) -> bool:
        found = [pair for source in copy.sources for pair in self.context.below(source)]
        renamed = len(copy.sources) == 1 and [file for file, _ in found] == [*copy.sources]
        for file, below in found:
            is_target = renamed and not copy.target.endswith("/")
            target = Path(f"{root}{copy.target}") / ("" if is_target else below)
            make_folder(target.parent, copy.owner)
            shutil.copy2(self.context.folder / file, target, follow_symlinks=False)
            os.lchown(target, *copy.owner)
        return bool(found)

    def _debian(self, image: str) -> Path:
        if image not in RELEASES:
            raise SettingsError(
                "the base must be one that debootstrap can make",
                allowed=", ".join(RELEASES),
                received=image,
            )
        base = self.folder / f"base-{RELEASES[image]}"
        if not base.exists():
            partial = base.with_suffix(".partial")
            remove(partial)
            print(f"making the base {image} with debootstrap", flush=True)
            log = self.folder / "build.log"
            with log.open("w", encoding="utf-8") as output:
                done = subprocess.run(
                    ["debootstrap", "--variant=minbase", RELEASES[image], str(partial)],
                    stdout=output, stderr=output,
                )  # fmt: skip
            if done.returncode:
                raise WorkspaceError(
                    "debootstrap must succeed", received=log.read_text(encoding="utf-8")[-1000:]
                )
            for rest in (partial / "var/cache/apt/archives").glob("*.deb"):
                rest.unlink()
            # Every container has these; the machine's are mounted over them.
            for name in HOST_FILES:
                Path(f"{partial}{name}").write_text("", encoding="utf-8")
            partial.rename(base)
        return base


def copy_between(copy: Copy, source: Path, root: Path) -> bool:
    """Copies from the root of another stage."""
    for path in copy.sources:
        origin, target = Path(f"{source}{path}"), Path(f"{root}{copy.target}")
        if not origin.exists():
            return False
        if origin.is_file() and copy.target.endswith("/"):
            target /= origin.name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_tree(origin, target)
        if copy.owner != (0, 0):
            user, group = copy.owner
            subprocess.run(["chown", "--recursive", f"{user}:{group}", str(target)], check=True)
    return True


def make_folder(folder: Path, owner: Tuple[int, int]) -> None:
    """Makes a folder, and those that it is in, with an owner."""
    if not folder.exists():
        make_folder(folder.parent, owner)
        folder.mkdir(mode=0o755)
        os.chown(folder, *owner)


def copy_tree(source: Path, target: Path) -> None:
    """Copies a folder with owners, modes, times and links."""
    command = ["cp", "--archive", "--reflink=auto", "--no-target-directory"]
    subprocess.run([*command, str(source), str(target)], check=True)


def remove(folder: Path) -> None:
    """Removes a root; nothing is mounted in it, since mounts end with the command."""
    if folder.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other builds away."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def require_machine() -> None:
    """Checks that a root file system can be made here.

    Raises:
        WorkspaceError: the user is not root, root may not mount, or debootstrap is missing.
    """
    require_root()
    if shutil.which("debootstrap") is None or not CERTIFICATES.exists():
        raise WorkspaceError(
            "debootstrap makes the root file system",
            action="apt-get install debootstrap ca-certificates",
        )


def build(given: Optional[Mapping[str, str]] = None) -> Path:
    """Builds the image's root file system and returns where it is."""
    given = given or {}
    require_machine()
    stages = parse(DOCKERFILE.read_text(encoding="utf-8"), given)
    start = time.monotonic()
    # As Docker has it; a user who keeps files private would get an image that others cannot read.
    os.umask(0o022)
    with locked(FOLDER):
        builder = Builder(FOLDER, read_context(ROOT), given)
        roots: List[Path] = [builder.build(stage) for stage in stages]
        last = builder.configs[stages[-1].name]
        image = {
            "root": str(roots[-1]),
            "env": dict(last.env),
            "user": last.user,
            "workdir": last.workdir,
            "labels": dict(last.labels),
        }
        IMAGE.write_text(json.dumps(image, indent=2) + "\n", encoding="utf-8")
    print(f"the image's root file system is ready after {time.monotonic() - start:.0f} s")
    return roots[-1]


if __name__ == "__main__":
    try:
        build()
    except ZeroskewError as error:
        sys.exit(f"error: {error}")
