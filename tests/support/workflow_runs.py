"""Carries out the jobs of a workflow of GitHub's on this machine.

Commands (`run:`) are run by bash, as GitHub's runner does it, in order, with the environment of the
workflow, the job and the step. What other people's actions (`uses:`) do is a test's to say.
"""

import dataclasses
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"

Action = Callable[[Mapping[str, str]], None]
"""Does what an action does; it is given its inputs (`with:`)."""

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(r"\s*('[^']*'|&&|\|\||==|!=|[!(),]|[A-Za-z_][\w.-]*)")
_OPERATORS = {"&&": " and ", "||": " or ", "!": " not "}
_FUNCTIONS = ("always", "cancelled", "hashFiles", "success")


@dataclasses.dataclass
class Job:
    """What became of a job.

    Attributes:
        said: by step, what its commands printed.
        failed: the step that failed first; empty if none did.
        skipped: the steps that were not carried out, or the job's own name.
        outputs: of the job.
    """

    said: dict[str, str] = dataclasses.field(default_factory=dict)
    failed: str = ""
    skipped: list[str] = dataclasses.field(default_factory=list)
    outputs: dict[str, str] = dataclasses.field(default_factory=dict)


class Runner:
    """Carries out jobs of one workflow in one folder.

    Args:
        name: of the workflow's file, without its ending.
        folder: the checkout.
        temporary: what GitHub gives a job as `$RUNNER_TEMP`.
        actions: by name, without owner and version.
        programs: a folder whose programs are found before all others.
        env: what a team writes into the workflow's own `env:`.
        contexts: what expressions may name: ``github``, ``secrets``, ``vars``.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        temporary: Path,
        actions: Mapping[str, Action],
        programs: Path | None = None,
        env: Mapping[str, str] | None = None,
        **contexts: Mapping[str, Any],
    ) -> None:
        text = (WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8")
        self._workflow = yaml.safe_load(text)
        self._folder, self._temporary, self._actions = folder, temporary, actions
        self._env = {**self._workflow.get("env", {}), **(env or {})}
        self._contexts: dict[str, Any] = {
            **contexts,
            "runner": {"os": "Linux", "temp": str(temporary)},
            "needs": {},
        }
        self._files = {
            name: temporary / name.lower()
            for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
        }
        path = os.environ["PATH"]
        self._outside = {
            "PATH": f"{programs}:{path}" if programs else path,
            "HOME": str(temporary),
            "CI": "true",
            "RUNNER_TEMP": str(temporary),
            **{name: str(file) for name, file in self._files.items()},
            **{
                f"GITHUB_{name.upper()}": str(value)
                for name, value in contexts.get("github", {}).items()
                if isinstance(value, str | int)
            },
        }

    @property
    def summary(self) -> str:
        """What the jobs have written into the summary."""
        file = self._files["GITHUB_STEP_SUMMARY"]
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def run(self, name: str) -> Job:
        """Carries out a job; those that it needs were carried out before."""
        definition, job = self._workflow["jobs"][name], Job()
        if not self._holds(definition.get("if", "success()"), {}, bool(job.failed)):
            job.skipped.append(name)
            return job
        steps: dict[str, Any] = {}
        contexts = {"steps": steps, "env": self._resolved(self._env, {})}
        contexts["env"] |= self._resolved(definition.get("env", {}), contexts)
        for step in definition["steps"]:
            self._carry_out(step, contexts, job)
        job.outputs = self._resolved(definition.get("outputs", {}), contexts)
        self._contexts["needs"][name] = {"outputs": job.outputs}
        return job

    def _carry_out(self, step: Mapping[str, Any], contexts: dict[str, Any], job: Job) -> None:
        name = step.get("name") or step["uses"].partition("@")[0]
        if not self._holds(step.get("if", "success()"), contexts, bool(job.failed)):
            job.skipped.append(name)
            return
        if "uses" in step:
            action = self._actions[step["uses"].partition("@")[0].rpartition("/")[2]]
            action(self._resolved(step.get("with", {}), contexts))
            return
        env = {**contexts["env"], **self._resolved(step.get("env", {}), contexts)}
        code, job.said[name] = self._bash(step["run"], env)
        if code:
            job.failed = job.failed or name
        contexts["env"] |= _lines_of(self._files["GITHUB_ENV"])
        outputs = _lines_of(self._files["GITHUB_OUTPUT"])
        contexts["steps"][step.get("id", name)] = {"outputs": outputs}

    def _bash(self, script: str, env: Mapping[str, str]) -> tuple[int, str]:
        assert "${{" not in script, "what stands in an expression could be commands"
        assert self._workflow["defaults"] == {"run": {"shell": "bash"}}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self._folder,
            env={**self._outside, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        return done.returncode, done.stdout

    def _resolved(self, values: Mapping[str, Any], contexts: Mapping[str, Any]) -> dict[str, str]:
        def value(found: re.Match[str]) -> str:
            return str(evaluate(found[1], {**self._contexts, **contexts}, failed=False))

        return {name: _EXPRESSION.sub(value, str(text)) for name, text in values.items()}

    def _holds(self, condition: str, contexts: Mapping[str, Any], failed: bool) -> bool:
        text = _EXPRESSION.sub(lambda found: found[1], condition)
        return bool(evaluate(text, {**self._contexts, **contexts}, failed))


def evaluate(text: str, contexts: Mapping[str, Any], failed: bool) -> Any:
    """Returns the value of an expression, as far as our workflows use them."""
    python, rest = "", text.strip()
    while rest:
        token = _TOKEN.match(rest)
        assert token is not None, f"{rest!r} is no expression that is known here"
        word = token[1]
        is_name = word[0].isalpha() and word not in _FUNCTIONS
        python += f"look({word!r})" if is_name else _OPERATORS.get(word, word)
        rest = rest[token.end() :].lstrip()

    def look(name: str) -> Any:
        found: Any = contexts
        for part in name.split("."):
            found = found.get(part, "") if isinstance(found, Mapping) else ""
        return found

    known = {
        "look": look,
        "always": lambda: True,
        "cancelled": lambda: False,
        "success": lambda: not failed,
        "hashFiles": lambda *patterns: "-".join(patterns),
    }
    return eval(python.strip(), {"__builtins__": {}}, known)


def _lines_of(file: Path) -> dict[str, str]:
    """Returns what a step has written into one of GitHub's files, and empties it."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return dict(line.split("=", 1) for line in lines)
