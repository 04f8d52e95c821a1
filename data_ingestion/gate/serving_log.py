"""The log of what a model was asked, to compare the training data with."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from data_ingestion.anomalies.anomaly import WARNING, Anomaly
from data_ingestion.gate.drift import Control
from data_ingestion.readers.rows import RejectedRow
from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from zeroskew.lazy import lazy_import

schema_inference = lazy_import("data_ingestion.schema.inference")

NAME = "the serving log"
SHOWN = 3


def read_serving_log(
    data: DataSettings, types: Mapping[str, str], splits: Sequence[str]
) -> tuple[Control, list[Anomaly]]:
    """Reads the serving log that the settings name.

    Args:
        data: the settings; the log is in a format that can be data as well.
        types: ``"FLOAT"``, ``"INT"`` or ``"BYTES"`` by column; the log may lack some.
        splits: what is compared with it.

    Returns:
        The log to compare with, and a warning if rows of it cannot be read.

    Raises:
        DataError: the log cannot be read.
    """
    log = DataSettings(path=data.serving_log or "", csv=data.csv, jdbc=data.jdbc)
    rejected: list[RejectedRow] = []
    count = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal count
        for _, rows in locate(log).rows(types):
            count += rows.batch.num_rows + len(rows.rejected)
            rejected.extend(rows.rejected)
            yield rows.batch

    statistics = schema_inference.compute_statistics(batches())
    control = Control(NAME, dict.fromkeys(splits, statistics), is_serving=True)
    if not rejected:
        return control, []
    return control, [
        Anomaly(
            subject=NAME,
            kind="rejected",
            severity=WARNING,
            expected="rows that can be read as the schema says",
            observed=f"{len(rejected):,} of {count:,} rows cannot be",
            rows=rejected[:SHOWN],
        )
    ]
