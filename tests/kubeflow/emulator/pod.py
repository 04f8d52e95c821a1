"""A step's disk and its processes."""

import dataclasses
import functools
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from warm_start import forked, run_module

_LIFETIME = 900.0
_FOLDERS = {"gs://": "gcs", "minio://": "minio", "s3://": "s3"}


def path_of(uri: str) -> str | None:
    """Returns the path that the launcher gives a URI; None if it does not know such a store."""
    for scheme, folder in _FOLDERS.items():
        if uri.startswith(scheme):
            return f"/{folder}/{uri.removeprefix(scheme)}"
    return None


@dataclasses.dataclass
class Pod:
    """A step's disk and its processes.

    Attributes:
        disk: folder that stands for the pod's root.
        command: words that run a command in it; the machine itself, if there are none.
        environment: variables of the container's image and of the test.
        log: receives what the step prints.
        kill_after: seconds after which the step is killed, once.
        warm: the step need not import TensorFlow itself; its time to start is not that of a pod.
    """

    disk: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    kill_after: float | None = None
    warm: bool = False

    def wipe(self) -> None:
        """Empties the folders that the launcher shares with the step: a new pod has none."""
        for name in (*_FOLDERS.values(), "tmp"):
            folder = self.disk / name
            folder.mkdir(parents=True, exist_ok=True)
            for entry in folder.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            folder.chmod(0o1777)

    def local(self, uri: str) -> Path | None:
        """Returns the path of a URI on the pod's disk; None if the launcher does not know it."""
        path = path_of(uri)
        return None if path is None else self.disk / path.lstrip("/")

    def seen(self, path: str) -> str:
        """Returns a path of the pod as the step sees it: on the machine itself, below the disk."""
        return path if self.command else f"{self.disk}{path}"

    def run(
        self, words: list[str], variables: Mapping[str, str], printed: Path | None = None
    ) -> int:
        """Runs a command to its end and returns its exit code; -9 if it was killed.

        Args:
            words: the command.
            variables: of the container.
            printed: file that the launcher has made for what the step prints.
        """
        code = (self._run_warm if self.warm else self._run)(words, variables, printed or self.log)
        if printed is not None:
            with open(self.log, "ab") as log:
                log.write(printed.read_bytes())
        return code

    def _run(self, words: list[str], variables: Mapping[str, str], printed: Path) -> int:
        with open(printed, "ab") as file:
            process = subprocess.Popen(
                [*self.command, *words],
                env={**self.environment, **variables},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                return process.wait(self.kill_after or _LIFETIME)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                self.kill_after = None
                return process.wait()

    def _run_warm(self, words: list[str], variables: Mapping[str, str], printed: Path) -> int:
        python, option, module, *arguments = words
        assert (python, option) == ("python", "-m")
        environment = {**self.environment, **variables}
        program = functools.partial(run_module, module, arguments)
        return forked(program, Path.cwd(), environment, (printed, printed), _LIFETIME)

    def open_to_all(self) -> None:
        """The launcher runs as the image's user; this process may be another."""
        for path in (self.disk, *self.disk.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o777)
