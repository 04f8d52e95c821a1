"""Answers to all rows in one of two plain ways, once in a process of its own.

Usage::

    python -m benchmarks.batch_prediction_probe examples|loop|bulk FOLDER DATA MODEL
    python -m benchmarks.batch_prediction_probe mean-ours|mean-loop|mean-bulk FOLDER

`examples` writes the rows as tf.Examples, `loop` and `bulk` answer them. The last line of stdout is
`{"seconds": s}`, or `{"mean": probability}`.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from model.serving.raw_columns import SIGNATURE
from zeroskew.encoding.binary_arrays import data as bytes_of
from zeroskew.encoding.binary_arrays import values
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.encoding.tf_record import frame_records, gzip_writer
from zeroskew.lazy import lazy_import
from zeroskew.parallel import IN_THIS_PROCESS
from zeroskew.schema import column_types, read_schema

prediction_log_pb2 = lazy_import("tensorflow_serving.apis.prediction_log_pb2")

ROWS_OF_A_CALL = 32
SCHEMA = Path(__file__).parent.parent / "data_ingestion" / "schema" / "taxi.pbtxt"
_MISSING = {"float32": np.nan, "int64": -(2**63), "string": ""}


def write_examples(folder: Path, data: Path, model: Path) -> None:
    """Writes the rows as an Examples artifact of one split."""
    del model
    types = column_types(read_schema(SCHEMA))
    with gzip_writer(str(folder / "examples" / "Split-all" / "part.gz")) as stream:
        for _, rows in locate(DataSettings(path=str(data))).rows(types):
            examples = encode_examples(rows.batch)
            stream.write(bytes_of(frame_records(examples, values(examples))))


def answer_in_a_loop(folder: Path, data: Path, model: Path) -> float:
    """Calls the model with a few rows at a time; returns the seconds."""
    signature = tf.saved_model.load(str(model)).signatures[SIGNATURE]
    _, specs = signature.structured_input_signature
    signature(**{name: tf.constant([_MISSING[s.dtype.name]], s.dtype) for name, s in specs.items()})
    start = time.perf_counter()
    frame = pd.read_csv(data)
    columns = {
        name: frame[name].fillna(_MISSING[spec.dtype.name]).to_numpy(spec.dtype.as_numpy_dtype)
        for name, spec in specs.items()
    }
    answers = []
    for place in range(0, len(frame), ROWS_OF_A_CALL):
        rows = {
            name: tf.constant(column[place : place + ROWS_OF_A_CALL])
            for name, column in columns.items()
        }
        answers.append({name: one.numpy() for name, one in signature(**rows).items()})
    joined = {name: np.concatenate([one[name] for one in answers]) for name in answers[0]}
    pd.DataFrame(joined).to_parquet(folder / "loop.parquet")
    return time.perf_counter() - start


def answer_with_bulk_inferrer(folder: Path, data: Path, model: Path) -> float:
    """Runs TFX's component; returns the seconds."""
    # The loop's process does not import TFX.
    from tfx.components.bulk_inferrer.executor import Executor
    from tfx.dsl.components.base import base_beam_executor
    from tfx.proto import bulk_inferrer_pb2
    from tfx.types import artifact_utils, standard_component_specs
    from tfx.types.standard_artifacts import Examples, InferenceResult, Model
    from tfx.utils import proto_utils

    del data
    examples, trained, result = Examples(), Model(), InferenceResult()
    examples.uri = str(folder / "examples")
    examples.split_names = artifact_utils.encode_split_names(["all"])
    # Where TFX looks for a model below an artifact.
    trained.uri = str(folder / "model")
    serving = folder / "model" / "Format-Serving"
    serving.parent.mkdir()
    serving.symlink_to(model)
    result.uri = str(folder / "bulk")
    specs = standard_component_specs
    context = base_beam_executor.BaseBeamExecutor.Context(
        beam_pipeline_args=[*IN_THIS_PROCESS], tmp_dir=str(folder / "tmp"), unique_id="1"
    )
    start = time.perf_counter()
    Executor(context).Do(
        {specs.EXAMPLES_KEY: [examples], specs.MODEL_KEY: [trained]},
        {specs.INFERENCE_RESULT_KEY: [result]},
        {
            specs.DATA_SPEC_KEY: proto_utils.proto_to_json(bulk_inferrer_pb2.DataSpec()),
            specs.MODEL_SPEC_KEY: proto_utils.proto_to_json(
                bulk_inferrer_pb2.ModelSpec(model_signature_name=["serving_default"])
            ),
            "component_id": "bulk",
        },
    )
    return time.perf_counter() - start


def mean_of_parquet(file: Path) -> float:
    """Returns the mean probability of a file of answers."""
    return float(pd.read_parquet(file, columns=["probability"])["probability"].mean())


def mean_of_logs(folder: Path) -> float:
    """Returns the mean probability of the logs that BulkInferrer has written."""
    files = sorted(str(file) for file in folder.iterdir())
    logs = map(
        prediction_log_pb2.PredictionLog.FromString,
        tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator(),
    )
    answers = (log.predict_log.response.outputs["probability"] for log in logs)
    return float(np.mean(np.concatenate([one.float_val for one in answers])))


WAYS: dict[str, Callable[[Path, Path, Path], float | None]] = {
    "examples": write_examples,
    "loop": answer_in_a_loop,
    "bulk": answer_with_bulk_inferrer,
}


def main() -> None:
    """Does what the arguments say."""
    way, folder, *more = sys.argv[1], Path(sys.argv[2]), *map(Path, sys.argv[3:])
    if way.startswith("mean-"):
        name = way.removeprefix("mean-")
        parquet = folder / f"{name}.parquet"
        found = mean_of_parquet(parquet) if parquet.exists() else mean_of_logs(folder / name)
        print(json.dumps({"mean": found}))
    else:
        data, model = more
        print(json.dumps({"seconds": WAYS[way](folder, data, model)}))


if __name__ == "__main__":
    main()
