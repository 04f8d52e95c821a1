"""How much memory the process has had at most."""

import numpy as np

from pipeline.memory import forget_peak, peak_bytes

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
