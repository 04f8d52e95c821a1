"""What `run --wait` and `status` show, typed against the stand-in API server."""

import json
from pathlib import Path

from api_server import ApiServer
from client_shell import Shell


def test_waiting_shows_each_step_and_the_end(server: ApiServer, kubeflow: Shell, lab: Path) -> None:
    lines = kubeflow("run", "--env", str(lab), "--name", "first", "--wait", "--poll", "0.1")

    (run_id,) = server.service.runs
    assert "· ExampleGen                    running\n" in lines
    assert "✓ ExampleGen           10.0 s   succeeded\n" in lines
    assert lines.count("succeeded\n") == 17
    assert lines.endswith(f"succeeded after 180 s: first\n{server.host}/#/runs/details/{run_id}\n")


def test_a_step_that_fails_ends_the_command_with_its_reason(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    server.service.fate.failures["DataGate"] = "7 rows could not be read"
    code, printed = kubeflow.ends("run", "--env", str(lab), "--wait", "--poll", "0.1")

    (run_id,) = server.service.runs
    assert code == 1
    assert "✗ DataGate             10.0 s   failed: 7 rows could not be read\n" in printed
    assert kubeflow.errors == (
        "error: step DataGate failed\n"
        "  received: DataGate: 7 rows could not be read\n"
        f"  do:       see the step's log: {server.host}/#/runs/details/{run_id}\n"
    )


def test_a_step_that_waits_is_shown_with_its_reason(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    server.service.fate.pending["DataGate"] = "Unschedulable: 0/3 nodes are available"
    kubeflow("run", "--env", str(lab), "--name", "first")
    (run_id,) = server.service.runs
    for _ in range(20):
        server.service.runs[run_id].advance()

    lines = kubeflow("status", run_id, "--env", str(lab)).splitlines()

    assert (
        "· DataGate                      pending: Unschedulable: 0/3 nodes are available" in lines
    )


def test_a_wait_that_takes_too_long_ends_with_1_and_says_what_the_run_does(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    server.service.fate.pending["CuratedSchema"] = "Unschedulable: 0/3 nodes are available"

    code, _ = kubeflow.ends("run", "--env", str(lab), "--timeout", "0.3", "--poll", "0.1")

    (run_id,) = server.service.runs
    assert code == 1
    assert kubeflow.errors == (
        "error: the run must end within 0.3 seconds\n"
        "  received: CuratedSchema PENDING (Unschedulable: 0/3 nodes are available)\n"
        "  do:       it goes on; look with `zeroskew kubeflow status`; why a pod waits:"
        f" kubectl -n kubeflow describe pods -l pipeline/runid={run_id}\n"
    )


def test_a_cached_step_has_a_mark_of_its_own(server: ApiServer, kubeflow: Shell, lab: Path) -> None:
    server.service.fate.cached.add("DataGate")

    lines = kubeflow("run", "--env", str(lab), "--timeout", "0", "--poll", "0.1")

    assert "↺ DataGate              0.0 s   cached\n" in lines


def test_a_script_reads_one_line_of_json(server: ApiServer, kubeflow: Shell, lab: Path) -> None:
    printed = kubeflow("run", "--env", str(lab), "--wait", "--poll", "0.1", "--json")

    run = json.loads(printed)
    assert (run["state"], run["seconds"], len(run["tasks"])) == ("SUCCEEDED", 180.0, 17)
    assert "✓ Pusher" in kubeflow.errors
    assert json.loads(kubeflow("status", run["run_id"], "--env", str(lab), "--json")) == run


def test_status_lists_the_newest_runs_or_the_steps_of_one(
    server: ApiServer, kubeflow: Shell, lab: Path
) -> None:
    empty = kubeflow("status", "--env", str(lab))
    kubeflow("run", "--env", str(lab), "--name", "first [1]")
    kubeflow("run", "--env", str(lab), "--name", "second")
    first, second = server.service.runs
    rows = [line.split() for line in kubeflow("status", "--env", str(lab)).splitlines()]
    newest = kubeflow("status", "--env", str(lab), "--count", "1")
    one = kubeflow("status", first, "--env", str(lab)).splitlines()

    assert empty == f"no runs yet\nnext: zeroskew kubeflow run --env {lab} --wait\n"
    start = ["2026-03-01", "03:00"]
    assert [row for row in rows if row and row[0] in {first, second}] == [
        [second, "pending", *start, "second"],
        [first, "pending", *start, "first", "[1]"],
    ]
    assert second in newest
    assert first not in newest
    assert one == [
        "· CuratedSchema                 running",
        "running: first [1]",
        f"{server.host}/#/runs/details/{first}",
    ]
