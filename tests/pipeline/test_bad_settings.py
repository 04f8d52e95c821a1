"""Bad settings and folders through the real command."""

from pathlib import Path

import pytest
from failing_run import fails
from settings_files import TOP
from zeroskew_command import ROOT, run

SCHEMA = ROOT / "data_ingestion" / "schema" / "taxi.pbtxt"


class TestSettings:
    UNKNOWN = (
        "unknown setting 'sed'",
        f"  allowed:  {TOP}",
        "  received: sed = 2",
        "  do:       did you mean 'seed'?",
    )

    def test_an_unknown_key_in_the_file(self, output: Path, tmp_path: Path) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text(f"schema_file: {SCHEMA}\nsed: 2\n", encoding="utf-8")
        lines = list(self.UNKNOWN)
        fails(output, "--config", file, exit_code=2, kind="SettingsError", lines=lines)

    def test_an_unknown_key_on_the_command_line(self, output: Path) -> None:
        lines = list(self.UNKNOWN)
        fails(output, "--set", "sed=2", exit_code=2, kind="SettingsError", lines=lines)

    def test_an_unknown_key_in_the_environment(self, output: Path) -> None:
        fails(
            output,
            exit_code=2,
            kind="SettingsError",
            environment={"ZEROSKEW_SED": "2"},
            lines=[
                "an environment variable that starts with ZEROSKEW_ must name a setting",
                "  received: ZEROSKEW_SED",
                "  do:       did you mean 'ZEROSKEW_SEED'?",
            ],
        )

    def test_a_file_that_is_not_there(self, output: Path, tmp_path: Path) -> None:
        file = tmp_path / "none.yaml"
        fails(
            output,
            "--config",
            file,
            exit_code=2,
            kind="SettingsError",
            lines=[
                "the settings file must be a YAML file that can be read",
                f"  received: {file}: [Errno 2] No such file or directory: '{file}'",
                "  do:       check the path given with --config",
            ],
        )


class TestFolders:
    ACTION = "  do:       choose another folder, or change its owner or mode"

    def test_a_serving_folder_that_cannot_be_written(self, output: Path) -> None:
        output.mkdir()
        (output / "serving").write_text("kept", encoding="utf-8")
        fails(
            output,
            exit_code=2,
            kind="WorkspaceError",
            lines=[
                "the serving folder must be a folder that can be written",
                f"  received: {output / 'serving'} (File exists)",
                self.ACTION,
            ],
        )

    @pytest.mark.parametrize(("below", "reason"), [("", "File exists"), ("out", "Not a directory")])
    def test_an_output_folder_that_cannot_be_made(
        self, tmp_path: Path, below: str, reason: str
    ) -> None:
        (tmp_path / "file").write_text("kept", encoding="utf-8")
        fails(
            tmp_path / "file" / below,
            exit_code=2,
            kind="WorkspaceError",
            lines=[
                "the output folder must be a folder that can be written",
                f"  received: {tmp_path / 'file' / below} ({reason})",
                self.ACTION,
            ],
        )
        assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


def test_debug_shows_the_traceback_before_the_message(output: Path, tmp_path: Path) -> None:
    done = run("run", "--output", output, "--debug", "--data", tmp_path / "none.csv")
    assert done.exit_code == 4
    assert done.stdout == f"report     {output / 'report.html'}\n"
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert "zeroskew.errors.DataError: the data must exist\n" in done.stderr
    assert "\nerror: the data must exist\n" in done.stderr
    files = sorted(path.name for path in output.rglob("*") if path.is_file())
    assert files == [".lock", "report.html"]
