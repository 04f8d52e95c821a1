"""The rows of a split, from where they are held to the network's batches."""

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from model.training.rows import Layout, Rows
from model.training.shuffle import Split
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

_MOST_STEPS = 32
"""In one execution; more gain nothing, and progress would come in leaps."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """How the rows of a split become batches.

    Keras runs several steps in one execution, which saves a third of the time, and cannot end an
    epoch within one. So an epoch has exactly as many batches as its executions have steps; they
    have the asked-for size or a little less, and each row is in one of them.

    Attributes:
        rows: of the split.
        executions: in an epoch.
        steps: in an execution.
        replicas: devices that share each batch; all batches but the last part evenly.
    """

    rows: int
    executions: int
    steps: int
    replicas: int = 1

    @classmethod
    def for_steps(cls, rows: int, batch_size: int, steps: int, replicas: int = 1) -> "Plan":
        """Plans batches of about `batch_size` rows, for executions of so many steps.

        Args:
            rows: of the split, at least two for each replica.
            batch_size: of all replicas together.
            steps: in an execution.
            replicas: that share a batch.
        """
        least = 2 if rows % replicas else 1
        return cls(rows, max(-(-rows // (batch_size * steps)), least), steps, replicas)

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return self.executions * self.steps

    def bounds(self) -> list[int]:
        """Returns where each execution's rows end."""
        ends = [(done + 1) * self.rows // self.executions for done in range(self.executions)]
        return [*(end + -end % self.replicas for end in ends[:-1]), self.rows]


def steps_per_execution(train_rows: int, batch_size: int, eval_rows: int, replicas: int = 1) -> int:
    """Returns how many steps one execution runs, so that no batch is empty or much too small.

    With several replicas Keras ends an epoch well only if an execution is one step.
    """
    if batch_size == 1 or replicas > 1:
        return 1
    batches = -(-train_rows // batch_size)
    executions = -(-batches // _MOST_STEPS)
    return min(-(-batches // executions), eval_rows)


def shuffled_batches(split: Split, layout: Layout, plan: Plan, seed: int) -> Any:
    """Returns a tf.data.Dataset of the rows in random order, another one in each epoch.

    Returns:
        What `Layout.unpack` returns.
    """
    epochs = itertools.count()
    return _dataset(
        lambda: split.shuffled(np.random.default_rng([seed, next(epochs)])), layout, plan
    )


def batches_in_order(split: Split, layout: Layout, plan: Plan) -> Any:
    """Returns what `shuffled_batches` does, in an order that stays."""
    return _dataset(split.in_order, layout, plan)


def _dataset(start_epoch: Callable[[], Iterable[Rows]], layout: Layout, plan: Plan) -> Any:
    chunks = tf.data.Dataset.from_generator(
        lambda: rechunk(start_epoch(), plan.bounds()),
        output_signature=tf.TensorSpec([None, layout.width], tf.int32),
    )

    def batch(chunk: Any, step: Any) -> Any:
        rows = tf.shape(chunk, out_type=tf.int64)[0]
        return layout.unpack(chunk[step * rows // plan.steps : (step + 1) * rows // plan.steps])

    batches = chunks.flat_map(
        lambda chunk: tf.data.Dataset.range(plan.steps).map(lambda step: batch(chunk, step))
    )
    options = tf.data.Options()
    # What is read are no files that workers could share out among themselves.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    counted = batches.apply(tf.data.experimental.assert_cardinality(plan.batches))
    return counted.prefetch(plan.steps).with_options(options)


def rechunk(parts: Iterable[Rows], ends: Iterable[int]) -> Iterator[Rows]:
    """Yields the same rows in chunks that end after so many rows, counted from the start."""
    waiting = iter(parts)
    kept: list[Rows] = []
    have = passed = 0
    for end in ends:
        while have < end - passed:
            kept.append(next(waiting))
            have += len(kept[-1])
        joined = np.concatenate(kept)
        yield joined[: end - passed]
        kept = [joined[end - passed :]]
        have -= end - passed
        passed = end
