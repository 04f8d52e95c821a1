"""All rows of a source to a file of answers; rows that cannot be read are kept aside."""

import time
from collections.abc import Mapping
from pathlib import Path

from data_ingestion.examples.rejected_rows import kept_aside
from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.source import Source
from model.serving.batch.files import open_answers
from model.serving.batch.predictor import Predictor
from pipeline.answered_rows import Outcome, no_rows, rejected_file, rejected_rows, rows_of
from zeroskew.parallel import ahead
from zeroskew.progress import tell


@small_heap()
def predict_to_file(
    source: Source,
    types: Mapping[str, str],
    predictor: Predictor,
    output: Path,
    *,
    allowed_rejected: float = 0.0,
    limit: int | None = None,
) -> Outcome:
    """Writes a line of answers for each row that can be read, in the order of the source.

    Rows are read while the model answers earlier ones. Memory does not grow with the rows.

    Args:
        source: the rows.
        types: of the columns that the model reads, and of the keys.
        predictor: the model.
        output: a file, by its ending Parquet or CSV. It is there whole, or as it was before.
        allowed_rejected: the share of rows that may be kept aside.
        limit: rows that are read at most.

    Raises:
        DataError: a file cannot be read, or more rows than allowed cannot; nothing is written then
            but these.
        WorkspaceError: the file cannot be written.
    """
    outcome, start = Outcome(), time.perf_counter()
    total, pieces = rows_of(source, types, limit)
    aside = rejected_file(output)
    with open_answers(output) as write:
        with kept_aside(aside) as keep:
            for name, rows in ahead(pieces):
                answered = predictor.answer(rows.batch)
                write(answered.answers)
                rejected = rejected_rows(name, rows, answered.misfits)
                keep(rejected)
                outcome.add(answered.answers.num_rows, rejected)
                tell(outcome.read, total, "rows")
            if not outcome.read:
                write(predictor.answer(no_rows(types)).answers)
        outcome.check(allowed_rejected, aside)
    outcome.seconds = time.perf_counter() - start
    return outcome
