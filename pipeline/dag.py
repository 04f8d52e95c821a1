"""The whole pipeline, wired once for every orchestrator."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfx.components import (
    ExampleValidator,
    Trainer,
)
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import pusher_pb2, trainer_pb2

from data_ingestion.components import CuratedSchema, DataGate
from data_ingestion.examples.example_gen import ExampleGen
from data_ingestion.readers.databases.big_query import big_query_example_gen, is_big_query
from data_ingestion.statistics.statistics_gen import StatisticsGen
from model.components import ModelGate, Parity, ServingCheck, TrivialBaselines
from model.embeddings.components import Embeddings, Index, IndexCheck, IndexPusher
from model.evaluation.evaluator import Evaluator
from model.evaluation.metrics import eval_config
from model.feature_engineering.feature_set import load_features
from model.feature_engineering.transform.transform import Transform
from model.serving.pusher import Pusher
from pipeline.beam import CpuOf, beam_args, hand_out
from pipeline.code_keys import code_of_data, code_of_model
from pipeline.places import Place, Workspace
from pipeline.report.step import Report
from pipeline.settings import Settings


def create_pipeline(
    settings: Settings,
    *,
    place: Place | None = None,
    only_data: bool = False,
    cpu_of: CpuOf | None = None,
) -> Pipeline:
    """Builds the DAG, CuratedSchema to Report.

    Args:
        settings: where and how much.
        place: where the run keeps things; this machine, below `settings.output`, if none is given.
        only_data: ends with DataGate.
        cpu_of: by a step's name, the cores of its container.

    Returns:
        A TFX pipeline that any runner takes.
    """
    place = place or Workspace(settings.output.resolve())
    steps = _data_steps(settings, place)["steps"] if only_data else _components(settings, place)
    hand_out(steps, settings.beam, settings.beam_args, cpu_of)
    return Pipeline(
        pipeline_name=settings.name,
        pipeline_root=place.root,
        components=steps,
        enable_cache=settings.cache,
        metadata_connection_config=place.metadata(),
    )


def _components(settings: Settings, place: Place) -> Sequence[Any]:
    data = _data_steps(settings, place)
    examples, schema = data["examples"], data["schema"]
    features = load_features(settings.features)
    code = code_of_model(settings.features, place)
    reference = (
        place.code(Path(settings.features))
        if settings.features.endswith(".py")
        else settings.features
    )

    baselines = TrivialBaselines(
        examples=examples,
        schema=schema,
        features=reference,
        seed=settings.seed,
        max_missing_labels=settings.max_missing_labels,
        fingerprint=code,
    )
    baselines.add_upstream_node(data["gate"])
    transform = Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn="model.feature_engineering.preprocessing.preprocessing_fn",
        custom_config={"features": reference, "fingerprint": code},
        disable_analyzer_cache=True,
    )
    transform.add_upstream_node(data["gate"])
    trainer = Trainer(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        run_fn="model.training.trainer.run_fn",
        train_args=trainer_pb2.TrainArgs(),
        eval_args=trainer_pb2.EvalArgs(),
        custom_config={
            "features": reference,
            "seed": settings.seed,
            "trainer": settings.trainer.model_dump(mode="json"),
            "fingerprint": code,
        },
    )
    trained = trainer.outputs["model"]
    last_blessed = place.last_blessed(settings.gate, features.label, reference)
    evaluator = Evaluator(
        features=reference,
        examples=examples,
        model=trained,
        baseline_model=last_blessed.outputs["model"],
        schema=schema,
        eval_config=eval_config(features.label, settings.slices),
        slices=settings.slices,
    )
    parity = Parity(
        examples=examples,
        transformed_examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        model=trained,
        features=reference,
        rows=settings.parity_rows,
        seed=settings.seed,
        fingerprint=code,
    )
    fitness = ServingCheck(model=trained)
    gate = ModelGate(
        model=trained,
        evaluation=evaluator.outputs["evaluation"],
        scores=baselines.outputs["scores"],
        report=parity.outputs["report"],
        fitness=fitness.outputs["report"],
        examples=examples,
        schema=schema,
        features=reference,
        settings=settings.gate.model_dump_json(),
        training=trainer.exec_properties["custom_config"],
        fingerprint=code,
    )
    pusher = Pusher(
        model=trained,
        model_blessing=gate.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=place.serving)
        ),
    )
    judged = [parity, fitness, last_blessed, evaluator, gate]
    vectors = _vector_steps(settings, place, data, pusher, code)
    steps = [*data["steps"], baselines, transform, trainer, *judged, pusher, *vectors]
    report = Report(
        steps,
        settings={**settings.model_dump(mode="json"), "features": reference},
        data=settings.data.model_dump_json(),
        training=trainer.exec_properties["custom_config"],
        gate=settings.gate.model_dump_json(),
    )
    return [*steps, report]


def _vector_steps(
    settings: Settings, place: Place, data: dict[str, Any], pusher: Any, code: str
) -> list[Any]:
    """Returns the steps that make vectors with the pushed model; none unless they are wanted."""
    if settings.embeddings is None:
        return []
    model = pusher.outputs["pushed_model"]
    embeddings = Embeddings(
        examples=data["examples"],
        model=model,
        schema=data["schema"],
        settings=settings.embeddings.model_dump_json(),
        fingerprint=code,
    )
    vectors, chosen = embeddings.outputs["vectors"], settings.index.model_dump_json()
    index = Index(vectors=vectors, settings=chosen, fingerprint=code)
    check = IndexCheck(
        vectors=vectors,
        index=index.outputs["index"],
        examples=data["examples"],
        model=model,
        settings=chosen,
        place=place.indexes,
        fingerprint=code,
    )
    push = IndexPusher(
        index=index.outputs["index"], report=check.outputs["report"], place=place.indexes
    )
    return [embeddings, index, check, push]


def _data_steps(settings: Settings, place: Place) -> dict[str, Any]:
    schema = CuratedSchema(
        file=place.code(settings.schema_file),
        fingerprint=hashlib.sha256(settings.schema_file.read_bytes()).hexdigest()[:16],
    )
    is_upstream = is_big_query(settings.data)
    options = beam_args(settings.beam, settings.beam_args)
    stock = [big_query_example_gen(settings.data, options)] if is_upstream else []
    rows = ExampleGen(
        settings.data,
        schema=schema.outputs["schema"],
        examples=stock[0].outputs["examples"] if stock else None,
        code=code_of_data(place),
    )
    examples = rows.outputs["examples"]
    statistics = StatisticsGen(examples=examples)
    validator = ExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
    )
    last_passed = place.last_passed()
    gate = DataGate(
        anomalies=validator.outputs["anomalies"],
        statistics=statistics.outputs["statistics"],
        schema=schema.outputs["schema"],
        report=rows.outputs["report"],
        rejected=rows.outputs["rejected"],
        passed=last_passed.outputs["verdict"],
        data=settings.data.model_dump_json(),
        report_file=place.data_report,
    )
    keep = place.keep_passed(gate.outputs["verdict"])
    return {
        "examples": examples,
        "schema": schema.outputs["schema"],
        "gate": gate,
        "steps": [schema, *stock, rows, statistics, validator, last_passed, gate, *keep],
    }
