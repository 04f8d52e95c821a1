"""How long a network is trained, by how many rows there are."""

import dataclasses

from model.settings import TrainerSettings

_ROWS_TO_SEE = 5_000_000
_LEAST_EPOCHS, _MOST_EPOCHS = 2, 30
_LARGEST_BATCH, _SMALLEST_BATCH = 512, 16
_STEPS_OF_A_SMALL_EPOCH = 16
_STEPS_OF_A_SMALL_TRAINING, _EPOCHS_OF_A_SMALL_TRAINING = 1_500, 60
_STEPS_OF_PATIENCE, _EPOCHS_OF_PATIENCE = 100, 3
_FEW_ROWS, _MEMBERS = _LARGEST_BATCH * _STEPS_OF_A_SMALL_EPOCH, 5


@dataclasses.dataclass(frozen=True)
class Schedule:
    """What settings leave to the number of rows.

    A table of a few hundred rows would be a few steps with large batches: it gets smaller ones, and
    more epochs.

    Attributes:
        batch_size: rows per step.
        epochs: passes over the rows, at most.
        patience: epochs without a better validation loss before training stops.
        members: networks whose mean is the model.
    """

    batch_size: int
    epochs: int
    patience: int
    members: int

    @classmethod
    def of(cls, settings: TrainerSettings, rows: int) -> "Schedule":
        """Returns what the settings say, and fits the rest to the rows of the train part."""
        batch_size = settings.batch_size or _batch_size(rows)
        steps = -(-rows // batch_size)
        epochs = min(max(-(-_ROWS_TO_SEE // rows), _LEAST_EPOCHS), _MOST_EPOCHS)
        patience = _EPOCHS_OF_PATIENCE
        if batch_size < _LARGEST_BATCH:
            wanted = -(-_STEPS_OF_A_SMALL_TRAINING // steps)
            epochs = min(max(epochs, wanted), _EPOCHS_OF_A_SMALL_TRAINING)
            patience = max(patience, -(-_STEPS_OF_PATIENCE // steps))
        members = settings.members or (_MEMBERS if rows < _FEW_ROWS else 1)
        return cls(batch_size, settings.epochs or epochs, settings.patience or patience, members)


def _batch_size(rows: int) -> int:
    """Returns a power of two."""
    size = _LARGEST_BATCH
    while size > _SMALLEST_BATCH and size * _STEPS_OF_A_SMALL_EPOCH > rows:
        size //= 2
    return size
