"""The page's first screen: what came out, and why, in words."""

import dataclasses
import shlex
from collections.abc import Sequence
from typing import Any

from pipeline.report.runs import Run
from pipeline.report.text import count, duration
from zeroskew.lazy import lazy_import

produced = lazy_import("pipeline.produced")

_LONGEST_ERROR = 50_000


@dataclasses.dataclass(frozen=True)
class Reason:
    """One thing that was checked.

    Attributes:
        text: what was found.
        passed: whether it speaks for the model.
    """

    text: str
    passed: bool


@dataclasses.dataclass(frozen=True)
class Command:
    """Something to type next.

    Attributes:
        text: the command.
        purpose: what it does.
    """

    text: str
    purpose: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What came out.

    Attributes:
        headline: in a few words.
        tone: ``"good"``, ``"bad"`` or ``"open"``.
        summary: in a sentence.
        reasons: what was checked, what failed first.
        error: why the run stopped; empty if it did not.
        alarms: what speaks against the features.
        facts: names and values.
        commands: to type next.
    """

    headline: str
    tone: str
    summary: str
    reasons: Sequence[Reason]
    error: str
    alarms: Sequence[str]
    facts: Sequence[tuple[str, str]]
    commands: Sequence[Command]


def verdict(run: Run) -> Verdict:
    """Says what came out of a run."""
    record, gate = run.record, run.outputs("ModelGate")
    decision: dict[str, Any] = produced.verdict(gate) if gate else {"blessed": False, "reasons": []}
    reasons = [Reason(one["text"], one["passed"]) for one in decision["reasons"]]
    reasons.sort(key=lambda one: one.passed)
    headline, tone, summary = _outcome(run, decision["blessed"], reasons)
    outputs = {name: step.execution.outputs for name, step in run.steps.items() if step.complete}
    return Verdict(
        headline=headline,
        tone=tone,
        summary=summary,
        reasons=reasons,
        error=_shortened(record.stop.message) if record and record.stop else "",
        alarms=produced.alarms(outputs) if outputs else [],
        facts=list(_facts(run)),
        commands=list(_commands(run)),
    )


def _outcome(run: Run, blessed: bool, reasons: Sequence[Reason]) -> tuple[str, str, str]:
    record, failed = run.record, [one for one in reasons if not one.passed]
    if record is None:
        last = list(run.steps)[-1] if run.steps else "the first step"
        text = f"It was killed in {last}, or it still runs. Start it again: what is done stays."
        return "The run has not ended", "bad", text
    if record.stop:
        between = "" if run.steps else " before its first step"
        where = f" in {record.stop.step}" if record.stop.step else between
        rule = record.stop.message.partition("\n")[0]
        text = f"{rule[:1].upper()}{rule[1:]}. What was served before is still served."
        return f"The run stopped{where}", "bad", text
    if blessed:
        return "The model is blessed", "good", f"It passed {_checks(len(reasons))}, and is served."
    if reasons:
        text = f"It failed {len(failed)} of {_checks(len(reasons))}, and what was served stays."
        return "The model is not blessed", "bad", text
    return "The data has passed", "good", "Schema and rules are kept; no model was asked for."


def _shortened(message: str) -> str:
    if len(message) <= _LONGEST_ERROR:
        return message
    return f"{message[:_LONGEST_ERROR]}\n... the rest is left out"


def _checks(number: int) -> str:
    return count(number, "check")


def _facts(run: Run) -> list[tuple[str, str]]:
    facts = [("began", f"{run.began:%d %B %Y, %H:%M:%S %Z}")] if run.began else []
    if run.record and run.record.total_seconds:
        facts.append(("took", duration(run.record.total_seconds)))
    if run.record:
        facts.append(("pipeline", str(run.record.settings.get("name", ""))))
    statistics, pusher = run.outputs("StatisticsGen"), run.outputs("Pusher")
    if statistics:
        rows = produced.split_rows(statistics)
        facts.append(("rows", " + ".join(f"{one:,} {split}" for split, one in rows.items())))
    pushed = produced.pushed_to(pusher) if pusher else None
    if pushed:
        facts.append(("served from", pushed))
    return [*facts, ("output folder", str(run.output))] if run.output else facts


def _commands(run: Run) -> list[Command]:
    if run.output is None:
        return []
    output, commands = shlex.quote(str(run.output)), []
    if run.record and run.record.next:
        commands.append(Command(run.record.next, "asks the served model about rows"))
    trainer = run.outputs("Trainer")
    if trainer:
        folder = shlex.quote(trainer["model_run"][0].uri)
        commands.append(Command(f"tensorboard --logdir {folder}", "shows the training"))
    commands.append(Command(f"zeroskew runs {output}", "lists the runs of this folder"))
    commands.append(Command(f"zeroskew report {output}", "makes this page again"))
    return commands
