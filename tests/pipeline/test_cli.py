"""The command line, each command in a process of its own, as a user starts it."""

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from zeroskew_command import ROOT, Run, files_below, message, run

from pipeline.cli import main
from zeroskew import __version__

HEAVY = (
    "tensorflow",
    "tfx",
    "keras",
    "apache_beam",
    "pydantic_settings",
    "pyarrow",
    "google.protobuf",
)


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


class TestHelp:
    @pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("--version",)])
    def test_imports_nothing_heavy(self, arguments: tuple[str, ...]) -> None:
        modules = imported(*arguments)
        assert "typer" in modules
        assert modules.isdisjoint(HEAVY)

    def test_names_every_command(self) -> None:
        done = run("--help")
        assert done.exit_code == 0
        for command in ("run", "ingest", "check", "features", "predict", "schema", "doctor"):
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

    def test_version(self) -> None:
        assert run("--version") == Run(0, f"zeroskew {__version__}\n", "")


class TestCheck:
    def test_prints_the_rows_of_the_built_in_data(self) -> None:
        assert run("check") == Run(0, "ok: 15,002 rows fit taxi.pbtxt and the features\n", "")

    def test_imports_no_tensorflow_for_a_list_without_lambdas(self, tmp_path: Path) -> None:
        (tmp_path / "features.py").write_text(
            "from model import Amount, FeatureSet, Numeric\n"
            'FEATURES = FeatureSet(Amount("fare"), [Numeric("trip_miles")])\n'
        )
        file = tmp_path / "settings.yaml"
        schema = ROOT / "data_ingestion" / "schema" / "taxi.pbtxt"
        file.write_text(f"features: features.py\nschema_file: {schema}\n")
        modules = imported("check", "--config", str(file))
        assert modules.isdisjoint({"tensorflow", "keras", "tfx", "apache_beam"})

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

    def test_refuses_slices_by_each_of_many_fractions(self) -> None:
        done = run("check", "--set", "slices=[payment_type, fare]")
        assert done.exit_code == 2
        assert done.stderr == (
            "error: a column of fractions is cut into slices: each of its values alone would be "
            "one\n"
            "  allowed:  {fare: [1, 10]} or {fare: {quantiles: 4}}\n"
            "  received: 'fare'\n"
            "  do:       write edges, or a number of quantiles, in 'slices'\n"
        )

    def test_takes_slices_by_ranges_and_their_bounds(self) -> None:
        slices = "slices=[payment_type, [payment_type, {fare: [10, 20]}]]"
        bound = "gate.slices={'fare=10 to 20, payment_type=Cash': {auc: 0.6}}"
        assert run("check", "--set", slices, "--set", bound).exit_code == 0
        done = run("check", "--set", slices, "--set", bound.replace("10 to 20", "15"))
        assert done.exit_code == 2
        assert "  allowed:  payment_type=VALUE; fare=below 10 | 10 to 20 |" in done.stderr

    def test_refuses_a_bound_for_a_slice_that_is_not_measured(self) -> None:
        done = run("check", "--set", "slices=[company]")
        assert done.exit_code == 2
        assert done.stderr == (
            "error: gate.slices bounds slices that are measured\n"
            "  allowed:  company=VALUE\n"
            "  received: 'payment_type=Credit Card'\n"
            "  do:       name its column in 'slices'\n"
        )

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
        (f"`{features.label.name}`", "label: yes or no"),
    ]
    assert cells[0] == (
        "`fare`", "numeric", "`fare`", "scaling=log, impute=mean, missing_indicator=False",
    )  # fmt: skip
    assert cells[-1][2] == "`tips`, `fare`"


class TestIngest:
    def test_data_without_a_column_of_the_schema(self, tmp_path: Path) -> None:
        data = tmp_path / "trips.csv"
        data.write_text("fare,tip\n1,2\n", encoding="utf-8")
        done = run("ingest", "--data", data, "--output", tmp_path / "out", "--json")
        assert done.exit_code == 4
        assert "every data file must have the column 'company'" in done.stderr
        assert json.loads(done.stdout)["error"]["exit_code"] == 4
        page = tmp_path / "out" / "report.html"
        assert json.loads(done.stdout)["report_path"] == str(page)
        assert sorted(files_below(tmp_path / "out")) == [page.with_name(".lock"), page]

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
                "rows are read from a data file, or from a JSON file with a list of objects",
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
            (("predict", "--limit", "0"), "Invalid value for '--limit': "),
        ],
    )
    def test_a_wrong_word_has_exit_code_2_and_no_traceback(
        self, arguments: Iterable[str], complaint: str
    ) -> None:
        done = run(*arguments)
        assert done.exit_code == 2
        assert complaint in words(done.stderr)
        assert "Traceback" not in done.stderr

    def test_an_error_of_this_project_asks_for_a_report(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("pipeline.checks.columns_of", lambda schema: 1 / 0)
        monkeypatch.setattr("sys.argv", ["zeroskew", "check"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert (ended.value.code, capsys.readouterr().err) == (
            1,
            "error: ZeroDivisionError: division by zero\n"
            "  do:       run again with --debug, and report it\n",
        )

    def test_a_mistake_in_the_features_file_is_shown_with_its_line(self, tmp_path: Path) -> None:
        file = tmp_path / "features.py"
        file.write_text("FEATURES = 1 / 0\n", encoding="utf-8")
        done: Any = run("check", "--set", f"features={file}")
        assert done == Run(
            2,
            "",
            "error: a features file must run\n"
            f"  received: ZeroDivisionError: division by zero, in {file}, line 1\n"
            "  do:       correct this line\n",
        )
        debugged = run("check", "--debug", "--set", f"features={file}")
        assert "FEATURES = 1 / 0" in debugged.stderr
