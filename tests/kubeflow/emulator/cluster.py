"""Runs the DAG of a compiled pipeline, step by step, as Argo and KFP's driver and launcher do."""

import contextlib
import copy
import dataclasses
import json
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from emulator import launcher
from emulator.conditions import holds
from emulator.driver import Driver
from emulator.records import Records
from emulator.stores import Store


class StepFailed(Exception):  # noqa: N818 - it is what KFP calls it
    """A step failed, and so did all of its retries; the message ends with its log."""


@dataclasses.dataclass
class Run:
    """What became of a run."""

    run_id: str
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
        layout: where steps report.
        enter: returns the words that run a command in a pod, from its disk and the names of its
            variables; without it, the machine itself runs the command.
        environment: variables of the process that runs the command.
        secrets: by name, the keys of Kubernetes Secrets.
        claims: names of PersistentVolumeClaims; they are mounted where the test has put them.
        logs: folder for what the steps print.
        progress: is told of each step that has ended.
        kill: by step, seconds after which its first attempt is killed.
        cut: steps whose first results are uploaded by half, as the launcher dies.
    """

    store: Store
    disk: Path
    logs: Path
    layout: str = launcher.Layout.SINCE_2_15
    enter: Callable[[Path, Iterable[str]], list[str]] | None = None
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    claims: frozenset[str] = frozenset()
    progress: Callable[[str], None] = print
    kill: dict[str, float] = dataclasses.field(default_factory=dict)
    cut: Collection[str] = ()
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
        run = Run(str(uuid.uuid4()), Records())
        driver = Driver(spec, root, run.run_id, parameters or {}, run.records)
        self.logs.mkdir(parents=True, exist_ok=True)
        for name, task in in_order(spec["root"]["dag"]["tasks"]):
            if set(task.get("dependentTasks", [])) & set(run.skipped):
                # Argo waits for success, and a step that was skipped has none.
                run.skipped.append(name)
                continue
            start = time.monotonic()
            self._run_step(spec, platform, root, name, task, driver, run)
            run.seconds[name] = time.monotonic() - start
            seen = {**dict.fromkeys(run.cached, "cached"), **dict.fromkeys(run.skipped, "skipped")}
            how = seen.get(name, f"{run.seconds[name]:5.1f} s")
            self.progress(f"  {name:<18} {how}")
            if name == last:
                break
        return run

    def _run_step(
        self,
        spec: Mapping[str, Any],
        platform: Mapping[str, Any],
        root: str,
        name: str,
        task: Mapping[str, Any],
        driver: Driver,
        run: Run,
    ) -> None:
        label = driver.component(task)["executorLabel"]
        container = spec["deploymentSpec"]["executors"][label]["container"]
        output_file = self.layout.format(tmp="/tmp", local_task_root="{task_root}")
        message = driver.executor_input(name, task, output_file)
        if not holds(task, message):
            run.skipped.append(name)
            return
        local = launcher.Pod(self.disk, (), {}, Path()).local(message["outputs"]["outputFile"])
        if local is not None:
            message["outputs"]["outputFile"] = f"/{local.relative_to(self.disk)}"
        cache_key = driver.cache_key(message, container)
        cacheable = task.get("cachingOptions", {}).get("enableCache", False)
        if cacheable and cache_key in self._cache:
            run.records.reuse(name, self._cache[cache_key])
            run.cached.append(name)
            return
        outcome = self._attempt(root, name, task, container, platform, label, message, run)
        run.keys[name] = outcome["keys"]
        for key, artifact in outcome["artifacts"].items():
            run.records.add_artifact(name, key, artifact["uri"], artifact["metadata"])
        for key, value in outcome["values"].items():
            run.records.add_value(name, key, value)
        if cacheable:
            self._cache[cache_key] = run.records

    def _attempt(
        self,
        root: str,
        name: str,
        task: Mapping[str, Any],
        container: Mapping[str, Any],
        platform: Mapping[str, Any],
        label: str,
        message: Any,
        run: Run,
    ) -> dict[str, Any]:
        log = self.logs / f"{name}.log"
        environment = {**self.environment, "ZEROSKEW_LAUNCHER_ROOT": self._launcher_root()}
        variables = self._variables(container, platform, label)
        command = tuple(self.enter(self.disk, variables)) if self.enter else ()
        pod = launcher.Pod(self.disk, command, environment, log, self.kill.get(name))
        cut = set(self.cut)
        retries = task.get("retryPolicy", {}).get("maxRetryCount", 0)
        for attempt in range(1, retries + 2):
            run.attempts[name] = attempt
            pod.wipe()
            seen = self._on_this_machine(message)
            launcher.bring_inputs(message, pod, self.store)
            launcher.make_parents(message, pod)
            words = [*container["command"], *container["args"]]
            words = [json.dumps(seen) if word == "{{$}}" else word for word in words]
            if pod.run(words, variables) == 0:
                dies, cut = name in cut, cut - {name}
                with contextlib.suppress(launcher.DiedError):
                    return launcher.take_outputs(message, pod, self.store, root, dies)
        text = log.read_text(errors="replace")[-3000:]
        raise StepFailed(f"{name} failed {retries + 1} times\n{text}")

    def _launcher_root(self) -> str:
        """Folder of the pod's disk, for a step that runs on the machine itself."""
        return "" if self.enter else str(self.disk)

    def _on_this_machine(self, message: Any) -> Any:
        seen = copy.deepcopy(message)
        seen["outputs"]["outputFile"] = self._launcher_root() + seen["outputs"]["outputFile"]
        return seen

    def _variables(
        self, container: Mapping[str, Any], platform: Mapping[str, Any], label: str
    ) -> dict[str, str]:
        executors = (
            platform.get("platforms", {})
            .get("kubernetes", {})
            .get("deploymentSpec", {})
            .get("executors", {})
        )
        config = executors.get(label, {})
        for mount in config.get("pvcMount", []):
            assert mount["constant"] in self.claims, f"no claim {mount['constant']}"
        secrets = {
            pair["envVar"]: self.secrets[one["secretName"]][pair["secretKey"]]
            for one in config.get("secretAsEnv", [])
            for pair in one["keyToEnv"]
        }
        return {**{one["name"]: one["value"] for one in container.get("env", [])}, **secrets}


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
