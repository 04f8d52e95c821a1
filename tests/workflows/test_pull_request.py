"""model-pull-request: what a change of a tiny use case says of itself, by the workflow's own steps.

Not GitHub's own: checkout, cache and artifacts are folders here, and `gh` is a program that keeps
what it was given.
"""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from checkouts import commit, git, lay_environment
from fake_programs import executable
from workflow_runs import Job, Runner

pytestmark = pytest.mark.e2e

SETTINGS = """\
name: visits
features: features.py
schema_file: schema.pbtxt
data: {path: visits.csv}
parity_rows: 20
trainer: {epochs: 2}
gate: {least_rows: 10}
"""
SCHEMA = "".join(
    f'feature {{ name: "{name}" type: {kind} presence {{ min_fraction: 1 }} }}\n'
    for name, kind in {"visits": "INT", "plan": "BYTES", "left": "BYTES"}.items()
)
FEATURES = """\
from model import Categorical, FeatureSet, Numeric, YesNo

FEATURES = FeatureSet(
    label=YesNo("gone", lambda row: row["left"] == "yes", uses=("left",)),
    features=[{features}],
)
"""


def write_case(folder: Path, features: str) -> None:
    folder.mkdir(exist_ok=True)
    draw = random.Random(1)
    rows = []
    for _ in range(1_000):
        visits, plan = draw.randrange(300), draw.choice("ABC")
        leaves = visits / 150 + draw.gauss(0, 0.3) < 0.8 + (plan == "A") / 3
        rows.append(f"{visits},{plan},{'yes' if leaves else 'no'}")
    (folder / "visits.csv").write_text("\n".join(["visits,plan,left", *rows, ""]))
    (folder / "settings.yaml").write_text(SETTINGS)
    (folder / "schema.pbtxt").write_text(SCHEMA)
    (folder / "features.py").write_text(FEATURES.format(features=features))


def merged(checkout: Path) -> None:
    """Commits a change on a branch, and leaves its merge into main checked out, as GitHub does."""
    git(checkout, "switch", "--quiet", "--create", "change")
    commit(checkout, "the change")
    git(checkout, "switch", "--quiet", "--detach", "main")
    git(checkout, "merge", "--quiet", "--no-ff", "--message", "merge", "change")


def carry_out(checkout: Path, temporary: Path) -> tuple[Job, Job, Runner]:
    """Carries out both jobs; between them the comment goes through `temporary`."""

    def restore(inputs: Any) -> None:
        for path in inputs["path"].split():
            if path.endswith(".venv"):
                lay_environment((checkout / path).parent)

    executable(temporary / "bin" / "gh", 'echo "$@" >> ../asked', "cp comment.md ../posted.md")
    contexts: dict[str, Any] = {
        "github": {
            "repository": "team/trips",
            "token": "a-token",
            "event": {"pull_request": {"number": 7, "head": {"repo": {"full_name": "team/trips"}},
                                       "user": {"login": "octocat"}}},
        }
    }  # fmt: skip
    actions = {
        "checkout": lambda inputs: None,
        "cache": restore,
        "upload-artifact": lambda inputs: shutil.copy(checkout / inputs["path"], temporary),
    }
    env = {"CONFIG": "case/settings.yaml", "ZEROSKEW_DATA__SAMPLE": "0.5"}
    compare = Runner("model-pull-request", checkout, temporary, actions, env=env, **contexts)
    first = compare.run("compare")
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    bring = {"download-artifact": lambda inputs: shutil.copy(temporary / "comment.md", elsewhere)}
    second = Runner(
        "model-pull-request", elsewhere, temporary, bring, temporary / "bin", **contexts
    )
    return first, second.run("comment"), compare


def test_a_new_feature_is_run_against_main_and_the_comment_says_what_it_does(
    checkout: Path, temporary: Path
) -> None:
    write_case(checkout / "case", 'Numeric("visits")')
    commit(checkout, "the use case")
    write_case(checkout / "case", 'Numeric("visits"), Categorical("plan")')
    merged(checkout)

    compare, comment, runner = carry_out(checkout, temporary)

    assert (compare.failed, compare.skipped) == ("", []), compare.said
    posted = (temporary / "posted.md").read_text(encoding="utf-8")
    assert posted == runner.summary
    assert posted.startswith(("### The model is blessed\n", "### The model is not blessed\n"))
    assert "#### Against `runs/main`\n" in posted
    assert "| what | `runs/main` | `runs/change` |\n" in posted
    assert "| `plan` | `-` | `categorical of plan; " in posted
    assert "**Settings**: no difference\n" in posted
    # Both have made the same sample of the rows, so that each difference has an interval.
    assert "Both models were evaluated on the same " in posted
    assert "1,000 rows are in the sample (data.sample)" in compare.said["Run main on the sample"]
    assert (comment.failed, comment.skipped) == ("", [])
    asked = (temporary / "asked").read_text(encoding="utf-8")
    assert asked == "pr comment 7 --edit-last --create-if-none --body-file comment.md\n"


def test_rows_that_do_not_fit_are_red_and_the_comment_says_why(
    checkout: Path, temporary: Path
) -> None:
    write_case(checkout / "case", 'Numeric("visits")')
    commit(checkout, "the use case")
    with (checkout / "case" / "visits.csv").open("a") as stream:
        stream.write("many,A,no\n")
    merged(checkout)

    compare, comment, _ = carry_out(checkout, temporary)

    assert compare.failed == "Check settings, features, schema and all rows"
    assert compare.skipped == [
        "Run main on the sample",
        "Run the change on the sample",
        "Pass or fail as the run of the change did",
    ]
    posted = (temporary / "posted.md").read_text(encoding="utf-8")
    assert posted.startswith("### The change does not run\n\n    error: every value must have the")
    assert "line 1002: visits is 'many', not INT\n" in posted
    assert comment.failed == ""
