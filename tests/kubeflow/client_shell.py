"""The command line, typed in a test."""

from pathlib import Path

import pytest

from pipeline import cli

PROJECT = Path(__file__).parents[2]


class Shell:
    """The command line.

    Attributes:
        errors: what the last command printed to stderr.
    """

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._patch = patch
        self.errors = ""

    def __call__(self, *arguments: str) -> str:
        """Types `zeroskew kubeflow ...`; returns what it printed to stdout."""
        code, printed = self.ends(*arguments)
        assert code == 0, self.errors
        return printed

    def ends(self, *arguments: str) -> tuple[int, str]:
        """Types it, and returns its exit code and what it printed to stdout."""
        self._patch.setattr("sys.argv", ["zeroskew", "kubeflow", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = self._capsys.readouterr()
        self.errors = printed.err
        return int(ended.value.code or 0), printed.out
