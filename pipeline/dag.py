"""The whole pipeline, wired once for every orchestrator."""

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfx.components import (
    Evaluator,
    ExampleValidator,
    Trainer,
    Transform,
)
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_artifact_strategy import LatestArtifactStrategy
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
    LatestBlessedModelStrategy,
)
from tfx.orchestration import metadata
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import pusher_pb2, trainer_pb2
from tfx.types.channel import Channel
from tfx.types.standard_artifacts import Model, ModelBlessing

import model
from data_ingestion.artifacts import DataVerdict
from data_ingestion.big_query import big_query_example_gen, is_big_query
from data_ingestion.components import DATA_REPORT_FILE, CuratedSchema, DataGate
from data_ingestion.example_gen import ExampleGen
from data_ingestion.statistics_gen import StatisticsGen
from model.components import ModelGate, Parity, TrivialBaselines
from model.evaluation import eval_config
from model.feature_set import load_features
from model.pusher import Pusher
from pipeline.settings import Settings


@dataclasses.dataclass(frozen=True)
class Workspace:
    """The folders of a run, below one output folder."""

    output: Path

    @property
    def artifacts(self) -> Path:
        """What the steps produce, one folder for each step."""
        return self.output / "artifacts"

    @property
    def metadata(self) -> Path:
        """The ML Metadata database: what was made from what."""
        return self.output / "metadata.sqlite"

    @property
    def serving(self) -> Path:
        """Blessed models, one numbered folder each."""
        return self.output / "serving"

    @property
    def data_report(self) -> Path:
        """What the last DataGate found, whether it stopped the run or not."""
        return self.output / DATA_REPORT_FILE

    @property
    def logs(self) -> Path:
        """What TFX, Beam and TensorFlow have to say, one file for each run."""
        return self.output / "logs"


def create_pipeline(settings: Settings, *, only_data: bool = False) -> Pipeline:
    """Builds the DAG, ExampleGen to Pusher.

    Args:
        settings: where and how much.
        only_data: ends with DataGate.

    Returns:
        A TFX pipeline that any runner takes.
    """
    workspace = Workspace(settings.output.resolve())
    return Pipeline(
        pipeline_name=settings.name,
        pipeline_root=str(workspace.artifacts),
        components=(
            _data_steps(settings, workspace)["steps"]
            if only_data
            else _components(settings, workspace)
        ),
        enable_cache=settings.cache,
        metadata_connection_config=metadata.sqlite_metadata_connection_config(
            str(workspace.metadata)
        ),
        beam_pipeline_args=list(settings.beam_args),
    )


def _components(settings: Settings, workspace: Workspace) -> Sequence[Any]:
    data = _data_steps(settings, workspace)
    examples, schema = data["examples"], data["schema"]
    features = load_features(settings.features)
    code = code_fingerprint(settings.features)

    baselines = TrivialBaselines(
        examples=examples, schema=schema, features=settings.features, fingerprint=code
    )
    baselines.add_upstream_node(data["gate"])
    transform = Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn="model.preprocessing.preprocessing_fn",
        custom_config={"features": settings.features, "fingerprint": code},
        disable_statistics=True,
    )
    transform.add_upstream_node(data["gate"])
    trainer = Trainer(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        run_fn="model.trainer.run_fn",
        train_args=trainer_pb2.TrainArgs(),
        eval_args=trainer_pb2.EvalArgs(),
        custom_config={
            "features": settings.features,
            "seed": settings.seed,
            "trainer": settings.trainer.model_dump(mode="json"),
            "fingerprint": code,
        },
    )
    trained = trainer.outputs["model"]
    last_blessed = Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=Channel(type=Model),
        model_blessing=Channel(type=ModelBlessing),
    ).with_id("LastBlessedModel")
    evaluator = Evaluator(
        examples=examples,
        model=trained,
        baseline_model=last_blessed.outputs["model"],
        schema=schema,
        eval_config=eval_config(features.label.name, settings.slices),
    )
    parity = Parity(
        examples=examples,
        transformed_examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        model=trained,
        features=settings.features,
        rows=settings.parity_rows,
        fingerprint=code,
    )
    gate = ModelGate(
        model=trained,
        evaluation=evaluator.outputs["evaluation"],
        scores=baselines.outputs["scores"],
        report=parity.outputs["report"],
        settings=settings.gate.model_dump_json(),
        fingerprint=code,
    )
    pusher = Pusher(
        model=trained,
        model_blessing=gate.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=str(workspace.serving))
        ),
    )
    model_steps = [baselines, transform, trainer, parity, last_blessed, evaluator, gate, pusher]
    return [*data["steps"], *model_steps]


def _data_steps(settings: Settings, workspace: Workspace) -> dict[str, Any]:
    schema = CuratedSchema(
        file=str(settings.schema_file.resolve()), fingerprint=_digest([settings.schema_file])
    )
    is_upstream = is_big_query(settings.data)
    stock = [big_query_example_gen(settings.data, settings.beam_args)] if is_upstream else []
    rows = ExampleGen(
        settings.data,
        schema=schema.outputs["schema"],
        examples=stock[0].outputs["examples"] if stock else None,
    )
    examples = rows.outputs["examples"]
    statistics = StatisticsGen(examples=examples)
    validator = ExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
    )
    last_passed = Resolver(
        strategy_class=LatestArtifactStrategy, verdict=Channel(type=DataVerdict)
    ).with_id("LastPassedData")
    gate = DataGate(
        anomalies=validator.outputs["anomalies"],
        statistics=statistics.outputs["statistics"],
        schema=schema.outputs["schema"],
        report=rows.outputs["report"],
        rejected=rows.outputs["rejected"],
        passed=last_passed.outputs["verdict"],
        data=settings.data.model_dump_json(),
        report_file=str(workspace.data_report),
    )
    return {
        "examples": examples,
        "schema": schema.outputs["schema"],
        "gate": gate,
        "steps": [schema, *stock, rows, statistics, validator, last_passed, gate],
    }


def code_fingerprint(features: str) -> str:
    """Digests the model's code, so that a cached step is run again when the code changed.

    Args:
        features: the reference that `load_features` takes.
    """
    files = sorted(Path(model.__path__[0]).rglob("*.py"))
    if features.endswith(".py"):
        files.append(Path(features))
    return _digest(files)


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
