"""How long a network is trained, by how many rows there are."""

import dataclasses

from model.settings import TrainerSettings

_ROWS_TO_SEE = 5_000_000
_LEAST_EPOCHS, _MOST_EPOCHS, _MOST_SMALL_EPOCHS = 2, 60, 30
_LEAST_PATIENCE, _EPOCHS_PER_PATIENCE = 3, 6
_LARGEST_BATCH, _SMALLEST_BATCH = 512, 16
_STEPS_OF_A_SMALL_PASS, _STEPS_OF_A_SMALL_EPOCH = 16, 64
_FEW_ROWS, _MEMBERS = _LARGEST_BATCH * _STEPS_OF_A_SMALL_PASS, 5


@dataclasses.dataclass(frozen=True)
class Schedule:
    """What settings leave to the number of rows.

    A table of a few hundred rows would be a few steps with large batches: it gets smaller ones, and
    an epoch of several passes, since what an epoch costs beside its steps would be nearly all. The
    mean of several networks does not need the last bit of each.

    Attributes:
        batch_size: rows per step.
        epochs: after each of which the validation rows are asked, at most.
        passes: over the rows in an epoch.
        patience: epochs without a better validation loss before training stops.
        members: networks whose mean is the model.
    """

    batch_size: int
    epochs: int
    passes: int
    patience: int
    members: int

    @classmethod
    def of(cls, settings: TrainerSettings, rows: int) -> "Schedule":
        """Returns what the settings say, and fits the rest to the rows of the train part."""
        batch_size = settings.batch_size or _batch_size(rows)
        few = rows < _FEW_ROWS
        members = settings.members or (_MEMBERS if few else 1)
        most = _MOST_SMALL_EPOCHS if few else _MOST_EPOCHS
        epochs = settings.epochs or min(max(-(-_ROWS_TO_SEE // rows), _LEAST_EPOCHS), most)
        passes = 1
        if few and settings.epochs is None:
            passes = -(-_STEPS_OF_A_SMALL_EPOCH // -(-rows // batch_size))
        patience = epochs // _EPOCHS_PER_PATIENCE if members == 1 else 0
        return cls(
            batch_size,
            epochs,
            passes,
            settings.patience or max(patience, _LEAST_PATIENCE),
            members,
        )


def _batch_size(rows: int) -> int:
    """Returns a power of two."""
    size = _LARGEST_BATCH
    while size > _SMALLEST_BATCH and size * _STEPS_OF_A_SMALL_PASS > rows:
        size //= 2
    return size
