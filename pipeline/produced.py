"""One line of text for what each step produced, read from its artifacts."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.types import artifact_utils

from data_ingestion.components import DATA_REPORT_FILE
from data_ingestion.examples.ingestion_report import read_report
from model.components import (
    BASELINES_FILE,
    LEAKS_FILE,
    LEARNED_FROM_FILE,
    PARITY_FILE,
    SERVING_FILE,
    VERDICT_FILE,
)
from model.evaluation.baselines import BaselineScore, best
from model.evaluation.fitness.check import Fitness
from model.evaluation.metrics import CANDIDATE, SliceMetrics, read_metrics
from model.feature_engineering.labels import METRICS
from model.feature_engineering.transform.dead_features import DEAD_FEATURES_FILE
from model.feature_engineering.transform.unequal_lists import UNEQUAL_LISTS_FILE
from model.feature_engineering.transform.unread_dates import UNREAD_DATES_FILE
from model.serving.lineage import RECORD_FILE, Lineage
from model.training.trainer import TRAINING_RECORD
from pipeline import produced_vectors
from pipeline.report.rendering import REPORT_FILE
from zeroskew.schema import column_types, read_schema, schema_file

Outputs = Mapping[str, list[Any]]


def describe(step: str, outputs: Outputs) -> str:
    """Says in a few words what a step produced; empty for a step this module does not know."""
    description = _DESCRIPTIONS.get(step)
    return description(outputs) if description else ""


def remarks(step: str, outputs: Outputs) -> Sequence[str]:
    """Reads what a person should know of how the source was read; nothing of other steps."""
    return read_report(outputs["report"][0].uri).remarks if step == "ExampleGen" else ()


def split_rows(outputs: Outputs) -> dict[str, int]:
    """Reads the number of rows of each split from StatisticsGen's outputs."""
    return {split: int(one.num_examples) for split, one in split_statistics(outputs).items()}


def split_statistics(outputs: Outputs) -> dict[str, Any]:
    """Reads StatisticsGen's statistics of each split, as `DatasetFeatureStatistics`."""
    (statistics,) = outputs["statistics"]
    return {
        split: _statistics(statistics, split)
        for split in artifact_utils.decode_split_names(statistics.split_names)
    }


def data_report(outputs: Outputs) -> dict[str, Any]:
    """Reads what DataGate found: `anomalies`, none of them an error, and `rates`."""
    return _read(outputs["verdict"], DATA_REPORT_FILE)


def metrics(outputs: Outputs) -> list[SliceMetrics]:
    """Reads the candidate's metrics from the Evaluator's outputs."""
    return read_metrics(outputs["evaluation"][0].uri, CANDIDATE)


def baselines(outputs: Outputs) -> list[BaselineScore]:
    """Reads the scores of the trivial baselines."""
    return [BaselineScore(**score) for score in _read(outputs["scores"], BASELINES_FILE)]


def learned_from(outputs: Outputs) -> dict[str, Any]:
    """Reads from TrivialBaselines which rows and labels the rules were learned from."""
    return dict(_read(outputs["scores"], LEARNED_FROM_FILE))


def training(outputs: Outputs) -> dict[str, Any]:
    """Reads the Trainer's record: losses, epochs and rows."""
    return dict(_read(outputs["model_run"], TRAINING_RECORD))


def parity(outputs: Outputs) -> dict[str, Any]:
    """Reads the parity report."""
    return _read(outputs["report"], PARITY_FILE)


def fitness(outputs: Outputs) -> Fitness:
    """Reads what plain TensorFlow made of the model."""
    return Fitness.of(_read(outputs["report"], SERVING_FILE))


def leaks(outputs: Outputs) -> dict[str, str]:
    """Reads from TrivialBaselines which columns alone predict the label, and how well."""
    return dict(_read(outputs["scores"], LEAKS_FILE))


