"""This room's own pipeline steps, as TFX components.

Each wraps plain functions of its neighbours; nothing is decided here but where files lie.
The annotations are read by TFX at run time.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

from tfx.components import CsvExampleGen
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import ExampleAnomalies, Schema

from data_ingestion.anomalies import read_anomalies, stop_on_errors
from data_ingestion.artifacts import DataVerdict
from data_ingestion.source import Source
from zeroskew.files import write_atomically

ANOMALIES_FILE = "anomalies.json"
SCHEMA_FILE = "schema.pbtxt"


def example_gen(source: Source, train_parts: int, eval_parts: int) -> Any:
    """Builds the ExampleGen for a source.

    Args:
        source: one pattern for all rows, split by a hash of each row, or one for each split.
        train_parts: of the hash's buckets, how many make the train split.
        eval_parts: how many make the eval split.
    """
    Split = example_gen_pb2.SplitConfig.Split
    inputs = example_gen_pb2.Input(
        splits=[
            example_gen_pb2.Input.Split(name=name, pattern=pattern)
            for name, pattern in source.patterns.items()
        ]
    )
    outputs = example_gen_pb2.Output(
        split_config=example_gen_pb2.SplitConfig(
            splits=[
                Split(name="train", hash_buckets=train_parts),
                Split(name="eval", hash_buckets=eval_parts),
            ]
        )
    )
    return CsvExampleGen(
        input_base=str(source.folder),
        input_config=inputs,
        output_config=outputs if len(source.patterns) == 1 else None,
    )


@component
def CuratedSchema(
    schema: OutputArtifact[Schema],
    file: Parameter[str],
    fingerprint: Parameter[str],
) -> None:
    """Imports the committed schema; a changed file is a changed `fingerprint`."""
    text = Path(file).read_text(encoding="utf-8")
    write_atomically(Path(schema.uri, SCHEMA_FILE), text)


@component
def DataGate(
    anomalies: InputArtifact[ExampleAnomalies],
    verdict: OutputArtifact[DataVerdict],
) -> None:
    """Stops the run if the data breaks the schema."""
    found = [
        anomaly
        for split in artifact_utils.decode_split_names(anomalies.split_names)
        for anomaly in read_anomalies(
            Path(artifact_utils.get_split_uri([anomalies], split), "SchemaDiff.pb"), split
        )
    ]
    stop_on_errors(found)
    content = json.dumps([dataclasses.asdict(anomaly) for anomaly in found], indent=2)
    write_atomically(Path(verdict.uri, ANOMALIES_FILE), content + "\n")
