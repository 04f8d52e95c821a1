"""How much memory this process has had at most, from one moment on, and what it gives back."""

import ctypes
import gc
import resource
import sys
from pathlib import Path

import pyarrow as pa

_RESET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_PEAK = "VmHWM:"


def give_back() -> None:
    """Returns to the system what was freed, which allocators would keep for later.

    Steps use memory of many kinds, and none can use what another's allocator keeps.
    """
    gc.collect()
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        # Only glibc has it.
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def forget_peak() -> None:
    """Lets `peak_bytes` count from now on; where the system is not Linux, it counts from the start.

    Source: proc(5), clear_refs.
    """
    try:
        _RESET.write_text("5")
    except OSError:
        return


def peak_bytes() -> int:
    """Returns the most memory, in bytes, that this process has had since `forget_peak`."""
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return maxrss_bytes(resource.getrusage(resource.RUSAGE_SELF))
    (line,) = [line for line in lines if line.startswith(_PEAK)]
    return int(line.split()[1]) * 1024


def maxrss_bytes(usage: resource.struct_rusage) -> int:
    """Returns the most memory, in bytes, that a process had, from what the system says of it."""
    # Linux counts in KiB, macOS in bytes.
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
