"""One reader serves several threads: what they read is what one thread reads."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest

from logattr.formats import FORMATS
from logattr.reading import reference
from logattr.reading.assemble import Context
from logattr.reading.parse import parse_block
from logattr.reading.readers import Reader
from logattr.reading.sources import Block

from .cases import LOGS

_THREADS = 6
_LINES = sorted({line for path in LOGS for line in path.read_bytes().splitlines()[:3]})
_OWN = {name: [path for path in LOGS if path.parent.name == name] for name in FORMATS}


@pytest.fixture
def _many_switches():
    """Let threads take turns as often as they can, so that what is not safe shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def _read(name, blocks, threads):
    """Events and rejects of every block, by a reader that has compiled nothing yet."""
    reference._compiled.cache_clear()
    re.purge()
    reader, context = Reader(FORMATS[name]), Context("test", ZoneInfo("UTC"))
    barrier = Barrier(threads)

    def work(block):
        barrier.wait()
        batch = parse_block(block, [reader], context)
        return batch.events.to_pylist(), batch.rejects.to_pylist()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, blocks))


@pytest.mark.usefixtures("_many_switches")
@pytest.mark.parametrize("name", [name for name in FORMATS if not Reader(FORMATS[name]).stateful])
def test_threads_read_with_one_reader_what_one_thread_reads(name):
    own = [line for path in _OWN[name] for line in path.read_bytes().splitlines()[:10]]
    blocks = [
        Block("test", b"\n".join([*own, *_LINES[part :: 10 * _THREADS]]), 1, 0) for part in range(_THREADS)
    ]

    together = _read(name, blocks, _THREADS)

    assert together == [found for block in blocks for found in _read(name, [block], 1)]
