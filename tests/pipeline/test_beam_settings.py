"""Settings of Beam that are refused, and what is said then."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from beam_cases import FLINK, PORTABLE
from pydantic import ValidationError

from pipeline.beam import BeamSettings
from pipeline.settings import load_settings
from zeroskew.errors import SettingsError

SPELLINGS_OF_DASK = [
    ["--runner=DaskRunner"],
    ["--runner", "DaskRunner"],
    ["--runner=daskrunner"],
    ["--runner=dask"],
    ["--runner=apache_beam.runners.dask.dask_runner.DaskRunner"],
    ["--project=acme", "--runner", "apache_beam.runners.dask.dask_runner.DaskRunner", "--x=1"],
]


def message_of(beam: dict[str, Any], extra: list[str] | None = None) -> str:
    """Returns what loading such settings ends with, without the value and the advice."""
    with pytest.raises(SettingsError) as caught:
        load_settings(None, {"beam": beam, "beam_args": extra or []})
    return caught.value.rule


class TestWrongSettings:
    @pytest.mark.parametrize(
        ("beam", "message"),
        [
            (
                {"job_endpoint": "jobs:8099", "region": "europe-west1"},
                "runner direct has no job_endpoint, region; it has temp, workers; "
                "remove the others, or choose another runner",
            ),
            (
                {**PORTABLE, "workers": 4},
                "runner portable has no workers; it has environment, job_endpoint, setup_file, "
                "temp, worker_command, worker_image, worker_pool; "
                "remove the others, or choose another runner",
            ),
            (
                {"runner": "portable"},
                "runner portable needs job_endpoint, environment; docs/beam.md says what they are",
            ),
            (
                {"runner": "flink", "environment": "loopback"},
                "runner flink needs job_endpoint or master; docs/beam.md says what they are",
            ),
            (
                {"runner": "dataflow", "project": "acme", "temp": "gs://acme/temp"},
                "runner dataflow needs region, setup_file or worker_image; "
                "docs/beam.md says what they are",
            ),
            (
                {**FLINK, "master": "http://flink:8081"},
                "job_endpoint names a job server that runs, master has one started here; "
                "remove one of them",
            ),
            (
                {**FLINK, "job_server_jar": "flink.jar"},
                "job_server_jar is for a job server that is started here; "
                "remove it, or set master in place of job_endpoint",
            ),
            (
                {"runner": "portable", "job_endpoint": "jobs:8099", "environment": "external"},
                "environment external needs worker_pool",
            ),
            (
                {**PORTABLE, "worker_image": "acme/worker:1", "worker_command": "/boot"},
                "environment external has no worker_command, worker_image; "
                "remove it, or choose another environment",
            ),
        ],
    )
    def test_say_what_is_missing_or_belongs_to_another_engine(
        self, beam: dict[str, Any], message: str
    ) -> None:
        assert message_of(beam) == f"setting 'beam': {message}"

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("job_endpoint", "http://jobs:8099"),
            ("job_endpoint", "jobs"),
            ("worker_pool", "me:secret@pool:50000"),
            ("master", "http://me:secret@flink:8081"),
            ("temp", "/tmp"),
            ("staging", "s3://acme/staging"),
        ],
    )
    def test_an_address_has_its_form(self, key: str, value: str) -> None:
        rule = message_of({**FLINK, key: value})
        assert rule.startswith(f"setting 'beam.{key}': string should match pattern")

    def test_an_unknown_engine_and_an_unknown_key(self) -> None:
        assert message_of({"runner": "prism"}) == (
            "setting 'beam.runner': input should be 'direct', 'portable', 'flink', 'spark' or "
            "'dataflow'"
        )
        assert message_of({"endpoint": "jobs:8099"}) == "unknown setting 'beam.endpoint'"

    def test_the_example_in_the_document_is_right(self) -> None:
        text = Path(__file__).parents[2].joinpath("docs", "beam.md").read_text(encoding="utf-8")
        (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
        settings = load_settings(None, yaml.safe_load(example))
        assert (settings.beam.runner, settings.beam.workers) == ("flink", 16)

    def test_settings_do_not_change(self) -> None:
        with pytest.raises(ValidationError, match="Instance is frozen"):
            BeamSettings().workers = 2


class TestDask:
    @pytest.mark.parametrize("extra", SPELLINGS_OF_DASK, ids=" ".join)
    def test_is_refused_in_each_spelling_and_the_reason_is_given(self, extra: list[str]) -> None:
        assert message_of({}, extra) == (
            "setting 'beam_args': Beam's DaskRunner loses data and says nothing: it "
            "runs the last branch of a pipeline only, and each step of TFX has several; use "
            "direct, portable, flink, spark or dataflow"
        )

    def test_is_refused_as_a_setting_too(self) -> None:
        assert "loses data and says nothing" in message_of({"runner": "dask"})

    def test_two_engines_at_once_are_refused(self) -> None:
        assert message_of(PORTABLE, ["--runner=FlinkRunner"]) == (
            "setting 'beam_args': beam.runner says portable, and they name a "
            "--runner too; remove one of them"
        )
