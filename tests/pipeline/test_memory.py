"""How much memory the process has had at most, and what it gives back."""

import numpy as np

from pipeline.memory import forget_peak, give_back, peak_bytes

_MIB = 1 << 20


def test_the_peak_is_that_since_it_was_forgotten() -> None:
    forget_peak()
    before = peak_bytes()
    many = np.ones(200 * _MIB, np.uint8)
    high = peak_bytes()
    del many
    assert high - before > 190 * _MIB
    assert abs(peak_bytes() - high) < 8 * _MIB

    forget_peak()
    assert peak_bytes() < high - 150 * _MIB


def test_what_was_freed_is_given_back() -> None:
    # Small enough for the heap, whose end the last of them holds.
    many = [bytearray(100_000) for _ in range(2_000)]
    last = many[-1]
    high = peak_bytes()
    del many
    give_back()
    forget_peak()
    assert peak_bytes() < high - 150 * _MIB
    assert len(last) == 100_000
