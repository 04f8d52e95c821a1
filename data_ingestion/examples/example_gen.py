"""The ExampleGen for all sources, as a TFX component.

Usage::

    ExampleGen(DataSettings(path="trips/*.parquet"))
    ExampleGen(DataSettings(path="trips/{YYYY}-{MM}-{DD}/*.csv", window=7), schema=schema_channel)
    ExampleGen(DataSettings(), examples=another_example_gen.outputs["examples"])

It writes what TFX's own ExampleGens write, gzipped TFRecords of tf.Examples, so that every
component of TFX takes it.
"""

import uuid
from typing import Any, ClassVar

from tfx.components.example_gen import driver, utils
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_component, base_beam_executor, executor_spec
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils, channel_utils, component_spec
from tfx.types import standard_component_specs as specs
from tfx.types.standard_artifacts import Examples, Schema

from data_ingestion.artifacts import IngestionReport, RejectedRows
from data_ingestion.examples.intake import take_in
from data_ingestion.readers.source import SPLITS, locate
from data_ingestion.rules.rules_file import read_rules
from data_ingestion.settings import SETTINGS_OF_THE_GATE, DataSettings
from zeroskew.parallel import is_distributed
from zeroskew.schema import column_types, read_schema, schema_file
from zeroskew.source_code.code import Code

DATA_KEY = "data"
CODE_KEY = "code"
FROM_UPSTREAM_KEY = "from_upstream"
REJECTED_KEY = "rejected"
REPORT_KEY = "report"
RULES_KEY = "rules"
UPSTREAM_KEY = "upstream"


class ExampleGenSpec(component_spec.ComponentSpec):
    """What goes in and out."""

    PARAMETERS: ClassVar[dict[str, Any]] = {
        DATA_KEY: component_spec.ExecutionParameter(type=str),
        RULES_KEY: component_spec.ExecutionParameter(type=str),
        CODE_KEY: component_spec.ExecutionParameter(type=str),
        FROM_UPSTREAM_KEY: component_spec.ExecutionParameter(type=bool),
    }
    INPUTS: ClassVar[dict[str, Any]] = {
        specs.SCHEMA_KEY: component_spec.ChannelParameter(type=Schema, optional=True),
        UPSTREAM_KEY: component_spec.ChannelParameter(type=Examples, optional=True),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {
        specs.EXAMPLES_KEY: component_spec.ChannelParameter(type=Examples),
        REPORT_KEY: component_spec.ChannelParameter(type=IngestionReport),
        REJECTED_KEY: component_spec.ChannelParameter(type=RejectedRows),
    }


class Driver(driver.Driver):
    """Settles which span is read and whether an earlier result can be used again."""

    def resolve_exec_properties(
        self, exec_properties: dict[str, Any], pipeline_info: Any, component_info: Any
    ) -> dict[str, Any]:
        """Adds span, version and fingerprint; a database is read anew in each run."""
        del pipeline_info, component_info
        data = DataSettings.model_validate_json(exec_properties[DATA_KEY])
        if exec_properties[FROM_UPSTREAM_KEY]:
            return exec_properties
        source = locate(data)
        exact = data.model_copy(update={"span": source.span}) if source.span else data
        return {
            **exec_properties,
            DATA_KEY: exact.model_dump_json(),
            utils.SPAN_PROPERTY_NAME: source.span,
            utils.VERSION_PROPERTY_NAME: source.version,
            utils.FINGERPRINT_PROPERTY_NAME: source.fingerprint() or uuid.uuid4().hex,
        }


class Executor(base_beam_executor.BaseBeamExecutor):
    """Reads, checks, splits and encodes all rows."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes a gzipped TFRecord file for each chunk and split, and the report.

        Raises:
            DataError: the data cannot be read, or a split has no row.
        """
        data = _data(input_dict, exec_properties)
        (examples,) = output_dict[specs.EXAMPLES_KEY]
        (report,) = output_dict[REPORT_KEY]
        (rejected,) = output_dict[REJECTED_KEY]
        examples.split_names = artifact_utils.encode_split_names(list(SPLITS))
        examples_utils.set_payload_format(examples, example_gen_pb2.FORMAT_TF_EXAMPLE)
        examples_utils.set_file_format(examples, "tfrecords_gzip")
        folders = {name: artifact_utils.get_split_uri([examples], name) for name in SPLITS}
        distributed = is_distributed(self._beam_pipeline_args)
        found = take_in(
            data,
            _types(input_dict),
            folders,
            report.uri,
            rejected_folder=rejected.uri,
            make_pipeline=self._make_beam_pipeline if distributed else None,
        )
        report.set_int_custom_property(utils.SPAN_PROPERTY_NAME, found.span)


class ExampleGen(base_beam_component.BaseBeamComponent):
    """Takes in all rows of a source.

    Args:
        data: where the rows come from and how they are split.
        schema: channel of the Schema artifact, which states the columns and their types; without
            it, the types are those that hold all values.
        examples: channel of another ExampleGen's Examples artifact, whose rows are taken in instead
            of those at `data.path`.
        code: digest of the code that runs; it is computed unless given.
    """

    SPEC_CLASS = ExampleGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)
    DRIVER_CLASS = Driver

    def __init__(
        self,
        data: DataSettings,
        schema: Any = None,
        examples: Any = None,
        code: str | None = None,
    ) -> None:
        super().__init__(
            spec=ExampleGenSpec(
                data=data.model_dump_json(exclude=SETTINGS_OF_THE_GATE),
                rules=read_rules(data.rules).model_dump_json(exclude={"allow"}),
                code=code or Code.of_rooms("data_ingestion", "zeroskew").digest(),
                from_upstream=examples is not None,
                schema=schema,
                upstream=examples,
                examples=channel_utils.as_channel([Examples()]),
                report=channel_utils.as_channel([IngestionReport()]),
                rejected=channel_utils.as_channel([RejectedRows()]),
            )
        )


def _data(inputs: dict[str, list[Any]], exec_properties: dict[str, Any]) -> DataSettings:
    data = DataSettings.model_validate_json(exec_properties[DATA_KEY])
    upstream = inputs.get(UPSTREAM_KEY)
    return data.model_copy(update={"path": f"{upstream[0].uri}/Split-*/*"}) if upstream else data


def _types(inputs: dict[str, list[Any]]) -> dict[str, str] | None:
    artifacts = inputs.get(specs.SCHEMA_KEY)
    return column_types(read_schema(schema_file(artifacts[0]))) if artifacts else None
