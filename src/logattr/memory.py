"""Where memory comes from, and that what is free goes back to the system between the stages of a report."""

from __future__ import annotations

import ctypes
import sys

__all__ = ["give_back", "take_from_one_arena"]

_M_ARENA_MAX = -8  # <malloc.h> of glibc


def give_back() -> None:
    """Give memory that is free to the system, as far as the allocator can.

    Threads that read, and columns of a million rows, leave their parts of it scattered: without this a
    million clients take half as much again at the peak.
    """
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def take_from_one_arena() -> None:
    """Let all threads share the memory that one of them has freed; to be called before there are any.

    glibc gives threads arenas of their own (mallopt(3), ``M_ARENA_MAX``), and what is free in one serves
    no other: that was 30 MB of a report. Blocks ask for few and large pieces, so that no thread waits.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none, and no arenas
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, 1)
