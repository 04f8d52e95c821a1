"""A SavedModel that answers whole record batches."""

import dataclasses
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from model.serving.batch.answers import to_columns
from model.serving.batch.inputs import misfits, to_arrays
from model.serving.batch.keys import Keys
from model.serving.fingerprint import FINGERPRINT_COLUMN, VERSION_COLUMN, read_fingerprint
from model.serving.raw_columns import SIGNATURE, open_model, types_of
from model.serving.vector_versions import read_vector_versions, version_misfits
from zeroskew.parallel import cores

ROWS_AT_ONCE = 8_192
"""Rows that the model is asked at once: more are not answered faster, and lists need memory."""


@dataclasses.dataclass(frozen=True)
class Answered:
    """What became of the rows of a batch.

    Attributes:
        answers: a row for each row of the batch that the model could take, in their order: keys,
            what the label's head gives, and the model.
        misfits: the other rows, by their place in the batch, and why.
    """

    answers: pa.RecordBatch
    misfits: dict[int, str]


class Predictor:
    """Answers record batches, with the keys of their rows.

    Usage::

        predictor = Predictor(Path("runs/taxi/serving/1764000000"), keys=["trip_id"])
        answered = predictor.answer(batch)

    Args:
        folder: of the SavedModel; if it is called by a number, that is its version.
        keys: columns of the rows that stand beside the answers.
        signature: that is asked.
        identity: by column, what says of each answer who gave it: version and fingerprint of the
            model unless given.
        rows_at_once: that the model is asked.

    Raises:
        DataError: there is no SavedModel in the folder.
        SettingsError: a key is called like an answer.
    """

    def __init__(
        self,
        folder: Path,
        keys: Sequence[str] = (),
        signature: str = SIGNATURE,
        identity: Mapping[str, pa.Scalar] | None = None,
        rows_at_once: int = ROWS_AT_ONCE,
    ) -> None:
        self._model = open_model(folder)
        self._inputs = self._model.inputs(signature)
        self._call = self._model.caller(signature)
        self._rows_at_once = rows_at_once
        versions = read_vector_versions(folder)
        self._versions = [one for one in versions if one.column in self._inputs]
        self._identity = _identity_of(folder) if identity is None else dict(identity)
        self._keys = Keys(keys)
        # A call uses little more than one core.
        self._threads = ThreadPoolExecutor(cores(), "predictor")
        nothing = pa.RecordBatch.from_arrays([], names=[])
        self._keys.check([*self._ask(nothing), *self._identity])
        types = types_of(folder, self._model)
        self.types = {name: types[name] for name in types if name in self._inputs}
        """Of the raw columns that the model takes, as rows are to be read."""

    def misfits(self, batch: pa.RecordBatch) -> dict[int, str]:
        """Returns the rows that the model cannot take, by their place, and why; none is asked."""
        unfit = {
            **version_misfits(batch, self._versions),
            **self._keys.misfits(batch),
            **misfits(batch, self._inputs),
        }
        return dict(sorted(unfit.items()))

    def answer(self, batch: pa.RecordBatch) -> Answered:
        """Answers all rows of a batch that the model can take.

        Args:
            batch: the keys, and raw columns: float64, int64, binary, or lists of these; a column
                that it lacks is missing in each row.
        """
        unfit = self.misfits(batch)
        if unfit:
            fits = np.ones(batch.num_rows, bool)
            fits[list(unfit)] = False
            batch = batch.filter(pa.array(fits))
        size = self._rows_at_once
        starts = range(0, max(batch.num_rows, 1), size)
        asked = self._threads.map(lambda start: self._ask(batch.slice(start, size)), starts)
        parts = list(asked)
        columns = {
            **self._keys.take(batch),
            **{name: pa.concat_arrays([part[name] for part in parts]) for name in parts[0]},
            **{name: pa.repeat(one, batch.num_rows) for name, one in self._identity.items()},
        }
        answers = pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])
        return Answered(answers, unfit)

    def _ask(self, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        return to_columns(self._call(to_arrays(batch, self._inputs)))


def _identity_of(folder: Path) -> dict[str, pa.Scalar]:
    version = int(folder.name) if folder.name.isdecimal() else None
    return {
        VERSION_COLUMN: pa.scalar(version, pa.int64()),
        FINGERPRINT_COLUMN: pa.scalar(read_fingerprint(folder) or None, pa.string()),
    }
