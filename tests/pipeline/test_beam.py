import socket
from typing import Any

import pytest
from apache_beam.options.pipeline_options import (
    DirectOptions,
    PipelineOptions,
    PortableOptions,
    StandardOptions,
)
from apache_beam.runners.runner import create_runner
from apache_beam.transforms.environments import Environment
from beam_cases import DATAFLOW, FLINK, PORTABLE
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec

from pipeline.beam import GROWING_STEPS, BeamSettings, beam_args, check_job_server
from pipeline.dag import create_pipeline
from pipeline.settings import load_settings
from zeroskew.errors import SettingsError
from zeroskew.parallel import is_distributed

POOL = "--environment_config=pool:50000"
JOBS = "--job_endpoint=jobs:8099"
NO_IMAGE = "--sdk_container_image=none"


class TestOptions:
    @pytest.mark.parametrize(
        ("settings", "options"),
        [
            ({}, ["--direct_running_mode=in_memory", "--direct_num_workers=1"]),
            ({"workers": 1}, ["--direct_running_mode=in_memory", "--direct_num_workers=1"]),
            ({"workers": 3}, ["--direct_running_mode=multi_processing", "--direct_num_workers=3"]),
        ],
    )
    def test_direct_is_one_process_or_several(
        self, settings: dict[str, Any], options: list[str]
    ) -> None:
        expected = ["--runner=FnApiRunner", NO_IMAGE, *options]
        assert beam_args(BeamSettings(**settings)) == expected

    @pytest.mark.parametrize(
        ("workers", "cpu", "mode", "count"),
        [
            (0, None, "in_memory", 1),
            (0, 0.5, "in_memory", 1),
            (0, 1.9, "in_memory", 1),
            (0, 2, "multi_processing", 2),
            (0, 4.5, "multi_processing", 4),
            (3, 1, "multi_processing", 3),
            (1, 8, "in_memory", 1),
        ],
    )
    def test_direct_has_the_size_of_its_container_unless_the_settings_say_it(
        self, workers: int, cpu: float | None, mode: str, count: int
    ) -> None:
        options = PipelineOptions(beam_args(BeamSettings(workers=workers), cpu=cpu))
        direct = options.view_as(DirectOptions)
        assert (direct.direct_running_mode, direct.direct_num_workers) == (mode, count)

    @pytest.mark.parametrize(
        ("settings", "options"),
        [
            (
                PORTABLE,
                ["PortableRunner", JOBS, NO_IMAGE, "--environment_type=EXTERNAL", POOL],
            ),
            (
                {"runner": "portable", "job_endpoint": "[::1]:8099", "environment": "loopback"},
                [
                    "PortableRunner",
                    "--job_endpoint=[::1]:8099",
                    NO_IMAGE,
                    "--environment_type=LOOPBACK",
                ],
            ),
            (
                {**FLINK, "workers": 8},
                [
                    "FlinkRunner",
                    JOBS,
                    NO_IMAGE,
                    "--parallelism=8",
                    "--environment_type=EXTERNAL",
                    POOL,
                ],
            ),
            (
                {
                    "runner": "flink",
                    "master": "http://flink:8081",
                    "job_server_jar": "/jars/flink.jar",
                    "environment": "docker",
                    "worker_image": "acme/worker:1",
                },
                [
                    "FlinkRunner",
                    "--sdk_container_image=acme/worker:1",
                    "--flink_master=http://flink:8081",
                    "--flink_job_server_jar=/jars/flink.jar",
                    "--environment_type=DOCKER",
                    "--environment_config=acme/worker:1",
                ],
            ),
            (
                {
                    "runner": "spark",
                    "master": "spark://spark:7077",
                    "environment": "process",
                    "worker_command": "/opt/apache/beam/boot",
                    "setup_file": "./setup.py",
                },
                [
                    "SparkRunner",
                    "--setup_file=./setup.py",
                    "--spark_master_url=spark://spark:7077",
                    "--environment_type=PROCESS",
                    '--environment_config={"command": "/opt/apache/beam/boot"}',
                ],
            ),
            (
                {**DATAFLOW, "staging": "gs://acme/staging", "workers": 20},
                [
                    "DataflowRunner",
                    "--project=acme",
                    "--region=europe-west1",
                    "--setup_file=./setup.py",
                    "--temp_location=gs://acme/temp",
                    "--staging_location=gs://acme/staging",
                    "--max_num_workers=20",
                ],
            ),
        ],
    )
    def test_another_engine_gets_what_it_needs(
        self, settings: dict[str, Any], options: list[str]
    ) -> None:
        runner, *others = options
        args = beam_args(BeamSettings(**settings), cpu=4)
        assert args == [f"--runner={runner}", *others]
        assert is_distributed(args)

    @pytest.mark.parametrize(
        ("settings", "urn"),
        [
            (PORTABLE, "beam:env:external:v1"),
            ({**FLINK, "environment": "external"}, "beam:env:external:v1"),
            (
                {
                    "runner": "spark",
                    "job_endpoint": "jobs:8099",
                    "environment": "docker",
                    "worker_image": "acme/worker:1",
                },
                "beam:env:docker:v1",
            ),
            (
                {
                    "runner": "portable",
                    "job_endpoint": "jobs:8099",
                    "environment": "process",
                    "worker_command": "/boot",
                },
                "beam:env:process:v1",
            ),
        ],
    )
    def test_beam_makes_of_them_the_environment_that_was_meant(
        self, settings: dict[str, Any], urn: str
    ) -> None:
        options = PipelineOptions(beam_args(BeamSettings(**settings)))
        name = options.view_as(StandardOptions).runner
        assert type(create_runner(name)).__name__ == name
        portable = options.view_as(PortableOptions)
        made = Environment.get_env_cls_from_urn(urn).from_options(portable)
        payload = made.to_runner_api_parameter(None)[1]
        assert any(place in str(payload) for place in ("pool:50000", "acme/worker:1", "/boot"))
        assert portable.environment_type == settings["environment"].upper()

    def test_options_by_hand_win_and_a_runner_by_hand_stands_alone(self) -> None:
        mode = "--direct_running_mode=multi_threading"
        assert beam_args(BeamSettings(workers=2), [mode, "--temp_location=gs://acme/temp"]) == [
            "--runner=FnApiRunner",
            NO_IMAGE,
            "--direct_num_workers=2",
            mode,
            "--temp_location=gs://acme/temp",
        ]
        by_hand = ["--runner", "DataflowRunner", "--project=acme"]
        assert beam_args(BeamSettings(), by_hand, cpu=8) == by_hand

    def test_what_runs_here_does_not_count_as_distributed(self) -> None:
        assert not is_distributed(beam_args(BeamSettings()))
        assert not is_distributed(beam_args(BeamSettings(workers=4)))
        assert not is_distributed(["--runner=direct"])
        assert not is_distributed(["--runner=FlinkRunner", "--runner=DirectRunner"])


