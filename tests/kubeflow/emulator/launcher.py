"""KFP's launcher: brings a step's inputs, runs its command, and takes its outputs away."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from emulator.driver import LOGS, as_go_writes
from emulator.pod import Pod
from emulator.stores import Store
from emulator.worlds import World

# The variable that tells the launcher which attempt this is, the first one being 0.
RETRY_INDEX = "KFP_RETRY_INDEX"


class DiedError(Exception):
    """The launcher's process has ended before it was done."""


class RefusedError(Exception):
    """The launcher does not take what the step has made, so the step has failed."""


class _OutageError(Exception):
    """The bucket does not answer for a moment."""


@dataclasses.dataclass
class Outcome:
    """What an attempt has left.

    Attributes:
        artifacts: by output, as the launcher publishes them.
        values: outputs that are passed on as values.
        keys: of the objects.
    """

    artifacts: dict[str, dict[str, Any]]
    values: dict[str, Any]
    keys: frozenset[str]


@dataclasses.dataclass
class Launcher:
    """The launcher of one attempt.

    Attributes:
        message: the ExecutorInput, as the driver wrote it.
        pod: of the attempt.
        store: the bucket.
        world: the version of the server.
        root: below which artifacts may lie.
        attempt: of the step; the first one has number 0.
        retried: the step has retries, so it is told the number of the attempt.
        dies: it will, when half of the objects are uploaded.
        stumbles: the bucket will fail, once, when half of them are.
        kept_log: URI of what the attempt has printed, once it is in the bucket.
    """

    message: Any
    pod: Pod
    store: Store
    world: World
    root: str
    attempt: int = 0
    retried: bool = False
    dies: bool = False
    stumbles: bool = False
    kept_log: str | None = None

    def run(self, words: list[str], variables: Mapping[str, str]) -> Outcome | None:
        """Runs the command; returns None if it failed.

        Raises:
            DiedError: the launcher did not live to its end.
            RefusedError: what the step has made is not taken.
        """
        if self.world.qualifies_logs:
            if self.retried:
                variables = {**variables, RETRY_INDEX: str(self.attempt)}
            if self.log:
                self.log["uri"] += f"-{self.attempt}"
        self.pod.wipe()
        self._bring_inputs()
        self._make_parents()
        written = json.dumps(as_go_writes(self._seen()))
        printed = self._make_log()
        code = self.pod.run([word.replace("{{$}}", written) for word in words], variables, printed)
        if code == 0:
            return self._take_outputs()
        if self.world.qualifies_logs and self.log:
            for key, path in self._objects(self.log).items():
                self.store.put(key, path.read_bytes())
            self.kept_log = self.log["uri"]
        return None

    def _seen(self) -> Any:
        outputs = self.message["outputs"]
        return {
            **self.message,
            "outputs": {**outputs, "outputFile": self.pod.seen(outputs["outputFile"])},
        }

    @property
    def log(self) -> dict[str, Any] | None:
        """The artifact that receives what the step prints, if the server collects that."""
        listed = self.message["outputs"]["artifacts"].get(LOGS)
        return None if listed is None else listed["artifacts"][0]

    def _make_log(self) -> Path | None:
        local = self._local(self.log) if self.log else None
        if local is not None:
            local.touch()
            local.chmod(0o666)
        return local

    def _local(self, artifact: Mapping[str, Any]) -> Path | None:
        custom = artifact.get("customPath")
        return Path(custom) if custom else self.pod.local(artifact["uri"])

    def _bring_inputs(self) -> None:
        """Copies all inputs to the pod. Listing goes by prefix, so siblings may come along."""
        for listed in self.message["inputs"]["artifacts"].values():
            for artifact in listed["artifacts"]:
                uri = artifact["uri"]
                if self.pod.local(uri) is not None:
                    if self.world.keeps_to_default_root:
                        self._check_place(uri)
                    self._bring(uri)
        self.pod.open_to_all()

    def _bring(self, uri: str) -> None:
        scheme, _, key = uri.partition("://")
        for found in self.store.keys(key):
            if self.world.takes_siblings or found == key or found.startswith(f"{key}/"):
                target = self.pod.local(f"{scheme}://{found}")
                assert target is not None
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(self.store.get(found))

    def _make_parents(self) -> None:
        """Makes the folders in which the outputs will lie, not the outputs themselves."""
        for listed in self.message["outputs"]["artifacts"].values():
            local = self._local(listed["artifacts"][0])
            if local is not None:
                local.parent.mkdir(parents=True, exist_ok=True)
        self.pod.open_to_all()

    def _take_outputs(self) -> Outcome:
        """Reads what the step reports and copies its outputs to the bucket."""
        reported = self._report()
        artifacts: dict[str, dict[str, Any]] = {}
        files: dict[str, Path] = {}
        for key, listed in self.message["outputs"]["artifacts"].items():
            artifact = dict(listed["artifacts"][0])
            if key != LOGS or not self.world.qualifies_logs:
                artifact = _merged(artifact, reported, key)
            if self.pod.local(artifact["uri"]) is not None:
                self._check_place(artifact["uri"])
                files |= self._objects(artifact, key)
            elif self.world.needs_outputs:
                continue  # it warns, and keeps nothing of it
            artifacts[key] = artifact
        self._upload(files)
        log = artifacts.pop(LOGS, {"uri": ""})
        self.kept_log = log["uri"] or None
        keys = frozenset(files) - {log["uri"].partition("://")[2]}
        return Outcome(artifacts, reported.get("parameterValues", {}), keys)

    def _report(self) -> Any:
        file = self.pod.disk / self.message["outputs"]["outputFile"].lstrip("/")
        if not file.exists():
            return {}
        try:
            report = json.loads(file.read_text(), parse_constant=_refuse_constant)
            json_format.ParseDict(self._known(report), pipeline_spec_pb2.ExecutorOutput())
        except (ValueError, json_format.ParseError) as error:
            raise RefusedError(f"failed to unmarshal ExecutorOutput: {error}") from error
        values = report.get("parameterValues", {})
        for key in self.message["outputs"]["parameters"]:
            if key not in values:
                raise RefusedError(f"output parameter {key!r} is neither reported nor in its file")
        return report

    def _known(self, report: Any) -> Any:
        """Returns a report without the field that the description installed here may not have."""
        kept = {key: dict(listed) for key, listed in report.get("artifacts", {}).items()}
        for listed in kept.values():
            listed["artifacts"] = [dict(one) for one in listed.get("artifacts", [])]
            for one in listed["artifacts"]:
                if one.pop("customPath", None) is not None and not self.world.names_outputs:
                    raise RefusedError('unknown field "customPath"')
        return {**report, "artifacts": kept} if kept else report

    def _objects(self, artifact: Mapping[str, Any], key: str = LOGS) -> dict[str, Path]:
        """Returns the files of an artifact by the keys of their objects; an empty folder has none.

        Raises:
            RefusedError: there is nothing, not even a folder.
        """
        local, place = self._local(artifact), artifact["uri"].partition("://")[2]
        assert local is not None
        if not local.exists():
            if self.world.needs_outputs:
                raise RefusedError(f'declared output artifact "{key}" is missing')
            return {}
        if local.is_file():
            return {place: local}
        files = sorted(path for path in local.rglob("*") if path.is_file())
        return {f"{place}/{path.relative_to(local)}": path for path in files}

    def _check_place(self, uri: str) -> None:
        folder = uri.rpartition("/")[0] if self.world.keeps_to_default_root else uri
        if not f"{folder}/".startswith(f"{self.root.rstrip('/')}/"):
            raise RefusedError(f"{uri} is outside of the root {self.root}")

    def _upload(self, files: Mapping[str, Path]) -> None:
        for attempt in range(1, self.world.upload_attempts + 1):
            try:
                return self._put(files)
            except _OutageError as error:
                if attempt == self.world.upload_attempts:
                    raise RefusedError("the upload has failed") from error

    def _put(self, files: Mapping[str, Path]) -> None:
        for number, (key, path) in enumerate(files.items(), start=1):
            self.store.put(key, path.read_bytes())
            if number * 2 >= len(files):
                if self.dies:
                    self.dies = False
                    raise DiedError
                if self.stumbles:
                    self.stumbles = False
                    raise _OutageError


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _merged(artifact: dict[str, Any], reported: Any, key: str) -> dict[str, Any]:
    """Returns an output with what the step has reported of it."""
    merged = dict(artifact)
    for one in reported.get("artifacts", {}).get(key, {}).get("artifacts", [])[:1]:
        merged["uri"] = one.get("uri") or merged["uri"]
        merged["metadata"] = {**merged["metadata"], **one.get("metadata", {})}
        if one.get("customPath"):
            merged["customPath"] = one["customPath"]
    return merged
