import json
from pathlib import Path

import pytest
from settings_files import message_of, settings_file

from pipeline.settings import Settings, load_settings

TAXI = Path(__file__).parents[2] / "pipeline" / "taxi.yaml"


class TestDefaults:
    def test_without_a_file_the_built_in_case_is_run(self) -> None:
        settings = load_settings()
        assert settings.name == "taxi"
        assert settings.features == "model.features"
        assert (
            settings.schema_file.resolve() == TAXI.parents[1] / "data_ingestion/schema/taxi.pbtxt"
        )
        assert (settings.data.path, settings.data.split) == ("taxi", "hash")
        assert settings.data.shares == {"train": 4, "eval": 1}
        assert settings.output == Path("runs/taxi")
        assert settings.slices == ("payment_type",)
        assert settings.gate.thresholds.auc is not None
        assert settings.gate.thresholds.auc >= 0.9

    def test_a_file_needs_a_schema_only(self, tmp_path: Path) -> None:
        settings = load_settings(settings_file(tmp_path))
        defaults = Settings(schema_file=tmp_path / "trips.pbtxt")
        assert settings.model_dump() == defaults.model_dump()
        assert (settings.name, settings.seed, settings.cache) == ("zeroskew", 1, True)
        assert settings.output == Path("runs")
        assert settings.slices == ()
        assert settings.parity_rows == 500
        assert settings.trainer.epochs is None
        assert settings.trainer.hidden_units == (128, 64)
        assert settings.gate.margins.given() == {}
        assert settings.gate.thresholds.given() == {}
        assert settings.beam_args == ()

    def test_settings_do_not_change(self, tmp_path: Path) -> None:
        settings = load_settings(settings_file(tmp_path))
        with pytest.raises(ValueError, match="Instance is frozen"):
            settings.seed = 2


