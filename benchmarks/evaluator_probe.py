"""One Evaluator, run once in a process of its own; or what it reads.

Usage::

    python -m benchmarks.evaluator_probe data FOLDER ROWS
    python -m benchmarks.evaluator_probe stock|ours FOLDER TARGET SPLIT...

The clock covers the executor's work, the loading of the model included, not the imports before it.
The last line of stdout is JSON: the rows by split, or seconds and memory.
"""

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from tfx.components.util import examples_utils
from tfx.proto import example_gen_pb2
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs

from benchmarks.evaluation_data import SCHEMA, feature_list, write_all
from model.evaluation.metrics import eval_config
from pipeline.settings import load_settings


def prepare(folder: Path, rows: int) -> dict[str, int]:
    """Writes examples, model and schema below `folder`; returns the rows by split."""
    counts = write_all(folder, rows)
    (folder / "artifact").mkdir()
    (folder / "model").rename(folder / "artifact" / "Format-Serving")
    (folder / "schema").mkdir()
    shutil.copyfile(SCHEMA, folder / "schema" / "schema.pbtxt")
    return counts


def stock() -> Any:
    """Returns TFX's executor."""
    from tfx.components.evaluator.executor import Executor

    return Executor


def ours() -> Any:
    """Returns this project's executor."""
    from model.evaluation.evaluator import Executor

    return Executor


PROBES: dict[str, Callable[[], Any]] = {"stock": stock, "ours": ours}


def run(executor: Any, folder: Path, target: Path, splits: Sequence[str]) -> float:
    """Evaluates the model on some splits, with the default slices; returns the seconds it took."""
    context = executor.Context(
        beam_pipeline_args=["--runner=DirectRunner", "--direct_running_mode=in_memory"],
        tmp_dir=str(target / "tmp"),
        unique_id="1",
    )
    ready = executor(context)
    evaluation = standard_artifacts.ModelEvaluation()
    evaluation.uri = str(target)
    config = eval_config(feature_list()[0].label, load_settings().slices)
    properties = {
        specs.EVAL_CONFIG_KEY: json_format.MessageToJson(config, preserving_proto_field_name=True),
        specs.EXAMPLE_SPLITS_KEY: json.dumps(splits),
    }
    inputs = _inputs(folder)
    start = time.perf_counter()
    ready.Do(inputs, {specs.EVALUATION_KEY: [evaluation]}, properties)
    return time.perf_counter() - start


def _inputs(folder: Path) -> dict[str, list[Any]]:
    examples, model = standard_artifacts.Examples(), standard_artifacts.Model()
    schema = standard_artifacts.Schema()
    for artifact, name in ((examples, ""), (model, "artifact"), (schema, "schema")):
        artifact.uri = str(folder / name)
    examples.split_names = '["train", "eval"]'
    examples_utils.set_payload_format(examples, example_gen_pb2.FORMAT_TF_EXAMPLE)
    examples_utils.set_file_format(examples, "tfrecords_gzip")
    return {
        specs.EXAMPLES_KEY: [examples],
        specs.MODEL_KEY: [model],
        specs.SCHEMA_KEY: [schema],
    }


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Runs what the arguments say and prints the numbers."""
    name, folder, *rest = sys.argv[1:]
    if name == "data":
        print(json.dumps(prepare(Path(folder), int(rest[0]))))
        return
    target, *splits = rest
    executor, base = PROBES[name](), _peak_mib()
    seconds = run(executor, Path(folder), Path(target), splits)
    print(json.dumps({"seconds": seconds, "base_mib": base, "peak_mib": _peak_mib()}))


if __name__ == "__main__":
    main()