def dead_features(outputs: Outputs) -> dict[str, str]:
    """Reads from Transform which features say nothing, and why."""
    return dict(_read(outputs["post_transform_stats"], DEAD_FEATURES_FILE))


def unread_dates(outputs: Outputs) -> dict[str, str]:
    """Reads from Transform which dates it could not read, and how many."""
    return dict(_read(outputs["post_transform_stats"], UNREAD_DATES_FILE))


def unequal_lists(outputs: Outputs) -> dict[str, str]:
    """Reads from Transform which sequences read lists that differ in length, in how many rows."""
    return dict(_read(outputs["post_transform_stats"], UNEQUAL_LISTS_FILE))


def alarms(outputs: Mapping[str, Outputs]) -> list[str]:
    """Collects what speaks against the features from those steps that ran before the training."""
    rules, transform = outputs.get("TrivialBaselines"), outputs.get("Transform")
    leaking = leaks(rules) if rules else {}
    finders = (dead_features, unread_dates, unequal_lists)
    faults = [find(transform) for find in finders] if transform else []
    return [
        *(f"the column {name!r} {text}" for name, text in leaking.items()),
        *(f"the feature {name!r} {text}" for found in faults for name, text in found.items()),
    ]


def verdict(outputs: Outputs) -> dict[str, Any]:
    """Reads ModelGate's decision: `blessed` and `reasons`."""
    return _read(outputs["blessing"], VERDICT_FILE)


def lineage(outputs: Outputs) -> Lineage:
    """Reads of what the model was made, and why it was blessed or not."""
    return Lineage(**_read(outputs["blessing"], RECORD_FILE))


def pushed_to(outputs: Outputs) -> str | None:
    """Returns the folder of the pushed version, or None if nothing was pushed."""
    (pushed,) = outputs["pushed_model"]
    if not pushed.get_int_custom_property("pushed"):
        return None
    return str(pushed.get_string_custom_property("pushed_destination"))


def page(outputs: Outputs) -> tuple[Path, str]:
    """Returns the page that Report has made, and why it is none; empty if it is one."""
    (made,) = outputs["page"]
    return Path(made.uri, REPORT_FILE), made.get_string_custom_property("error")


def _read(artifacts: list[Any], name: str) -> Any:
    return json.loads(Path(artifacts[0].uri, name).read_text(encoding="utf-8"))


def _statistics(artifact: Any, split: str) -> Any:
    file = Path(artifact_utils.get_split_uri([artifact], split), "FeatureStats.pb")
    (dataset,) = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes()).datasets
    return dataset


def _describe_examples(outputs: Outputs) -> str:
    splits = artifact_utils.decode_split_names(outputs["examples"][0].split_names)
    return f"splits {' and '.join(splits)}"


def _describe_statistics(outputs: Outputs) -> str:
    return " + ".join(f"{rows:,} {split}" for split, rows in split_rows(outputs).items()) + " rows"


def _describe_anomalies(outputs: Outputs) -> str:
    report = data_report(outputs)
    found = len(report["anomalies"])
    against = f", compared with {report['compared_with']}" if report["compared_with"] else ""
    return f"no errors, {found} warning{'' if found == 1 else 's'}{against}"


def _describe_schema(outputs: Outputs) -> str:
    return f"{len(column_types(read_schema(schema_file(outputs['schema'][0]))))} columns"


def _describe_transform(outputs: Outputs) -> str:
    folder = Path(outputs["transform_graph"][0].uri, "transformed_metadata", "schema.pbtxt")
    dead = _warned("says nothing", dead_features(outputs))
    unread = _warned("has dates that could not be read", unread_dates(outputs))
    unequal = _warned("reads lists that differ in length", unequal_lists(outputs))
    return f"{len(read_schema(folder).feature)} tensors{dead}{unread}{unequal}"


