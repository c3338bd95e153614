"""What one event counts for: told once per distinct kind of event, then spread over the rows of a block.

What counts as done: a status of 2xx, or an operation that is not HTTP in a log without statuses. A
redirect delivers nothing, 304 says that nothing was sent, and an HTTP log without statuses does not
show what succeeded.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logattr.attribution.noise import are_background, are_probes

__all__ = ["ACTIONS", "COUNTED", "MOST_ROWS", "Kinds", "codes_of", "counts", "kinds"]

ACTIONS = {"read": "reads", "write": "writes", "list": "lists", "delete": "deletes", "login": "logins"}
COUNTED = (
    "ok",
    "not_found",
    "failed",
    "no_request",
    *ACTIONS.values(),
    "probes",
    "malformed",
    "content",
    "fetched",
)
# Applications answer a log-in with these; they show neither a probe that failed nor content reached.
_TEMPORARY_REDIRECTS = (302, 303, 307)

# A status stands for all that count alike; null and 000 are 0.
_STATUSES = (0, 1, 200, 301, 302, 304, 400, 404, 500)
_ACTIONS = (None, *ACTIONS)
_FLAGS = 5  # method, operation, target, probe, background
_KINDS = len(_STATUSES) * len(_ACTIONS) << _FLAGS

# They name the method of the request in which something was done, and no status: what they log was done.
_AUDITS = ("nextcloud_json",)

# Counters are added up three at a time, as fields of one integer; a block has fewer rows than a field holds.
_FIELD_BITS, _FIELDS = 21, 3
MOST_ROWS = (1 << _FIELD_BITS) - 1


def codes_of(column: pa.ChunkedArray | pa.Array) -> tuple[pa.Array, NDArray[np.int32]]:
    """Distinct values and one code per row; null has the code that is one too many."""
    array = column
    if isinstance(column, pa.ChunkedArray):
        if column.num_chunks == 1:
            array = column.chunk(0)
        elif not column.num_chunks:
            array = pa.array([], column.type)
        elif pa.types.is_dictionary(column.type):
            array = column.unify_dictionaries().combine_chunks()
            array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
        else:
            array = pa.concat_arrays(column.chunks)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    indices = array.indices
    if indices.null_count:
        indices = indices.cast(pa.int32()).fill_null(len(array.dictionary))
    return array.dictionary, indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)


class Kinds:
    """Kind of every event of a block, as a number, and whether it was done."""

    def __init__(self, kind: NDArray[np.int16]) -> None:
        self.kind = kind
        present = np.flatnonzero(np.bincount(kind, minlength=1))
        words = np.zeros((int(present.max(initial=0)) + 1, -(-len(COUNTED) // _FIELDS)), np.int64)
        done = np.zeros(len(words), np.bool_)
        for number in present.tolist():
            words[number], done[number] = _of_kind(number)
        self._words = words
        self.done: NDArray[np.bool_] = done[kind]

    def sums(self, order: NDArray[np.intp], starts: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        """Counters of every client, whose rows stand together in some order, from these starts on."""
        kind = self.kind[order]
        found: dict[str, NDArray[np.int64]] = {}
        for nth in range(self._words.shape[1]):
            word = np.add.reduceat(np.ascontiguousarray(self._words[:, nth])[kind], starts)
            for field, name in enumerate(COUNTED[nth * _FIELDS : (nth + 1) * _FIELDS]):
                found[name] = word >> field * _FIELD_BITS & MOST_ROWS
        return found


def kinds(events: pa.Table) -> Kinds:
    """Tell the kinds of the events of one block (``columns.EVENTS``)."""
    status = events["status"].fill_null(0).to_numpy().astype(np.int16, copy=False)
    actions, action = codes_of(events["action"])
    known = {name: number for number, name in enumerate(_ACTIONS)}
    number = [known.get(text, 0) for text in (*actions.to_pylist(), None)]
    targets, target = codes_of(events["target"])
    paths, path = codes_of(events["path"])
    kind = _status_numbers()[status.view(np.uint16)] * np.int16(len(_ACTIONS))
    kind += np.array(number, np.int16)[action]
    for flag in (
        _has_method(events),
        _valid(events["operation"]),
        target < len(targets),
        _spread(are_probes(targets), target),
        _spread(are_background(paths), path),
    ):
        kind <<= 1
        kind |= flag
    return Kinds(kind)


def _has_method(events: pa.Table) -> NDArray[np.bool_] | bool:
    """Whether what was done is to be told by the status of a request."""
    found = _valid(events["method"])
    formats, format_ = codes_of(events["format"])
    audits = np.array([*(one in _AUDITS for one in formats.to_pylist()), False])
    if not audits.any():
        return found
    return np.asarray(
        found & ~(audits[format_] & _valid(events["operation"]) & (events["status"].is_null().to_numpy()))
    )


def _spread(answers: NDArray[np.bool_], codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    return np.append(answers, False)[codes]  # null is neither


def _valid(column: pa.ChunkedArray) -> NDArray[np.bool_] | bool:
    if not column.null_count:
        return True
    if column.null_count == len(column):
        return False
    valid: NDArray[np.bool_] = column.is_valid().to_numpy(zero_copy_only=False)
    return valid


@cache
def _status_numbers() -> NDArray[np.int16]:
    """Position in ``_STATUSES`` of the status that stands for each, negative ones from 32768 on."""
    numbers = np.full(1 << 16, _STATUSES.index(1), np.int16)
    numbers[0] = 0
    for first, end, stands in (
        (200, 300, 200),
        (300, 400, 301),
        (400, 1 << 15, 500),
        *((status, status + 1, 302) for status in _TEMPORARY_REDIRECTS),
        *((status, status + 1, 404) for status in (404, 410)),
        *((status, status + 1, status) for status in (304, 400)),
    ):
        numbers[first:end] = _STATUSES.index(stands)
    return numbers


@cache
def _of_kind(number: int) -> tuple[tuple[int, ...], bool]:
    """Counters of a kind, as fields of integers, and whether its events are done."""
    background, probe, has_target, has_operation, has_method = (bool(number >> bit & 1) for bit in range(5))
    status, action = divmod(number >> _FLAGS, len(_ACTIONS))
    done, counted = counts(
        _STATUSES[status],
        _ACTIONS[action],
        has_method=has_method,
        has_operation=has_operation,
        has_target=has_target,
        probe=probe,
        background=background,
    )
    words = [0] * -(-len(COUNTED) // _FIELDS)
    for index, name in enumerate(COUNTED):
        words[index // _FIELDS] |= counted[name] << index % _FIELDS * _FIELD_BITS
    return tuple(words), done


def counts(
    status: int,
    action: str | None,
    *,
    has_method: bool,
    has_operation: bool,
    has_target: bool,
    probe: bool,
    background: bool,
) -> tuple[bool, dict[str, bool]]:
    """Whether an event is done, and which counters it raises.

    Examples
    --------
    >>> said = {"has_operation": False, "has_target": True, "probe": False, "background": False}
    >>> done, counted = counts(200, "read", has_method=True, **said)
    >>> done, [name for name, raised in counted.items() if raised]
    (True, ['ok', 'content', 'fetched', 'reads'])
    """
    done = 200 <= status < 300 or (status == 0 and not has_method)
    missing = status in {404, 410}
    no_request = not has_method and not has_operation
    content = action in ACTIONS and not probe and not background
    return done, {
        "ok": 200 <= status < 400,
        "not_found": missing,
        "failed": status >= 400 and not missing,
        "no_request": no_request,
        # Bytes that are no HTTP, or an empty request that the server found bad. An empty one that timed
        # out (408) is what browsers leave that connect in advance.
        "malformed": no_request and (has_target or status == 400),
        "probes": probe and not done and status not in _TEMPORARY_REDIRECTS,
        "content": content and (done or status == 304),  # 304: it has the content from before
        "fetched": content and done and action != "list",
        **{counter: done and action == name for name, counter in ACTIONS.items()},
    }
