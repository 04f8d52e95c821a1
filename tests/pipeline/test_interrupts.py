"""Ctrl-C, and a request to stop."""

import os
import signal
import subprocess
import sys

import pytest
from zeroskew_command import ROOT

from pipeline.interrupts import Interrupted, interruptible, restartable

PROGRAM = """
import os, signal, sys
import pipeline.schema_commands as commands
from pipeline.cli import main

def stop(*_, **__):
    try:
        os.kill(os.getpid(), signal.{name})
        sum(range(10**9))
    except Exception:
        print("taken for a failure")
    finally:
        print("tidied up")

commands.app.registered_commands[0].callback.__globals__["quiet"] = stop
import data_ingestion.readers.source as source
source.locate = stop
sys.argv = ["zeroskew", "schema", "infer", "x.csv", "--output", "y"]
main()
"""


@pytest.mark.parametrize(("name", "exit_code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_command_ends_with_a_sentence(name: str, exit_code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{name}", name)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        exit_code,
        "tidied up\n",
        "interrupted\n",
    )


def test_what_can_be_started_again_says_so() -> None:
    with pytest.raises(Interrupted) as raised, restartable():
        raise Interrupted(signal.SIGINT)
    assert raised.value.exit_code == 130
    assert raised.value.sentence == (
        "interrupted; start the run again: what is finished is not repeated"
    )


def test_the_second_one_does_not_disturb_and_the_handlers_come_back() -> None:
    tidied = []

    def work() -> None:
        with interruptible():
            try:
                os.kill(os.getpid(), signal.SIGINT)
            finally:
                os.kill(os.getpid(), signal.SIGINT)
                tidied.append(True)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted):
        work()
    assert tidied == [True]
    assert signal.getsignal(signal.SIGINT) is before