class TestHandOut:
    def options_of(self, overrides: dict[str, Any], **more: Any) -> dict[str, list[str]]:
        pipeline = create_pipeline(load_settings(None, overrides), **more)
        return {
            step.id: step.executor_spec.beam_pipeline_args
            for step in pipeline.components
            if isinstance(step.executor_spec, BeamExecutorSpec)
        }

    def test_the_steps_that_grow_with_the_data_get_the_engine(self) -> None:
        options = self.options_of({"beam": PORTABLE, "beam_args": ["--experiments=some"]})
        assert set(options) == GROWING_STEPS - {"BigQueryExampleGen"}
        for args in options.values():
            assert args == [*beam_args(BeamSettings(**PORTABLE)), "--experiments=some"]

    def test_each_gets_the_size_of_its_own_container(self) -> None:
        cpus = {"Transform": 4.0, "Evaluator": 1.0}
        options = self.options_of({}, cpu_of=cpus.get)
        workers = {step: args[-1] for step, args in options.items()}
        assert workers == {
            "ExampleGen": "--direct_num_workers=1",
            "StatisticsGen": "--direct_num_workers=1",
            "Transform": "--direct_num_workers=4",
            "Evaluator": "--direct_num_workers=1",
        }

    def test_bigquery_is_read_by_the_same_engine(self) -> None:
        data = {"path": "bigquery://warehouse", "query": "SELECT 1"}
        options = self.options_of({"data": data, "beam": DATAFLOW})
        engine = beam_args(BeamSettings(**DATAFLOW))
        assert options["BigQueryExampleGen"] == [*engine, "--project=warehouse"]
        assert options["ExampleGen"] == engine

    def test_two_pipelines_share_no_options(self) -> None:
        assert self.options_of({}) == self.options_of({})


class TestJobServer:
    def test_one_that_answers_is_fine(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            endpoint = f"127.0.0.1:{server.getsockname()[1]}"
            check_job_server(BeamSettings(**{**PORTABLE, "job_endpoint": endpoint}))
        check_job_server(BeamSettings())

    def test_one_that_does_not_answer_is_named_at_once(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            endpoint = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(SettingsError) as caught:
            check_job_server(BeamSettings(**{**PORTABLE, "job_endpoint": endpoint}))
        assert str(caught.value) == (
            "the Beam job server must be reachable from here\n"
            f"  received: beam.job_endpoint={endpoint}: [Errno 111] Connection refused\n"
            "  do:       start it, or correct the setting"
        )
