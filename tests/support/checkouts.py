"""This project as a repository of its own, whose environment is that of the tests."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
_AUTHOR = ("-c", "user.name=a team", "-c", "user.email=team@example.com")


def git(folder: Path, *arguments: str) -> str:
    """Runs git in a repository; returns what it prints."""
    command = ["git", *_AUTHOR, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def new_checkout(folder: Path) -> Path:
    """Makes a repository with the project as it stands here, in one commit on `main`."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "the project")
    return folder


def commit(folder: Path, message: str) -> None:
    """Commits all that has changed."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def lay_environment(folder: Path) -> None:
    """Lays an environment into a checkout, as a cache does: its packages are those of the tests.

    The project itself is that of the checkout. `make setup` finds the environment complete.
    """
    venv = folder / ".venv"
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(venv)}))
    (venv / "bin").mkdir(parents=True)
    packages.mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", venv)
    paths = [folder, folder / "kubeflow", sysconfig.get_path("purelib")]
    (packages / "checkout.pth").write_text("\n".join(map(str, paths)), encoding="utf-8")
    program = venv / "bin" / "zeroskew"
    lines = [f"#!{venv / 'bin' / 'python'}", "from pipeline.cli import main", "main()", ""]
    program.write_text("\n".join(lines), encoding="utf-8")
    program.chmod(0o755)
    stamp = json.loads((Path(sys.prefix) / "zeroskew.json").read_text(encoding="utf-8"))
    (venv / "zeroskew.json").write_text(json.dumps({**stamp, "folder": str(folder)}))
