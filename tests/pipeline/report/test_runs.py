"""What ML Metadata keeps of runs, in a real store."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.report.listing import list_runs
from pipeline.report.record import RunRecord, Stop
from pipeline.report.runs import read_last
from zeroskew.errors import WorkspaceError

RECORD = RunRecord(
    started="2026-11-29T07:00:00+00:00",
    seconds={"Trainer": 2.5},
    peak_bytes={"Trainer": 3 << 20},
    total_seconds=12.5,
    verdict="stopped in Trainer",
    rows={"train": 800, "eval": 200},
    metrics={"auc": 0.9, "accuracy": 0.8, "ece": 0.01},
    settings={"name": "größe", "data": {"path": "<b>"}},
    versions={"tfx": "1"},
    log="/run.log",
    stop=Stop("Trainer", "StepError", "it failed\n  do: try", 1),
)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(tmp_path / "metadata.sqlite")
    config.sqlite.connection_mode = 3
    return metadata_store.MetadataStore(config)


def begin(store: Any, name: str) -> Any:
    """Returns the context of a new run."""
    kind = store.put_context_type(mlmd.ContextType(name="pipeline_run"))
    (number,) = store.put_contexts([mlmd.Context(type_id=kind, name=name)])
    (context,) = store.get_contexts_by_id([number])
    return context


def execute(store: Any, run: Any, step: str, state: Any) -> None:
    """Adds an execution of a step to a run."""
    kind = store.put_execution_type(mlmd.ExecutionType(name=f"some.{step}"))
    node = store.put_context_type(mlmd.ContextType(name="node"))
    execution = mlmd.Execution(type_id=kind, last_known_state=state)
    context = mlmd.Context(type_id=node, name=f"taxi.{step}")
    store.put_execution(execution, [], [context, run], reuse_context_if_already_exist=True)


def test_a_record_comes_back_as_it_was_kept(store: Any) -> None:
    context = begin(store, "one")
    assert RunRecord.of(context) is None
    RECORD.write_to(store, context)
    (context,) = store.get_contexts_by_type("pipeline_run")
    assert RunRecord.of(context) == RECORD
    dataclasses.replace(RECORD, stop=None).write_to(store, context)
    (context,) = store.get_contexts_by_type("pipeline_run")
    assert RunRecord.of(context) == dataclasses.replace(RECORD, stop=None)


def test_the_record_of_another_version_is_none(store: Any) -> None:
    context = begin(store, "one")
    context.custom_properties["zeroskew_run"].string_value = '{"began": 1, "stop": null}'
    assert RunRecord.of(context) is None


def test_runs_are_listed_the_latest_first(store: Any, tmp_path: Path) -> None:
    RECORD.write_to(store, begin(store, "one"))
    begin(store, "two")
    two, one = list_runs(tmp_path)
    assert (one.run, one.verdict, one.seconds) == ("one", "stopped in Trainer", 12.5)
    assert one.rows == {"train": 800, "eval": 200}
    assert one.metrics == {"auc": 0.9, "accuracy": 0.8}
    assert (two.run, two.verdict, two.seconds) == ("two", "has not ended", None)
    assert (two.rows, two.metrics) == ({}, {})


def test_the_last_run_has_its_own_steps_only(store: Any, tmp_path: Path) -> None:
    first, second = begin(store, "one"), begin(store, "two")
    execute(store, first, "Trainer", mlmd.Execution.COMPLETE)
    execute(store, second, "ExampleGen", mlmd.Execution.CACHED)
    execute(store, second, "Trainer", mlmd.Execution.FAILED)
    run = read_last(tmp_path)
    assert (run.name, list(run.steps)) == ("two", ["ExampleGen", "Trainer"])
    assert run.steps["ExampleGen"].execution.cached
    assert run.outputs("ExampleGen") == {}
    assert run.outputs("Trainer") is None
    assert run.outputs("Pusher") is None


def test_a_folder_without_a_run_has_none_to_report(store: Any, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"received: .*none"):
        list_runs(tmp_path / "none")
    store.put_context_type(mlmd.ContextType(name="pipeline_run"))
    with pytest.raises(WorkspaceError, match=r"metadata\.sqlite without a run"):
        read_last(tmp_path)
