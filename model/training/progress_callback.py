"""What Keras tells while it trains."""

from typing import Any

import keras

from zeroskew.progress import tell


class ProgressCallback(keras.callbacks.Callback):
    """Tells after each execution how many rows of all epochs the network has seen.

    Args:
        rows: of the train split.
        batches: into which an epoch cuts them.
        epochs: that are planned; training may stop before.
        number: of the network, from 0.
        networks: how many are trained, one after the other.
        trial: what is tried, if it is a trial.
    """

    def __init__(
        self,
        rows: int,
        batches: int,
        epochs: int,
        number: int = 0,
        networks: int = 1,
        trial: str = "",
    ) -> None:
        super().__init__()
        self._rows, self._batches, self._epochs = rows, batches, epochs
        self._number, self._networks = number, networks
        self._unit = f"rows to try {trial}" if trial else "rows"
        self._epoch = 0
        self._validation_loss = ""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Notes which epoch it is."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Tells how far it is."""
        whole = self._epochs * self._rows
        seen = self._epoch * self._rows + (batch + 1) * self._rows // self._batches
        note = f"epoch {self._epoch + 1}, loss {(logs or {})['loss']:.4f}{self._validation_loss}"
        which = f"network {self._number + 1}, " if self._networks > 1 else ""
        tell(self._number * whole + seen, self._networks * whole, self._unit, which + note)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Notes the validation loss."""
        self._validation_loss = f", validation loss {(logs or {})['val_loss']:.4f}"
