"""How long a network is trained, by how many rows there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.settings import TrainerSettings
from model.training.schedule import Schedule


@pytest.mark.parametrize(
    ("rows", "schedule"),
    [
        (10, Schedule(16, 30, 64, 3, 5)),
        (100, Schedule(16, 30, 10, 3, 5)),
        (1_000, Schedule(32, 30, 2, 3, 5)),
        (8_191, Schedule(256, 30, 2, 3, 5)),
        (8_192, Schedule(512, 60, 1, 10, 1)),
        (200_000, Schedule(512, 25, 1, 4, 1)),
        (800_000, Schedule(512, 7, 1, 3, 1)),
        (2_500_000, Schedule(512, 2, 1, 3, 1)),
        (10**9, Schedule(512, 2, 1, 3, 1)),
    ],
)
def test_few_rows_make_small_batches_and_many_rows_few_epochs(
    rows: int, schedule: Schedule
) -> None:
    assert Schedule.of(TrainerSettings(), rows) == schedule


@given(st.integers(1, 10**7))
def test_what_is_said_is_done(rows: int) -> None:
    said = TrainerSettings(epochs=7, batch_size=33, patience=2, members=1)
    assert Schedule.of(said, rows) == Schedule(33, 7, 1, 2, 1)
    free = Schedule.of(TrainerSettings(), rows)
    assert Schedule.of(TrainerSettings(epochs=7), rows).batch_size == free.batch_size
    assert free.batch_size <= 512


def test_one_network_of_few_rows_is_waited_for() -> None:
    assert Schedule.of(TrainerSettings(members=1), 1_000) == Schedule(32, 30, 2, 5, 1)
    assert Schedule.of(TrainerSettings(members=3), 100_000) == Schedule(512, 50, 1, 3, 3)
