"""Work on blocks in threads: read ahead, several at once, results in the order of the input.

Threads serve because what takes the time (unpacking, hashing, the kernel, Arrow) releases the lock of
the interpreter. What is held at one time is bounded.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["ahead", "all_of", "begun", "in_order", "workers"]

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def workers() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def ahead(items: Iterable[_In], *, most: int = 2) -> Iterator[_In]:
    """The same items, made by a thread of their own while the ones before are worked on.

    Parameters
    ----------
    items
        Iterated over in the thread; what it raises is raised here.
    most
        Items that may wait.

    Examples
    --------
    >>> list(ahead(range(3)))
    [0, 1, 2]
    """
    waiting: queue.Queue[tuple[str, Any]] = queue.Queue(most)
    stopped = threading.Event()

    def put(kind: str, item: Any) -> bool:
        while not stopped.is_set():
            try:
                waiting.put((kind, item), timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def run() -> None:
        iterator = iter(items)
        try:
            for item in iterator:
                if not put("item", item):
                    break
            put("end", None)
        except BaseException as error:  # raised again in the thread that asked
            put("error", error)
        finally:
            close = getattr(iterator, "close", None)
            if close is not None and stopped.is_set():
                close()

    thread = threading.Thread(target=run, name="logattr-reader", daemon=True)
    thread.start()
    try:
        while True:
            kind, item = waiting.get()
            if kind == "end":
                return
            if kind == "error":
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()


def begun(work: Callable[[], _Out]) -> Future[_Out]:
    """Some work that a thread of its own has begun; what it raises, its result raises.

    Nobody waits for it who does not ask for the result, not even the end of the process.

    Examples
    --------
    >>> begun(lambda: 1).result()
    1
    """
    future: Future[_Out] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # raised again in the thread that asks
            future.set_exception(error)

    threading.Thread(target=run, name="logattr-begun", daemon=True).start()
    return future


def in_order(work: Callable[[_In], _Out], items: Iterable[_In], *, threads: int) -> Iterator[_Out]:
    """Results of some work on items, in their order, several worked on at once.

    At most one item more than there are threads waits; when the iteration is given up, none is begun any
    more.

    Examples
    --------
    >>> list(in_order(str, [1, 2, 3], threads=2))
    ['1', '2', '3']
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="logattr-worker")
    waiting: deque[Future[_Out]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def all_of(parts: Sequence[Callable[[], _Out]], *, threads: int) -> list[_Out]:
    """Results of independent parts of some work, in their order; with one thread one after the other.

    Examples
    --------
    >>> all_of([lambda: 1, lambda: 2], threads=2)
    [1, 2]
    """
    if threads == 1:
        return [part() for part in parts]
    pool = ThreadPoolExecutor(threads, thread_name_prefix="logattr-worker")
    try:
        return [one.result() for one in [pool.submit(part) for part in parts]]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
