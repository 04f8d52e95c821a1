"""KFP's launcher: brings a step's inputs, runs its command, and takes its outputs away."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.stores import Store

_FOLDERS = {"gs://": "gcs", "minio://": "minio", "s3://": "s3"}


class Layout:
    """Where the launcher looks for what a step reports; it moved in KFP 2.15."""

    UNTIL_2_14 = "{tmp}/kfp_outputs/output_metadata.json"
    SINCE_2_15 = "{local_task_root}/output_metadata.json"


@dataclasses.dataclass
class Pod:
    """A step's disk and its processes.

    Attributes:
        disk: folder that stands for the pod's root.
        command: words that run a command in it; the machine itself, if there are none.
        environment: variables of the container's image and of the test.
        log: receives what the step prints.
        kill_after: seconds after which the step is killed, once.
    """

    disk: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    kill_after: float | None = None

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
        for scheme, folder in _FOLDERS.items():
            if uri.startswith(scheme):
                return self.disk / folder / uri.removeprefix(scheme)
        return None

    def run(self, words: list[str], variables: Mapping[str, str]) -> int:
        """Runs a command to its end and returns its exit code; -9 if it was killed."""
        environment = {**self.environment, **variables}
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                [*self.command, *words],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                return process.wait(self.kill_after or 900)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                self.kill_after = None
                return process.wait()


def bring_inputs(message: Any, pod: Pod, store: Store) -> None:
    """Copies all inputs to the pod. Listing goes by prefix, so siblings may come along."""
    for listed in message["inputs"]["artifacts"].values():
        for artifact in listed["artifacts"]:
            uri = artifact["uri"]
            if pod.local(uri) is None:
                continue
            scheme, _, key = uri.partition("://")
            for found in store.keys(key):
                target = pod.local(f"{scheme}://{found}")
                assert target is not None
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(store.get(found))
    open_to_all(pod.disk)


def make_parents(message: Any, pod: Pod) -> None:
    """Makes the folders in which the outputs will lie, not the outputs themselves."""
    for listed in message["outputs"]["artifacts"].values():
        local = pod.local(listed["artifacts"][0]["uri"])
        if local is not None:
            local.parent.mkdir(parents=True, exist_ok=True)
    open_to_all(pod.disk)


class DiedError(Exception):
    """The launcher's process has ended before it was done."""


def take_outputs(
    message: Any, pod: Pod, store: Store, root: str, dies: bool = False
) -> dict[str, Any]:
    """Reads what the step reports and copies its outputs to the bucket.

    Args:
        message: the ExecutorInput.
        pod: of the step.
        store: the bucket.
        root: of the pipeline's artifacts.
        dies: when half of the objects are there.

    Returns:
        The ExecutorOutput, merged into what the driver had said of the outputs, and the keys of
        the objects.
    """
    file = pod.disk / message["outputs"]["outputFile"].lstrip("/")
    reported = json.loads(file.read_text()) if file.exists() else {}
    merged = {}
    files: dict[str, Path] = {}
    for key, listed in message["outputs"]["artifacts"].items():
        artifact = dict(listed["artifacts"][0])
        for one in reported.get("artifacts", {}).get(key, {}).get("artifacts", []):
            artifact["uri"] = one.get("uri", artifact["uri"])
            artifact["metadata"] = {**artifact["metadata"], **one.get("metadata", {})}
        merged[key] = artifact
        local = pod.local(artifact["uri"])
        if local is None:
            continue  # the real one warns, and goes on
        if not artifact["uri"].startswith(root):
            raise ValueError(f"{artifact['uri']} is outside of the pipeline's root {root}")
        key_of = artifact["uri"].partition("://")[2]
        for path in sorted(local.rglob("*")):
            if path.is_file():
                files[f"{key_of}/{path.relative_to(local)}"] = path
    for number, (key, path) in enumerate(files.items(), start=1):
        store.put(key, path.read_bytes())
        if dies and number * 2 >= len(files):
            raise DiedError
    return {
        "artifacts": merged,
        "values": reported.get("parameterValues", {}),
        "keys": frozenset(files),
    }


def open_to_all(folder: Path) -> None:
    """The launcher runs as the image's user; this process may be another."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o777)
