"""Runs the DAG of a compiled pipeline, step by step, as Argo and KFP's driver and launcher do."""

import copy
import dataclasses
import itertools
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from emulator.conditions import holds
from emulator.driver import Driver
from emulator.launcher import RETRY_INDEX, DiedError, Launcher, Outcome, RefusedError
from emulator.pod import Pod
from emulator.records import Records
from emulator.retries import RetryPolicy
from emulator.stores import Store
from emulator.worlds import KFP_2_17, World


class StepFailed(Exception):  # noqa: N818 - it is what KFP calls it
    """A step failed, and so did all of its retries; the message ends with its log."""


@dataclasses.dataclass
class Run:
    """What became of a run; its artifacts lie below `folder`."""

    run_id: str
    folder: str
    records: Records
    cached: list[str] = dataclasses.field(default_factory=list)
    skipped: list[str] = dataclasses.field(default_factory=list)
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)
    attempts: dict[str, int] = dataclasses.field(default_factory=dict)
    keys: dict[str, frozenset[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Cluster:
    """A cluster with one bucket, secrets and claims.

    Attributes:
        store: the bucket.
        disk: folder that stands for the root of each pod.
        logs: folder for what the steps print.
        world: the version of the server.
        publishes_logs: the server collects what steps print, as it does by default.
        default_root: of artifacts, as the namespace's ConfigMap has it.
        enter: returns the words that run a command in a pod, from its disk and the names of its
            variables; without it, the machine itself runs the command.
        environment: variables of the process that runs the command.
        secrets: by name, the keys of Kubernetes Secrets.
        claims: names of PersistentVolumeClaims; they are mounted where the test has put them.
        progress: is told of each step that has ended.
        kill: by step, seconds after which its first attempt is killed.
        cut: steps whose first results are uploaded by half, as the launcher dies.
        forget: steps that have published their results when their launcher dies.
        stumble: steps at whose first upload the bucket fails half-way, for a moment.
        longer: seconds that each attempt takes longer by Argo's clock.
        warm: the steps need not import TensorFlow themselves, for the sake of time; none is killed.
    """

    store: Store
    disk: Path
    logs: Path
    world: World = KFP_2_17
    publishes_logs: bool = True
    default_root: str = "minio://mlpipeline/v2/artifacts"
    enter: Callable[[Path, Iterable[str]], list[str]] | None = None
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    claims: frozenset[str] = frozenset()
    progress: Callable[[str], None] = print
    kill: dict[str, float] = dataclasses.field(default_factory=dict)
    cut: Collection[str] = ()
    forget: Collection[str] = ()
    stumble: Collection[str] = ()
    longer: float = 0.0
    warm: bool = False
    _cache: dict[str, Records] = dataclasses.field(default_factory=dict)

    def run(
        self,
        spec: Mapping[str, Any],
        platform: Mapping[str, Any],
        root: str,
        parameters: Mapping[str, Any] | None = None,
        last: str | None = None,
    ) -> Run:
        """Runs a pipeline.

        Args:
            spec: the PipelineSpec.
            platform: the PlatformSpec.
            root: of the pipeline's artifacts.
            parameters: over the defaults.
            last: the step to stop after.

        Raises:
            StepFailed: a step failed in all of its attempts.
        """
        run_id = str(uuid.uuid4())
        folder = f"{root}/{spec['pipelineInfo']['name']}/{run_id}"
        run = Run(run_id, folder, self.world.records())
        driver = Driver(
            spec, root, run.run_id, parameters or {}, run.records, self.world, self.publishes_logs
        )
        pipeline = _Pipeline(spec, platform)
        self.logs.mkdir(parents=True, exist_ok=True)
        for name, task in in_order(spec["root"]["dag"]["tasks"]):
            if set(task.get("dependentTasks", [])) & set(run.skipped):
                # Argo waits for success, and a step that was skipped has none.
                run.skipped.append(name)
                continue
            start = time.monotonic()
            self._run_step(pipeline, name, task, driver, run)
            run.seconds[name] = time.monotonic() - start
            seen = {**dict.fromkeys(run.cached, "cached"), **dict.fromkeys(run.skipped, "skipped")}
            how = seen.get(name, f"{run.seconds[name]:5.1f} s")
            self.progress(f"  {name:<18} {how}")
            if name == last:
                break
        return run

    def _run_step(
        self, pipeline: "_Pipeline", name: str, task: Mapping[str, Any], driver: Driver, run: Run
    ) -> None:
        container = pipeline.container(task)
        message = driver.executor_input(name, task)
        if not holds(task, message):
            run.skipped.append(name)
            return
        cache_key = driver.cache_key(message, container)
        cacheable = task.get("cachingOptions", {}).get("enableCache", False)
        if cacheable and cache_key in self._cache:
            run.records.reuse(name, self._cache[cache_key])
            run.cached.append(name)
            return
        variables = self._variables(container, pipeline.config(task))
        words = [*container["command"], *container["args"]]
        self._try(name, RetryPolicy.of(task), words, variables, message, run)
        if cacheable:
            self._cache[cache_key] = run.records

    def _try(
        self,
        name: str,
        policy: RetryPolicy,
        words: list[str],
        variables: Mapping[str, str],
        message: Any,
        run: Run,
    ) -> None:
        """Runs a step until an attempt succeeds, or Argo starts none any more."""
        pod = self._pod(name, variables)
        dies, stumbles, elapsed = name in self.cut, name in self.stumble, 0.0
        forgets = name in self.forget
        for attempt in itertools.count(1):
            run.attempts[name] = attempt
            launcher = Launcher(
                copy.deepcopy(message),
                pod,
                self.store,
                self.world,
                self.default_root if self.world.keeps_to_default_root else run.folder,
                attempt - 1,
                policy.retries > 0,
                dies,
                stumbles,
            )
            start = time.monotonic()
            reason, published = "", False
            try:
                outcome = launcher.run(words, variables)
                if outcome is not None:
                    _publish(name, outcome, run)
                    published, forgets = not forgets, False
            except (DiedError, RefusedError, ValueError) as error:
                reason = f"{error}\n"
            dies, stumbles = launcher.dies, launcher.stumbles
            elapsed += time.monotonic() - start + self.longer
            if launcher.kept_log is not None:
                run.records.add_log(name, launcher.kept_log)
            if published and not policy.kills(attempt, elapsed):
                return
            if not policy.allows(attempt, elapsed):
                break
            elapsed += policy.pause_before(attempt)
        text = pod.log.read_text(errors="replace")[-3000:]
        raise StepFailed(f"{name} failed {run.attempts[name]} times\n{reason}{text}")

    def _pod(self, name: str, variables: Mapping[str, str]) -> Pod:
        command: tuple[str, ...] = ()
        environment = dict(self.environment)
        if self.enter is None:
            environment["ZEROSKEW_LAUNCHER_ROOT"] = str(self.disk)
        else:
            names = [*variables, *([RETRY_INDEX] if self.world.qualifies_logs else [])]
            command = tuple(self.enter(self.disk, names))
        log = self.logs / f"{name}.log"
        return Pod(self.disk, command, environment, log, self.kill.get(name), self.warm)

    def _variables(self, container: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, str]:
        for mount in config.get("pvcMount", []):
            assert mount["constant"] in self.claims, f"no claim {mount['constant']}"
        secrets = {
            pair["envVar"]: self.secrets[one["secretName"]][pair["secretKey"]]
            for one in config.get("secretAsEnv", [])
            for pair in one["keyToEnv"]
        }
        return {**{one["name"]: one["value"] for one in container.get("env", [])}, **secrets}


def _publish(name: str, outcome: Outcome, run: Run) -> None:
    for key, artifact in outcome.artifacts.items():
        run.records.add_artifact(name, key, artifact)
    for key, value in outcome.values.items():
        run.records.add_value(name, key, value)
    run.keys[name] = outcome.keys


@dataclasses.dataclass(frozen=True)
class _Pipeline:
    """A compiled pipeline: its PipelineSpec and its PlatformSpec."""

    spec: Mapping[str, Any]
    platform: Mapping[str, Any]

    def container(self, task: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns the container of a task."""
        executors = self.spec["deploymentSpec"]["executors"]
        container: Mapping[str, Any] = executors[self._label(task)]["container"]
        return container

    def config(self, task: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns what Kubernetes is told of a task's pod."""
        kubernetes = self.platform.get("platforms", {}).get("kubernetes", {})
        executors = kubernetes.get("deploymentSpec", {}).get("executors", {})
        config: Mapping[str, Any] = executors.get(self._label(task), {})
        return config

    def _label(self, task: Mapping[str, Any]) -> str:
        return str(self.spec["components"][task["componentRef"]["name"]]["executorLabel"])


def in_order(tasks: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Returns the steps so that each comes after those it waits for."""
    ordered: dict[str, Mapping[str, Any]] = {}
    while len(ordered) < len(tasks):
        ready = [
            name
            for name, task in sorted(tasks.items())
            if name not in ordered and set(task.get("dependentTasks", [])) <= set(ordered)
        ]
        assert ready, "the steps wait for each other"
        ordered.update({name: tasks[name] for name in ready})
    return list(ordered.items())
