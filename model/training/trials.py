"""Which penalties a network gets: those that help with rows that do not teach it."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.labels import Head
from model.settings import TrainerSettings
from model.training.fitting import Trial, Work, fit
from model.training.network import build_network
from model.training.penalties import PenalizedDense, PenalizedEmbedding
from model.training.rows import Layout
from model.training.schedule import Schedule
from model.training.shuffle import InMemory, Split

_TRIED: Mapping[str, tuple[type[keras.Layer], float]] = {
    "l2_ids": (PenalizedEmbedding, 100.0),
    "l1_inputs": (PenalizedDense, 8.0),
}
"""By setting, the layers whose weights bear the penalty, and the penalty that is tried, in rows."""
_MOST_ROWS, _ROWS_TO_SEE = 32_768, 300_000


@dataclasses.dataclass(frozen=True)
class Trials:
    """Tries penalties on few rows and epochs, where there are more weights than rows.

    A network learns each row by heart where it can, and an id or a column that tells nothing is
    what it learns it by. Penalties are in rows, so that some of the rows tell what suits all.

    Args:
        features: the feature list.
        head: of the label.
        layout: of a row.
        schedule: of the whole training.
        seed: of the networks.
        taught: the rows that teach.
        kept: those that do not.
    """

    features: FeatureSet
    head: Head
    layout: Layout
    schedule: Schedule
    seed: int
    taught: Split
    kept: Split

    def choose(self, settings: TrainerSettings) -> tuple[TrainerSettings, Sequence[Trial]]:
        """Returns the settings with each penalty that they leave open, and what was tried."""
        left_open = {name: 0.0 for name in _TRIED if getattr(settings, name) is None}
        settings = settings.model_copy(update=left_open)
        weights = self._weights(settings) if left_open else {}
        wanted = [name for name in left_open if weights[name] > self.taught.rows]
        if not wanted:
            return settings, ()
        random = np.random.default_rng(self.seed)
        taught, kept = (_some(one, random) for one in (self.taught, self.kept))
        return dataclasses.replace(self, taught=taught, kept=kept)._try(wanted, settings)

    def _try(
        self, wanted: Sequence[str], settings: TrainerSettings
    ) -> tuple[TrainerSettings, Sequence[Trial]]:
        made, least = [], self._losses(settings, "no penalty")
        for name in wanted:
            _, value = _TRIED[name]
            penalized = settings.model_copy(update={name: value})
            losses = self._losses(penalized, f"{name} {value:g}")
            taken = _is_less(losses, least)
            made.append(Trial(name, value, float(least.mean()), float(losses.mean()), taken))
            if taken:
                settings, least = penalized, losses
        return settings, made

    def _build(self, settings: TrainerSettings) -> keras.Model:
        keras.utils.set_random_seed(self.seed)
        return build_network(self.features, settings, self.head.units, rows=self.taught.rows)

    def _weights(self, settings: TrainerSettings) -> Mapping[str, int]:
        """Counts the weights that would bear each penalty."""
        layers = self._build(settings).layers
        return {
            name: sum(one.count_params() for one in layers if isinstance(one, kind))
            for name, (kind, _) in _TRIED.items()
        }

    def _losses(self, settings: TrainerSettings, trial: str) -> np.ndarray:
        """Returns the loss of each validation row, times what the row counts."""
        rows_of_an_epoch = self.taught.rows * self.schedule.passes
        epochs = max(2, min(self.schedule.epochs, _ROWS_TO_SEE // rows_of_an_epoch))
        schedule = dataclasses.replace(self.schedule, epochs=epochs, members=1)
        work = Work(self.layout, schedule, None, self.seed, trial=trial)
        network, device = self._build(settings), tf.distribute.get_strategy()
        fit(network, self.head, settings, work, self.taught, self.kept, device)
        losses = [self._measure(network, rows) for rows in self.kept.in_order()]
        return np.concatenate(losses)

    def _measure(self, network: keras.Model, rows: np.ndarray) -> np.ndarray:
        inputs, labels, *weights = self.layout.unpack(tf.constant(rows))
        function: Any = self.head.loss
        losses = getattr(function, "call", function)(labels, network(inputs, training=False))
        counts = weights[0][:, 0] if weights else 1.0
        return np.asarray(losses * counts, np.float64)


def _some(split: Split, random: np.random.Generator) -> Split:
    """Returns a random part of the rows, or all if they are few."""
    if split.rows <= _MOST_ROWS:
        return split
    parts, rows = [], 0
    for part in split.shuffled(random):
        parts.append(part[: _MOST_ROWS - rows])
        rows += len(parts[-1])
        if rows == _MOST_ROWS:
            break
    return InMemory(parts)


def _is_less(losses: np.ndarray, than: np.ndarray) -> bool:
    """Tells whether the losses of the same rows fell, by more than a standard error."""
    gains = than - losses
    return bool(gains.mean() > gains.std() / np.sqrt(len(gains)))
