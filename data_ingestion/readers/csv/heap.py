"""A heap that is quick to search.

pyarrow searches all objects of the process for references each time `read_csv` is given a buffer.
With TensorFlow imported that takes longer than reading the buffer.
"""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def small_heap() -> Iterator[None]:
    """Hides the objects that are there already from the garbage collector, for a while."""
    frozen_before = gc.get_freeze_count() > 0
    gc.freeze()
    try:
        yield
    finally:
        if not frozen_before:
            gc.unfreeze()
