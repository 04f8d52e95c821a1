"""The commands about the schema."""

import json
import shlex
from pathlib import Path

import pytest
from zeroskew_command import Run, files_below, message, run


class TestSchema:
    def test_infers_none_from_data_that_is_not_there(self, tmp_path: Path) -> None:
        done = run("schema", "infer", tmp_path / "none.csv", "--output", tmp_path / "s.pbtxt")
        assert done.exit_code == 4
        assert done.stderr.startswith("error: the data must exist\n")
        assert files_below(tmp_path) == []

    def test_announces_rows_that_a_split_cannot_deal(self, tmp_path: Path) -> None:
        data, schema = tmp_path / "rows.csv", tmp_path / "s.pbtxt"
        data.write_text("who~what\na~1\n~2\n", encoding="utf-8")
        written = ("--set", "data.csv.delimiter='~'")
        by = ("--set", "data.split=key", "--set")
        done = run("schema", "infer", data, "--output", schema, *written, *by, "data.key=who")
        assert done == Run(
            0,
            "who: missing in some rows, which a run rejects, for data.key deals rows to splits by "
            f"it\nwrote {schema} with 2 columns; read it and correct it before you use it\n",
            "",
        )
        schema.unlink()
        done = run("schema", "infer", data, "--output", schema, *written, *by, "data.key=what")
        assert done.stdout.startswith("wrote ")

    def test_names_of_columns_stay_the_users_own(self, tmp_path: Path) -> None:
        schema, old, new = (tmp_path / name for name in ("schema.pbtxt", "old.csv", "new.csv"))
        old.write_text("größe (cm)\n1.5\n2.5\n", encoding="utf-8")
        new.write_text('größe (cm)\n1.5\n""\n', encoding="utf-8")
        assert run("schema", "infer", old, "--output", schema).exit_code == 0
        assert 'name: "größe (cm)"' in schema.read_text(encoding="utf-8")
        options = ("--data", new, "--set", f"schema_file={schema}")
        found = run("schema", "diff", *options)
        assert found.stdout.splitlines()[0].startswith("größe (cm): ")
        accept = shlex.split(found.stdout.splitlines()[-1].removeprefix("to accept: zeroskew "))
        assert accept == ["schema", "accept", "größe (cm)", *map(str, options)]
        assert run("schema", "accept", "größe (cm)", *options).exit_code == 0
        assert run("schema", "diff", *options).exit_code == 0

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
            f"to accept: zeroskew schema accept hour {shlex.join(map(str, options))}\n",
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