def _describe_training(outputs: Outputs) -> str:
    record = training(outputs)
    epochs = f"{record['epochs']} epoch{'s' if record['epochs'] > 1 else ''}"
    networks = f"{record['networks']} networks, " if record["networks"] > 1 else ""
    taken = [
        f"{one['setting']} {one['value']:g}" for one in record.get("trials", ()) if one["taken"]
    ]
    return ", ".join([f"{networks}{epochs}", *taken, f"validation loss {record['best']:.4f}"])


def _describe_baselines(outputs: Outputs) -> str:
    scores = baselines(outputs)
    metric = METRICS[next(iter(scores[0].metrics))]
    rule = best(scores, metric)
    learned = learned_from(outputs)
    rows = f"{learned['rows']:,} of {learned['of']:,} rows"
    reached = f"{metric.title} {rule.metrics[metric.name]:.4f}"
    leak = _warned("gives the label away", leaks(outputs))
    return f"{rule.rule}: {reached}, learned from {rows}{_unlabelled(learned['labels'])}{leak}"


def _warned(what: str, names: Iterable[str]) -> str:
    return "".join(f"; {name} {what}" for name in names)


def _unlabelled(labels: Mapping[str, Any]) -> str:
    unknown = sum(split["unknown"] for split in labels.values())
    lacking = labels["eval"].get("not_in_train")
    text = f"; {unknown:,} rows have no label" if unknown else ""
    return f"{text}; only eval has the classes {', '.join(lacking)}" if lacking else text


def _describe_parity(outputs: Outputs) -> str:
    report = parity(outputs)
    largest = max(comparison["largest"] for comparison in report["comparisons"])
    return f"{report['rows']} of {report['sample']['of']:,} rows, largest difference {largest:.0e}"


def _describe_fitness(outputs: Outputs) -> str:
    found = fitness(outputs)
    if found.failure:
        return f"its process {found.failure}"
    slowest = max(found.speeds, key=lambda speed: speed.p99_ms)
    return (
        f"{sum(one.passed for one in found.asked)} of {len(found.asked)} odd requests answered "
        f"well, a row in {slowest.p99_ms:.1f} ms, {found.memory_mib:,} MiB"
    )


def _describe_last_blessed(outputs: Outputs) -> str:
    return "found" if outputs.get("model") else "none"


def _describe_last_passed(outputs: Outputs) -> str:
    return "found" if outputs.get("verdict") else "none yet"


def _describe_evaluation(outputs: Outputs) -> str:
    overall = metrics(outputs)[0].metrics
    shown = [metric for metric in METRICS.values() if metric.name in overall][:2]
    return ", ".join(f"{metric.title} {overall[metric.name]:.4f}" for metric in shown)


def _describe_verdict(outputs: Outputs) -> str:
    reasons = verdict(outputs)["reasons"]
    passed = sum(reason["passed"] for reason in reasons)
    return f"{passed} of {len(reasons)} checks passed"


def _describe_page(outputs: Outputs) -> str:
    file, error = page(outputs)
    return f"no page: {error}" if error else f"a page of {file.stat().st_size >> 10:,} KiB"


_DESCRIPTIONS: Mapping[str, Callable[[Outputs], str]] = {
    "CuratedSchema": _describe_schema,
    "ExampleGen": _describe_examples,
    "StatisticsGen": _describe_statistics,
    "LastPassedData": _describe_last_passed,
    "DataGate": _describe_anomalies,
    "Transform": _describe_transform,
    "Trainer": _describe_training,
    "TrivialBaselines": _describe_baselines,
    "Parity": _describe_parity,
    "ServingCheck": _describe_fitness,
    "LastBlessedModel": _describe_last_blessed,
    "Evaluator": _describe_evaluation,
    "ModelGate": _describe_verdict,
    "Pusher": lambda outputs: pushed_to(outputs) or "nothing pushed",
    "Embeddings": produced_vectors.describe_table,
    "Index": produced_vectors.describe_index,
    "IndexCheck": produced_vectors.describe_check,
    "IndexPusher": produced_vectors.describe_served,
    "Report": _describe_page,
}
