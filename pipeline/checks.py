"""What is checked before anything runs: settings, features, schema and rows against each other."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from google.protobuf.text_format import ParseError

from data_ingestion.examples.preview import deal_rows, first_rows
from data_ingestion.readers.source import Source, check_columns, locate
from data_ingestion.settings import DataSettings
from model.feature_engineering.columns import Column, columns_of
from model.feature_engineering.feature_set import FeatureSet, load_features
from model.rehearsal.all_rows import AllRows
from model.rehearsal.bounded_slices import BoundedSlices
from model.rehearsal.weak_gate import few_rows, weak_thresholds
from model.slice_settings import check_bounded, check_slices, parse_slices
from pipeline.beam_options import check_beam
from pipeline.settings import Settings
from zeroskew.errors import SettingsError, did_you_mean
from zeroskew.schema import column_types, read_schema

_SAMPLE_ROWS = 500


@dataclasses.dataclass(frozen=True)
class Checked:
    """A use case whose parts fit each other, as far as can be said without its rows.

    Attributes:
        settings: where and how much.
        schema: a `schema_pb2.Schema`.
        features: the list.
        source: the data.
    """

    settings: Settings
    schema: Any
    features: FeatureSet
    source: Source

    @property
    def columns(self) -> dict[str, Column]:
        """The schema's columns by name."""
        return columns_of(self.schema)

    def check_first_rows(self) -> None:
        """Computes label and lambdas on some rows, in a moment; a database is not asked for it.

        Raises:
            ZeroskewError: they do not fit.
        """
        batch = self._first_rows()
        if batch is not None:
            rows = AllRows(self.features, self.columns)
            rows.add("train", batch)
            rows.check_head()

    def check_all_rows(self) -> tuple[int, list[str]]:
        """Reads every row, and computes label and lambdas on it.

        Returns:
            How many rows there are, and what speaks against the settings.

        Raises:
            ZeroskewError: something does not fit.
        """
        count, undealt, rows = 0, 0, AllRows(self.features, self.columns)
        sliced = parse_slices(self.settings.slices)
        slices = BoundedSlices(self.settings.gate.slices, sliced, self.columns)
        data, types = self.settings.data, column_types(self.schema)
        for dealt in deal_rows(data, self.source, types):
            count += dealt.read
            undealt += dealt.undealt
            for split, batch in dealt.kept.items():
                rows.add(split, batch)
            if "eval" in dealt.kept:
                slices.add(dealt.kept["eval"])
        rows.check_label(self.settings.max_missing_labels)
        gate = self.settings.gate
        weak = weak_thresholds(gate, self.features.label, rows.trivial_scores())
        few = few_rows(gate, rows.counted("eval"))
        return count, [*_rejected(undealt, data), *weak, *slices.warnings(), *few]

    def trace(self) -> None:
        """Shows the list to TensorFlow, if there are lambdas in it, which may do as they please.

        Raises:
            FeatureError: it refuses a part of it.
        """
        if not self.features.has_expressions:
            return
        from model.rehearsal.tracing import trace

        trace(self.features, self.columns, self._first_rows(), self.settings.trainer)

    def _first_rows(self) -> pa.RecordBatch | None:
        if not self.source.files:
            return None
        data, types = self.settings.data, column_types(self.schema)
        return first_rows(data, self.source, types, _SAMPLE_ROWS)


def _rejected(undealt: int, data: DataSettings) -> list[str]:
    if not undealt:
        return []
    return [
        f"data.{data.split}: {undealt:,} rows have no {data.deciding_column!r}, by which rows are "
        f"dealt to splits; a run rejects them, and goes on if data.allowed_rejected lets it"
    ]


def check(settings: Settings) -> Checked:
    """Checks features, schema and the columns of the data against each other, without TensorFlow.

    Raises:
        ZeroskewError: something does not fit.
    """
    schema = read_schema_of(settings)
    features = check_features(settings, schema)
    check_beam(settings.beam, settings.beam_args)
    source = locate(settings.data)
    check_columns(source, schema, features.columns_needed)
    return Checked(settings, schema, features, source)


def check_features(settings: Settings, schema: Any) -> FeatureSet:
    """Checks features, slices and schema against each other; the data may be elsewhere.

    Returns:
        The features.

    Raises:
        ZeroskewError: something does not fit.
    """
    columns = columns_of(schema)
    features = load_features(settings.features)
    features.check(columns)
    settings.gate.check(features.label)
    slices = parse_slices(settings.slices)
    check_slices(slices, columns)
    check_bounded(settings.gate.slices, slices)
    _check_embeddings(settings, features, columns)
    return features


def _check_embeddings(
    settings: Settings, features: FeatureSet, columns: Mapping[str, Column]
) -> None:
    """Checks that there are vectors, and columns to stand beside them."""
    if settings.embeddings is None:
        return
    if features.embedding is None:
        raise SettingsError(
            "vectors are made by a model whose feature list declares an embedding",
            received=f"embeddings in the settings, and none in {settings.features}",
            action='add embedding=Embedding("...") to the FeatureSet, or leave `embeddings` out',
        )
    for name in (settings.embeddings.key, *settings.embeddings.columns):
        if name not in columns or columns[name].length != 1:
            raise SettingsError(
                "embeddings.key and embeddings.columns are columns of the schema with one value in "
                "each row",
                allowed=", ".join(one.name for one in columns.values() if one.length == 1),
                received=repr(name),
                action=did_you_mean(name, columns),
            )


def read_schema_of(settings: Settings) -> Any:
    """Reads the curated schema that the settings name.

    Raises:
        SettingsError: it cannot be read.
    """
    file = settings.schema_file
    try:
        return read_schema(file)
    except (OSError, ValueError, ParseError) as error:
        raise SettingsError(
            "the schema must be a file that can be read",
            allowed="a tensorflow_metadata Schema in text form (.pbtxt)",
            received=f"{file}: {' '.join(str(error).split())}",
            action="infer a first one: zeroskew schema infer DATA --output FILE",
        ) from error
