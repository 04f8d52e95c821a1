"""This room's own pipeline steps, as TFX components.

Each wraps plain functions of its neighbours; nothing is decided here but where files lie.
The annotations are read by TFX at run time.
"""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import (
    Examples,
    Model,
    ModelBlessing,
    ModelEvaluation,
    Schema,
)
from tfx.types.standard_artifacts import (
    TransformGraph as TransformGraphArtifact,
)
from tfx.utils import path_utils

from model.artifacts import ParityReport, ServingReport, TrivialBaselineScores
from model.evaluation import baselines as trivial
from model.evaluation.answers import read_answers, write_answers
from model.evaluation.fitness.check import Fitness, check_fitness
from model.evaluation.leaks import find_leaks
from model.evaluation.metrics import CANDIDATE, read_metrics, read_not_compared
from model.evaluation.model_card import model_card
from model.evaluation.model_gate import Evidence, decide
from model.evaluation.parity import check_parity
from model.evaluation.references import choose_served, contract_of, in_words
from model.feature_engineering.columns import columns_of
from model.feature_engineering.feature_set import load_features
from model.feature_engineering.raw_rows import read_columns, read_rows
from model.serving.blessed import Blessed
from model.serving.fingerprint import bear, read_fingerprint
from model.serving.lineage import CARD_FILE, RECORD_FILE, Lineage
from model.serving.saved_model import SavedModel
from model.settings import GateSettings
from zeroskew.artifacts import ABSENT
from zeroskew.files import write_atomically
from zeroskew.lazy import lazy_import
from zeroskew.packages import installed_versions
from zeroskew.schema import read_schema, schema_file
from zeroskew.versions import fetch_version

transform_graphs = lazy_import("model.feature_engineering.transform_graph")

BASELINES_FILE = "baselines.json"
LEARNED_FROM_FILE = "learned_from.json"
LEAKS_FILE = "leaks.json"
PARITY_FILE = "parity.json"
SERVING_FILE = "serving.json"
VERDICT_FILE = "verdict.json"


@component
def TrivialBaselines(
    examples: InputArtifact[Examples],
    schema: InputArtifact[Schema],
    scores: OutputArtifact[TrivialBaselineScores],
    features: Parameter[str],
    seed: Parameter[int],
    max_missing_labels: Parameter[float],
    fingerprint: Parameter[str],
) -> None:
    """Scores one guess for all rows and every one-feature rule on the eval split.

    A column that alone predicts the label is reported as a leak, before any training.
    """
    feature_set = load_features(features)
    columns = columns_of(read_schema(schema_file(schema)))
    needed = [columns[name] for name in feature_set.columns_needed]
    train, evaluation = (
        read_columns(artifact_utils.get_split_uri([examples], split), needed)
        for split in ("train", "eval")
    )
    found = trivial.score_baselines(
        feature_set, columns, train, evaluation, seed, max_missing=max_missing_labels
    )
    rows = read_rows(artifact_utils.get_split_uri([examples], "eval"), needed)
    with write_answers(scores.uri) as write:
        trivial.write_rule_answers(found, feature_set, columns, rows, write)
    _write_json(scores.uri, BASELINES_FILE, [dataclasses.asdict(one) for one in found.scores])
    _write_json(scores.uri, LEAKS_FILE, find_leaks(found, feature_set, columns))
    labels = {"train": found.train.to_dict(), "eval": found.evaluation.to_dict(found.train)}
    learned_from = {**found.sample.to_dict(), "labels": labels}
    _write_json(scores.uri, LEARNED_FROM_FILE, learned_from)


@component
def Parity(
    examples: InputArtifact[Examples],
    transformed_examples: InputArtifact[Examples],
    transform_graph: InputArtifact[TransformGraphArtifact],
    schema: InputArtifact[Schema],
    model: InputArtifact[Model],
    report: OutputArtifact[ParityReport],
    features: Parameter[str],
    rows: Parameter[int],
    seed: Parameter[int],
    fingerprint: Parameter[str],
) -> None:
    """Compares training with serving, row by row, and stops the run where they differ."""
    feature_set = load_features(features)
    columns = columns_of(read_schema(schema_file(schema)))
    sources = [columns[name] for name in feature_set.sources]
    graph = transform_graphs.TransformGraph(transform_graph.uri, columns)

    folder = path_utils.serving_model_path(model.uri)
    found = check_parity(
        SavedModel(folder),
        graph,
        feature_set,
        columns,
        read_rows(artifact_utils.get_split_uri([examples], "eval"), sources),
        artifact_utils.get_split_uri([transformed_examples], "eval"),
        rows,
        seed,
    )
    _write_json(report.uri, PARITY_FILE, found)
    bear(report, folder)


