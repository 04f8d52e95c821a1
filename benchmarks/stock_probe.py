"""What a run of the stock template left behind: its steps, its blessing, its model's metrics.

Run by `benchmarks.stock_taxi` in a process of its own, off the clock. The last line of stdout is
`{"step_seconds": {step: s}, "blessed": bool, "metrics": {name: value}}`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from ml_metadata.metadata_store import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd

from benchmarks.metrics import measure
from benchmarks.stock_taxi import PIPELINE_NAME

_BATCH_ROWS = 1000


class Probe:
    """Reads the metadata of one run.

    Usage::

        Probe(Path("taxi")).step_seconds()["Trainer"]

    Attributes:
        workdir: the folder that the template was made and run in.
    """

    def __init__(self, workdir: Path) -> None:
        """Opens the metadata of the run in `workdir`, for reading only."""
        self.workdir = workdir
        config = mlmd.ConnectionConfig()
        config.sqlite.filename_uri = str(workdir / "tfx_metadata" / PIPELINE_NAME / "metadata.db")
        config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READONLY
        self._store = MetadataStore(config)

    def step_seconds(self) -> dict[str, float]:
        """Returns the seconds of every step with a complete execution."""
        return {
            step: (last.last_update_time_since_epoch - last.create_time_since_epoch) / 1000
            for step, last in self._complete().items()
        }

    def output(self, step: str, type_name: str) -> mlmd.Artifact:
        """Returns the artifact of a type that a step put out."""
        events = self._store.get_events_by_execution_ids([self._complete()[step].id])
        ids = [event.artifact_id for event in events if event.type == mlmd.Event.OUTPUT]
        (artifact,) = [one for one in self._store.get_artifacts_by_id(ids) if one.type == type_name]
        return artifact

    def folder(self, artifact: mlmd.Artifact) -> Path:
        """Returns where an artifact lies; the template writes paths relative to its own folder."""
        return self.workdir / artifact.uri

    def _complete(self) -> dict[str, mlmd.Execution]:
        return {
            context.name.removeprefix(f"{PIPELINE_NAME}."): execution
            for context in self._store.get_contexts_by_type("node")
            for execution in self._store.get_executions_by_context(context.id)
            if execution.last_known_state == mlmd.Execution.COMPLETE
        }


def predict(model_dir: Path, split_dir: Path) -> tuple[np.ndarray, np.ndarray]:
    """Predicts raw examples with a model of the template.

    The label is the model's own, from its signature `transform_features`: 1 for a tip above 20 %
    of the fare. Its output is the probability of that 1 (a sigmoid under binary cross-entropy).

    Returns:
        Labels and probabilities, both of shape [rows].
    """
    model = tf.saved_model.load(str(model_dir))
    serve = model.signatures["serving_default"]
    transform = model.signatures["transform_features"]
    files = [str(file) for file in sorted(split_dir.iterdir())]
    labels, probabilities = [], []
    for batch in tf.data.TFRecordDataset(files, "GZIP").batch(_BATCH_ROWS):
        labels.append(np.ravel(transform(examples=batch)["tips_xf"]))
        probabilities.append(np.ravel(serve(examples=batch)["outputs"]))
    return np.concatenate(labels), np.concatenate(probabilities)


def probe(workdir: Path) -> dict[str, Any]:
    """Reads one run; see the head of this file."""
    run = Probe(workdir)
    model = run.folder(run.output("Trainer", "Model")) / "Format-Serving"
    examples = run.folder(run.output("CsvExampleGen", "Examples")) / "Split-eval"
    blessing = run.output("Evaluator", "ModelBlessing")
    labels, probabilities = predict(model, examples)
    return {
        "step_seconds": run.step_seconds(),
        "blessed": blessing.custom_properties["blessed"].int_value == 1,
        "metrics": {**measure(labels, probabilities), "rows": len(labels)},
    }


if __name__ == "__main__":
    print(json.dumps(probe(Path(sys.argv[1]))))
