"""Files, variables and assignments that settings come from."""

from pathlib import Path
from typing import Any

import pytest
from settings_files import TOP, TRAINER, message_of, settings_file

from pipeline.settings import load_settings
from pipeline.settings_sources import parse_assignments
from zeroskew.errors import SettingsError


class TestUnknownKeys:
    @pytest.mark.parametrize(
        ("line", "message"),
        [
            (
                "sed: 2",
                f"unknown setting 'sed'\n  allowed:  {TOP}\n  received: sed = 2\n"
                "  do:       did you mean 'seed'?",
            ),
            (
                "colour: red",
                f"unknown setting 'colour'\n  allowed:  {TOP}\n  received: colour = 'red'\n"
                "  do:       remove it",
            ),
            (
                "trainer: {epoch: 2}",
                f"unknown setting 'trainer.epoch'\n  allowed:  {TRAINER}\n"
                "  received: trainer.epoch = 2\n  do:       did you mean 'epochs'?",
            ),
            (
                "data: {file: a.csv}",
                "unknown setting 'data.file'\n  allowed:  allowed_rejected, csv, eval_from, "
                "eval_parts, jdbc, key, max_rate_change, partition_column, partitions, path, "
                "query, rates, rules, sample, serving_log, span, split, time, train_parts, "
                "window, workers\n"
                "  received: data.file = 'a.csv'\n  do:       remove it",
            ),
            (
                "gate: {slices: {company=Blue: {acu: 0.9}}}",
                "unknown setting 'gate.slices.company=Blue.acu'\n"
                "  allowed:  accuracy, auc, balanced_accuracy, ece, log_loss, mae, rmse\n"
                "  received: gate.slices.company=Blue.acu = 0.9\n"
                "  do:       did you mean 'auc'?",
            ),
        ],
    )
    def test_in_the_file(self, tmp_path: Path, line: str, message: str) -> None:
        assert message_of(settings_file(tmp_path, line)) == message

    def test_on_the_command_line(self) -> None:
        assert message_of(None, parse_assignments(["trainer.epoch=3"])) == (
            f"unknown setting 'trainer.epoch'\n  allowed:  {TRAINER}\n"
            "  received: trainer.epoch = 3\n  do:       did you mean 'epochs'?"
        )

    @pytest.mark.parametrize(
        ("name", "action"),
        [
            ("ZEROSKEW_TRAINER__EPOCH", "did you mean 'ZEROSKEW_TRAINER__EPOCHS'?"),
            ("ZEROSKEW_SED", "did you mean 'ZEROSKEW_SEED'?"),
            ("ZEROSKEW_TRAINER_EPOCHS", "did you mean 'ZEROSKEW_TRAINER__EPOCHS'?"),
            ("ZEROSKEW_HOME", "unset it"),
        ],
    )
    def test_in_the_environment(
        self, monkeypatch: pytest.MonkeyPatch, name: str, action: str
    ) -> None:
        monkeypatch.setenv(name, "3")
        assert message_of() == (
            "an environment variable that starts with ZEROSKEW_ must name a setting\n"
            f"  received: {name}\n"
            f"  do:       {action}"
        )

    def test_a_variable_of_the_set_up_is_no_setting_and_no_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ZEROSKEW_PYTHON", "/usr/bin/python3.10")
        assert load_settings().name == "taxi"


class TestFiles:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"seed: [1", "while parsing a flow sequence"),
            (b"name: caf\xe9", "'utf-8' codec can't decode byte 0xe9"),
        ],
    )
    def test_a_file_that_is_no_yaml(self, tmp_path: Path, content: bytes, reason: str) -> None:
        file = tmp_path / "settings.yaml"
        file.write_bytes(content)
        rule, received, action = message_of(file).splitlines()
        assert rule == "the settings file must be a YAML file that can be read"
        assert received.startswith(f"  received: {file}: {reason}")
        assert action == "  do:       check the path given with --config"

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        file = tmp_path / "none.yaml"
        assert message_of(file) == (
            "the settings file must be a YAML file that can be read\n"
            f"  received: {file}: [Errno 2] No such file or directory: '{file}'\n"
            "  do:       check the path given with --config"
        )

    @pytest.mark.parametrize(
        ("content", "kind"), [("- seed", "list"), ("seed", "str"), ("5", "int")]
    )
    def test_a_file_without_keys(self, tmp_path: Path, content: str, kind: str) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text(content, encoding="utf-8")
        assert message_of(file) == (
            "the settings file must hold keys and values\n"
            f"  received: {file} with a {kind}\n"
            "  do:       see pipeline/taxi.yaml for an example"
        )


class TestParseAssignments:
    @pytest.mark.parametrize(
        ("assignments", "nested"),
        [
            ([], {}),
            (["seed=2"], {"seed": 2}),
            (["trainer.epochs=5"], {"trainer": {"epochs": 5}}),
            (
                ["trainer.epochs=5", "trainer.dropout=0.5", "cache=false"],
                {"trainer": {"epochs": 5, "dropout": 0.5}, "cache": False},
            ),
            (["seed=2", "seed=3"], {"seed": 3}),
            (["gate.thresholds.auc=0.9"], {"gate": {"thresholds": {"auc": 0.9}}}),
            (["slices=[company, payment_type]"], {"slices": ["company", "payment_type"]}),
            (["data.path=my trips/a=b.csv"], {"data": {"path": "my trips/a=b.csv"}}),
            (["gate.thresholds={auc: 0.9}"], {"gate": {"thresholds": {"auc": 0.9}}}),
            (["name="], {"name": None}),
        ],
    )
    def test_values_are_yaml_and_dots_are_sections(
        self, assignments: list[str], nested: dict[str, Any]
    ) -> None:
        assert parse_assignments(assignments) == nested

    @pytest.mark.parametrize(
        ("assignments", "message"),
        [
            (
                ["seed"],
                "--set takes a setting and its value\n"
                "  allowed:  --set KEY=VALUE, such as --set trainer.epochs=5\n"
                "  received: --set seed",
            ),
            (
                ["slices=[a"],
                "--set takes a value in YAML\n"
                "  allowed:  such as 5, true, taxi, [a, b] or {auc: 0.9}\n"
                "  received: --set slices=[a\n"
                "  do:       close brackets and quotes",
            ),
            (
                ["data=a.csv", "data.split=hash"],
                "setting 'data' has either a value or settings below it\n"
                "  received: --set data=a.csv and --set data.split=hash\n"
                "  do:       remove one of them",
            ),
        ],
    )
    def test_what_it_cannot_take(self, assignments: list[str], message: str) -> None:
        with pytest.raises(SettingsError) as caught:
            parse_assignments(assignments)
        assert str(caught.value) == message