@component
def ServingCheck(
    model: InputArtifact[Model],
    report: OutputArtifact[ServingReport],
) -> None:
    """Asks the model in a process that has plain TensorFlow, and measures it there."""
    folder = path_utils.serving_model_path(model.uri)
    _write_json(report.uri, SERVING_FILE, dataclasses.asdict(check_fitness(folder)))
    bear(report, folder)


@component
def ModelGate(
    model: InputArtifact[Model],
    evaluation: InputArtifact[ModelEvaluation],
    scores: InputArtifact[TrivialBaselineScores],
    report: InputArtifact[ParityReport],
    fitness: InputArtifact[ServingReport],
    examples: InputArtifact[Examples],
    schema: InputArtifact[Schema],
    blessing: OutputArtifact[ModelBlessing],
    features: Parameter[str],
    settings: Parameter[str],
    training: Parameter[str],
    fingerprint: Parameter[str],
) -> None:
    """Blesses the model or not, and writes why, and of what it was made.

    `report` is read for its being there.
    """
    rules = GateSettings.model_validate_json(settings)
    baselines = _read_json(scores.uri, BASELINES_FILE)
    evidence = Evidence(
        measured=read_metrics(evaluation.uri, CANDIDATE),
        answers=read_answers(evaluation.uri),
        baselines=[trivial.BaselineScore(**score) for score in baselines],
        rules=read_answers(scores.uri),
        fitness=Fitness.of(_read_json(fitness.uri, SERVING_FILE)),
        reference=in_words(rules),
        not_compared=read_not_compared(evaluation.uri),
    )
    feature_set = load_features(features)
    label = feature_set.label
    verdict = decide(rules, label, evidence)
    reasons = [dataclasses.asdict(reason) for reason in verdict.reasons]
    content = {"blessed": verdict.blessed, "reasons": reasons, "intervals": verdict.intervals}
    _write_json(blessing.uri, VERDICT_FILE, content)
    folder = path_utils.serving_model_path(model.uri)
    trained = json.loads(training)
    made = Lineage(
        fingerprint=read_fingerprint(Path(folder)),
        span=int(examples.get_custom_property("span") or 0),
        data=str(examples.get_custom_property("input_fingerprint") or ""),
        rows=_rows(scores.uri),
        schema=hashlib.sha256(Path(schema_file(schema)).read_bytes()).hexdigest()[:16],
        code=fingerprint,
        versions=installed_versions(),
        features=feature_set.to_dict(),
        training={"seed": trained["seed"], **trained["trainer"]},
        metrics=evidence.measured[0].metrics,
        reasons=[reason.text for reason in verdict.reasons],
        blessed=verdict.blessed,
    )
    write_atomically(Path(blessing.uri, RECORD_FILE), made.to_json())
    card = model_card(feature_set, made, evidence.measured, evidence.baselines)
    write_atomically(Path(blessing.uri, CARD_FILE), card)
    score = evidence.measured[0].metrics[label.METRICS[0].name]
    Blessed(score, contract_of(label)).write_to(blessing)
    blessing.set_int_custom_property("blessed", int(verdict.blessed))
    blessing.set_string_custom_property("current_model", model.uri)
    blessing.set_int_custom_property("current_model_id", model.id)
    bear(blessing, folder)


@component
def ServedModel(
    model: OutputArtifact[Model],
    serving: Parameter[str],
    features: Parameter[str],
    settings: Parameter[str],
) -> None:
    """Brings the blessed model that a new one is held against, where no resolver can find it.

    If there is none, or the gate's settings want none, the artifact says that it is absent.
    """
    rules = GateSettings.model_validate_json(settings)
    version = choose_served(serving, rules, load_features(features).label)
    if version is None:
        model.set_int_custom_property(ABSENT, 1)
    else:
        fetch_version(f"{serving}/{version}", Path(path_utils.serving_model_dir(model.uri)))
        model.set_int_custom_property("pushed_version", version)


def _rows(scores: str) -> dict[str, int]:
    labels = _read_json(scores, LEARNED_FROM_FILE)["labels"]
    return {split: counts["rows"] for split, counts in labels.items()}


def _read_json(folder: str, name: str) -> Any:
    return json.loads(Path(folder, name).read_text(encoding="utf-8"))


def _write_json(folder: str, name: str, content: object) -> None:
    write_atomically(Path(folder, name), json.dumps(content, indent=2) + "\n")