class TestPrecedence:
    @pytest.mark.parametrize(
        ("sources", "epochs"),
        [
            ((), None),
            (("file",), 3),
            (("file", "environment"), 4),
            (("file", "environment", "command line"), 5),
            (("environment", "command line"), 5),
            (("file", "command line"), 5),
            (("environment",), 4),
        ],
    )
    def test_command_line_over_environment_over_file_over_default(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        sources: tuple[str, ...],
        epochs: int | None,
    ) -> None:
        lines = ("trainer: {epochs: 3}",) if "file" in sources else ()
        file = settings_file(tmp_path, *lines)
        if "environment" in sources:
            monkeypatch.setenv("ZEROSKEW_TRAINER__EPOCHS", "4")
        overrides = {"trainer": {"epochs": 5}} if "command line" in sources else {}
        assert load_settings(file, overrides).trainer.epochs == epochs

    def test_one_key_of_a_section_leaves_the_others_as_they_are(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = settings_file(tmp_path, "trainer: {epochs: 3, batch_size: 33, patience: 3}")
        monkeypatch.setenv("ZEROSKEW_TRAINER__BATCH_SIZE", "44")
        trainer = load_settings(file, {"trainer": {"patience": 5}}).trainer
        assert (trainer.epochs, trainer.batch_size, trainer.patience) == (3, 44, 5)
        assert trainer.learning_rate == 3e-3

    def test_a_section_of_a_section(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = settings_file(tmp_path, "gate: {thresholds: {auc: 0.9, accuracy: 0.8}}")
        monkeypatch.setenv("ZEROSKEW_GATE__THRESHOLDS__AUC", "0.95")
        thresholds = load_settings(file).gate.thresholds
        assert (thresholds.auc, thresholds.accuracy) == (0.95, 0.8)

    def test_a_list_in_the_environment_is_json(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ZEROSKEW_SLICES", '["company"]')
        monkeypatch.setenv("ZEROSKEW_TRAINER__HIDDEN_UNITS", "[8, 4]")
        settings = load_settings()
        assert settings.slices == ("company",)
        assert settings.trainer.hidden_units == (8, 4)

    def test_slices_are_columns_ranges_and_pairs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slices = ["company", {"fare": [5, 10.5]}, ["hour", {"fare": {"quantiles": 4}}]]
        line = "slices: [company, {fare: [5, 10.5]}, [hour, {fare: {quantiles: 4}}]]"
        assert load_settings(settings_file(tmp_path, line)).slices == tuple(slices)
        monkeypatch.setenv("ZEROSKEW_SLICES", json.dumps(slices))
        assert load_settings().slices == tuple(slices)
        assert load_settings(overrides={"slices": slices[:1]}).slices == ("company",)


class TestPaths:
    def test_what_a_file_reads_is_relative_to_the_file(self, tmp_path: Path) -> None:
        folder = tmp_path / "my case"
        data = "data: {path: rows/all.csv, rules: rules.yaml, serving_log: served/*.csv}"
        settings = load_settings(settings_file(folder, "features: features.py", data))
        assert settings.schema_file == folder / "trips.pbtxt"
        assert settings.features == str(folder / "features.py")
        assert settings.data.path == str(folder / "rows" / "all.csv")
        assert settings.data.rules == folder / "rules.yaml"
        assert settings.data.serving_log == str(folder / "served" / "*.csv")

    def test_absolute_paths_modules_and_the_built_in_data_stay(self, tmp_path: Path) -> None:
        file = settings_file(
            tmp_path, "features: my_case.features", "data: {path: taxi}", "output: /var/runs"
        )
        settings = load_settings(file)
        assert settings.features == "my_case.features"
        assert settings.data.path == "taxi"
        assert settings.output == Path("/var/runs")
        absolute = settings_file(tmp_path, "data: {path: /data/rows.csv}", "features: /f/mine.py")
        assert load_settings(absolute).data.path == "/data/rows.csv"
        assert load_settings(absolute).features == "/f/mine.py"

    def test_where_a_run_writes_is_relative_to_the_current_folder(self, tmp_path: Path) -> None:
        assert load_settings(settings_file(tmp_path, "output: runs/mine")).output == Path(
            "runs/mine"
        )

    def test_paths_from_elsewhere_are_relative_to_the_current_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ZEROSKEW_SCHEMA_FILE", "mine.pbtxt")
        overrides = {"data": {"path": "rows.csv"}, "output": Path("out")}
        settings = load_settings(settings_file(tmp_path, "data: {path: a.csv}"), overrides)
        assert settings.schema_file == Path("mine.pbtxt")
        assert settings.data.path == "rows.csv"
        assert settings.output == Path("out")


class TestWrongValues:
    @pytest.mark.parametrize(
        ("line", "rule", "received"),
        [
            (
                "seed: many",
                "setting 'seed': input should be a valid integer, unable to parse string as an "
                "integer",
                "'many'",
            ),
            ("seed: -1", "setting 'seed': input should be greater than or equal to 0", "-1"),
            (
                "trainer: {epochs: 0}",
                "setting 'trainer.epochs': input should be greater than or equal to 1",
                "0",
            ),
            (
                "data: {split: random}",
                "setting 'data.split': input should be 'hash', 'key', 'time' or 'folders'",
                "'random'",
            ),
            ("slices: company", "setting 'slices': input should be a valid tuple", "'company'"),
            (
                "gate: {thresholds: {auc: 95}}",
                "setting 'gate.thresholds.auc': input should be less than or equal to 1",
                "95",
            ),
            (
                "trainer: 5",
                "setting 'trainer': input should be a valid dictionary or instance of "
                "TrainerSettings",
                "5",
            ),
            (
                "name: My Case",
                "setting 'name': string should match pattern '^[a-z0-9][a-z0-9-]*$'",
                "'My Case'",
            ),
        ],
    )  # fmt: skip
    def test_says_setting_rule_and_value(
        self, tmp_path: Path, line: str, rule: str, received: str
    ) -> None:
        file = settings_file(tmp_path, line)
        assert message_of(file) == (
            f"{rule}\n"
            f"  received: {received}\n"
            f"  do:       correct it on the command line, in the environment or in {file}"
        )

    @pytest.mark.parametrize("line", ["slices: [{fare: [10, 5]}]", "slices: [{fare: 5}]"])
    def test_a_slice_of_another_form_hears_which_there_are(self, tmp_path: Path, line: str) -> None:
        assert message_of(settings_file(tmp_path, line)) == (
            "a slice is a column, a number cut at edges or into quantiles, or a pair of such\n"
            "  allowed:  COLUMN, {COLUMN: [1, 10]} with growing edges, {COLUMN: {quantiles: 4}}, "
            "[COLUMN, COLUMN]\n"
            f"  received: {line.removeprefix('slices: [').replace('fare', repr('fare'))[:-1]}\n"
            "  do:       correct 'slices' in the settings"
        )

    def test_a_file_without_a_schema(self, tmp_path: Path) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text("", encoding="utf-8")
        assert message_of(file) == (
            "setting 'schema_file': field required\n"
            "  received: nothing\n"
            f"  do:       correct it on the command line, in the environment or in {file}"
        )

    @pytest.mark.parametrize(("name", "field"), [("SLICES", "slices"), ("TRAINER", "trainer")])
    def test_a_list_or_section_in_the_environment_that_is_no_json(
        self, monkeypatch: pytest.MonkeyPatch, name: str, field: str
    ) -> None:
        monkeypatch.setenv(f"ZEROSKEW_{name}", "company")
        assert message_of() == (
            "a list or a section in an environment variable is written as JSON\n"
            "  allowed:  such as ZEROSKEW_SLICES='[\"payment_type\"]'\n"
            f'  received: error parsing value for field "{field}" from source "EnvSettingsSource"\n'
            "  do:       correct the variable, or set one key of a section: "
            "ZEROSKEW_TRAINER__EPOCHS=5"
        )
