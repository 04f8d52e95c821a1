"""The command line, each command in a process of its own, as a user starts it."""

import dataclasses
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from zeroskew import __version__

ROOT = Path(__file__).parents[2]
HEAVY = (
    "tensorflow",
    "tfx",
    "keras",
    "apache_beam",
    "pydantic_settings",
    "pyarrow",
    "google.protobuf",
)


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished process."""

    exit_code: int
    stdout: str
    stderr: str


def run(*arguments: object, environment: dict[str, str] | None = None) -> Run:
    """Runs `zeroskew` with these arguments and waits for it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ZEROSKEW_")}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        cwd=ROOT,
        env={**clean, "COLUMNS": "200", **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def imported(*arguments: str) -> set[str]:
    """Runs `zeroskew` in a process that says which modules it has imported."""
    program = (
        "import sys\nsys.argv = ['zeroskew', *sys.argv[1:]]\n"
        "from pipeline.cli import main\n"
        "try:\n    main()\nfinally:\n    print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return set(done.stderr.splitlines())


def words(text: str) -> str:
    """Returns a text without frames and line breaks."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split())


def message(rule: str, **parts: str) -> str:
    """Returns what standard error holds, and nothing else, after an error."""
    labels = {"allowed": "allowed:  ", "received": "received: ", "do": "do:       "}
    return "".join(
        [f"error: {rule}\n", *(f"  {labels[name]}{text}\n" for name, text in parts.items())]
    )


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]


class TestHelp:
    @pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("--version",)])
    def test_imports_nothing_heavy(self, arguments: tuple[str, ...]) -> None:
        modules = imported(*arguments)
        assert "typer" in modules
        assert modules.isdisjoint(HEAVY)

    def test_names_every_command(self) -> None:
        done = run("--help")
        assert done.exit_code == 0
        for command in ("run", "ingest", "check", "features", "predict", "schema"):
            assert re.search(rf"^│ {command} ", done.stdout, re.MULTILINE), command
        assert "Start with: zeroskew run" in done.stdout

    def test_is_what_a_bare_command_prints(self) -> None:
        done = run()
        assert "Start with: zeroskew run" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr

    def test_of_run_teaches_exit_codes_and_examples(self) -> None:
        text = words(run("run", "--help").stdout)
        assert (
            "Exit codes: 0 blessed, 3 not blessed, 4 the data stopped the run, 5 training and "
            "serving disagree, 2 wrong usage, 1 anything else."
        ) in text
        for example in (
            "zeroskew run",
            "zeroskew run --data trips/ --output runs/trips --seed 2",
            "zeroskew run --config my_case/settings.yaml --set trainer.epochs=10",
            "zeroskew run --json | tail -1 | python -m json.tool",
        ):
            assert example in text
        assert "A run that was killed is simply started again." in text

    def test_of_run_names_every_option(self) -> None:
        text = run("run", "--help").stdout
        for option in ("config", "data", "output", "seed", "set", "no-cache", "json", "debug"):
            assert f"--{option} " in text

    def test_version(self) -> None:
        assert run("--version") == Run(0, f"zeroskew {__version__}\n", "")


class TestCheck:
    def test_prints_the_rows_of_the_built_in_data(self) -> None:
        assert run("check") == Run(0, "ok: 15,002 rows fit taxi.pbtxt and the features\n", "")

    def test_imports_no_tensorflow(self) -> None:
        assert imported("check").isdisjoint({"tensorflow", "keras", "tfx", "apache_beam"})

    def test_an_error_is_a_message_and_with_debug_a_traceback(self, tmp_path: Path) -> None:
        data = tmp_path / "none.csv"
        expected = message(
            "the data must exist",
            allowed="'taxi' (built in), a file (*.csv, *.csv.gz, *.parquet, *.parq, "
            "*tfrecord*), "
            "a folder of them, or a pattern",
            received=f"{data} (no such file)",
            do="check the path given with --data or in the settings",
        )
        assert run("check", "--data", data) == Run(4, "", expected)
        debugged = run("check", "--data", data, "--debug")
        assert debugged.exit_code == 4
        assert debugged.stderr.startswith("Traceback (most recent call last):\n")
        assert debugged.stderr.endswith(expected)

    def test_refuses_a_slice_that_is_no_column(self) -> None:
        done = run("check", "--set", "slices=[nope]")
        assert done.exit_code == 2
        assert done.stderr.startswith("error: a slice must be a column of the schema\n")
        assert done.stderr.endswith("  received: 'nope'\n")

    def test_refuses_a_schema_that_cannot_be_read(self, tmp_path: Path) -> None:
        schema = tmp_path / "mine.pbtxt"
        schema.write_text("feature { nam: 'x' }", encoding="utf-8")
        done = run("check", "--set", f"schema_file={schema}")
        assert done.exit_code == 2
        rule, allowed, received, action = done.stderr.splitlines()
        assert rule == "error: the schema must be a file that can be read"
        assert allowed == "  allowed:  a tensorflow_metadata Schema in text form (.pbtxt)"
        assert received.startswith(f"  received: {schema}: 1:")
        assert action == "  do:       infer a first one: zeroskew schema infer DATA --output FILE"


def test_features_prints_the_feature_list_as_a_markdown_table() -> None:
    features = importlib.import_module("model.features").FEATURES
    done = run("features")
    assert (done.exit_code, done.stderr) == (0, "")
    header, rule, *rows = done.stdout.splitlines()
    assert header == "| feature | kind | reads | parameters |"
    assert rule == "| --- | --- | --- | --- |"
    cells = [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]
    assert [(name, kind) for name, kind, _, _ in cells] == [
        *((f"`{feature.name}`", feature.KIND) for feature in features.features),
        (f"`{features.label.name}`", "label"),
    ]
    assert cells[0] == (
        "`fare`", "numeric", "`fare`", "scaling=log, impute=mean, missing_indicator=False",
    )  # fmt: skip
    assert cells[-1][2] == "`tips`, `fare`"


class TestSchema:
    def test_infers_none_from_data_that_is_not_there(self, tmp_path: Path) -> None:
        done = run("schema", "infer", tmp_path / "none.csv", "--output", tmp_path / "s.pbtxt")
        assert done.exit_code == 4
        assert done.stderr.startswith("error: the data must exist\n")
        assert files_below(tmp_path) == []

    def test_the_built_in_data_does_not_differ_from_its_schema(self) -> None:
        expected = "15,002 rows against taxi.pbtxt: 0 errors, 0 warnings\n"
        assert run("schema", "diff") == Run(0, expected, "")

    def test_says_how_data_differs_and_accepts_it(self, tmp_path: Path) -> None:
        schema, data = tmp_path / "schema.pbtxt", tmp_path / "trips.csv"
        schema.write_text('feature { name: "hour" type: INT int_domain { max: 23 } }\n')
        data.write_text("hour\n24\n7\n", encoding="utf-8")
        options = ("--data", data, "--set", f"schema_file={schema}")
        line = 'feature { name: "hour" int_domain { max: 24 } }'
        assert run("schema", "diff", *options) == Run(
            4,
            "hour: range\n"
            "  expected: at most 23\n"
            "  observed: Unexpectedly large value: 24.\n"
            f"  row:      {data}, line 2: hour is 24\n"
            f"  accept:   {line}\n"
            "2 rows against schema.pbtxt: 1 error, 0 warnings\n"
            "to accept: zeroskew schema accept hour\n",
            "",
        )
        found = json.loads(run("schema", "diff", *options, "--json").stdout)
        assert (found["rows"], found["rejected"]) == (2, 0)
        assert [one["accept"] for one in found["anomalies"]] == [line]
        report = tmp_path / "data_report.json"
        report.write_text(json.dumps(found), encoding="utf-8")
        done = run("schema", "accept", "hour", "--report", report, *options, "--json")
        assert json.loads(done.stdout) == {"schema_file": str(schema), "accepted": [line]}
        text = 'feature { name: "hour" type: INT int_domain { max: 24 } }\n'
        assert schema.read_text(encoding="utf-8") == text
        assert run("schema", "accept", "--all", *options).stdout == (
            f"0 changes written to {schema}; read them: git diff\n"
        )

    @pytest.mark.parametrize(
        ("arguments", "received"), [((), "neither"), (("hour", "--all"), "--all and hour")]
    )
    def test_accepts_columns_or_all(self, arguments: tuple[str, ...], received: str) -> None:
        assert run("schema", "accept", *arguments) == Run(
            2,
            "",
            message(
                "say which changes to accept",
                allowed="names of columns, or --all",
                received=received,
                do="see them: zeroskew schema diff",
            ),
        )

    def test_a_report_that_is_none(self, tmp_path: Path) -> None:
        file = tmp_path / "none.json"
        done = run("schema", "accept", "hour", "--report", file)
        assert done.exit_code == 2
        assert done.stderr.startswith("error: --report takes what a run found in the data\n")
        assert f"  received: {file}: FileNotFoundError: " in done.stderr


class TestIngest:
    def test_data_without_a_column_of_the_schema(self, tmp_path: Path) -> None:
        data = tmp_path / "trips.csv"
        data.write_text("fare,tip\n1,2\n", encoding="utf-8")
        done = run("ingest", "--data", data, "--output", tmp_path / "out", "--json")
        assert done.exit_code == 4
        assert "every data file must have the column 'company'" in done.stderr
        assert json.loads(done.stdout)["error"]["exit_code"] == 4
        assert files_below(tmp_path / "out") == []

    def test_of_its_help_exit_codes_and_examples(self) -> None:
        text = words(run("ingest", "--help").stdout)
        assert (
            "0 the data has passed, 4 it stopped the run, 2 wrong usage, 1 anything else." in text
        )
        assert "zeroskew ingest --config my_case/settings.yaml --set data.span=2014" in text


class TestPredict:
    def test_a_folder_without_a_model(self, tmp_path: Path) -> None:
        expected = message(
            "the model must be a SavedModel that a run has pushed",
            received=str(tmp_path),
            do="give the folder that 'zeroskew run' printed as the model",
        )
        done = run("predict", "--model", tmp_path)
        assert (done.exit_code, done.stdout) == (4, "")
        assert done.stderr.endswith(expected)
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("rows.json", "[1", "Expecting ',' delimiter: line 1 column 3 (char 2)"),
            ("rows.json", '{"fare": 5}', "something else"),
            ("rows.json", "[1, 2]", "something else"),
            ("rows.csv", "", "Empty CSV file"),
            ("rows.csv", "fare,tips\n1\n", "CSV parse error: Expected 2 columns, got 1: 1"),
        ],
    )
    def test_rows_that_cannot_be_read(
        self, tmp_path: Path, name: str, content: str, reason: str
    ) -> None:
        file = tmp_path / name
        file.write_text(content, encoding="utf-8")
        assert run("predict", "--model", tmp_path, "--rows", file) == Run(
            4,
            "",
            message(
                "rows are read from a CSV file, or from a JSON file with a list of objects",
                received=f"{file}: {reason}",
                do="check the path given with --rows",
            ),
        )

    def test_rows_that_are_not_there(self, tmp_path: Path) -> None:
        file = tmp_path / "none.json"
        done = run("predict", "--model", tmp_path, "--rows", file)
        assert done.exit_code == 4
        assert f"  received: {file}: [Errno 2] No such file or directory: '{file}'\n" in done.stderr


class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (("run", "--dat", "x"), "No such option: --dat"),
            (("ran",), "No such command 'ran'"),
            (("run", "--seed", "x"), "Invalid value for '--seed': "),
            (("predict",), "Missing option '--model'"),
        ],
    )
    def test_a_wrong_word_has_exit_code_2_and_no_traceback(
        self, arguments: Iterable[str], complaint: str
    ) -> None:
        done = run(*arguments)
        assert done.exit_code == 2
        assert complaint in words(done.stderr)
        assert "Traceback" not in done.stderr

    def test_an_error_of_this_project_asks_for_a_report(self, tmp_path: Path) -> None:
        (tmp_path / "features.py").write_text("FEATURES = 1 / 0\n", encoding="utf-8")
        done: Any = run("check", "--set", f"features={tmp_path / 'features.py'}")
        assert done == Run(
            1,
            "",
            "error: ZeroDivisionError: division by zero\n"
            "  do:       run again with --debug, and report it\n",
        )
        debugged = run("check", "--debug", "--set", f"features={tmp_path / 'features.py'}")
        assert "FEATURES = 1 / 0" in debugged.stderr
