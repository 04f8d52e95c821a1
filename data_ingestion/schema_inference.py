"""A first schema from data, for a person to read and correct."""

from pathlib import Path

import tensorflow_data_validation as tfdv
from google.protobuf import text_format

from data_ingestion.source import Source
from zeroskew.errors import WorkspaceError
from zeroskew.files import write_atomically

HEADER = """\
# The data contract: what each column holds. Inferred from data, then reviewed by a person.
"""


def infer_schema(source: Source, target: Path) -> int:
    """Writes the schema that all rows of `source` fit.

    Returns:
        The number of columns.

    Raises:
        WorkspaceError: `target` exists; a curated schema is never overwritten.
    """
    if target.exists():
        raise WorkspaceError(
            "a schema is never overwritten, because it may hold a person's corrections",
            received=str(target),
            action="name another file with --output, and compare the two",
        )
    patterns = [str(source.folder / pattern) for pattern in source.patterns.values()]
    statistics = tfdv.generate_statistics_from_csv(patterns[0])
    schema = tfdv.infer_schema(statistics, infer_feature_shape=False)
    for pattern in patterns[1:]:
        schema = tfdv.update_schema(schema, tfdv.generate_statistics_from_csv(pattern))
    write_atomically(target, HEADER + text_format.MessageToString(schema))
    return len(schema.feature)
