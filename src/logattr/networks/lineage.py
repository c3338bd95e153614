"""Lists that are made from each other are one witness, whatever their files are called.

Of 723 AS numbers in one published list of hosts 714 stand in another's, and a warning list of VPN networks
is 98 % the data-centre list of somebody else. Lists that came through the catalogue name their origin;
files of a user do not, so origins are compared by what the lists hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from logattr.distinct import starts_of_runs
from logattr.networks.lists import NetworkList

__all__ = ["with_shared_origins"]

# Networks of IPv4 as numbers, in order, and the other entries.
_Held = tuple[NDArray[np.uint64], frozenset[str]]

#: So much of the smaller list in the larger one is no coincidence.
_SHARED = 0.9
#: Below that many entries it might be one.
_FEWEST = 20


def with_shared_origins(lists: Sequence[NetworkList]) -> tuple[NetworkList, ...]:
    r"""The same lists, where those that are made from each other have the lineage of the first of them.

    Parameters
    ----------
    lists
        In order of priority.

    Returns
    -------
    tuple
        As many, in the same order.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from logattr.networks.lists import load_list
    >>> with TemporaryDirectory() as folder:
    ...     one, two = Path(folder, "one.txt"), Path(folder, "two.txt")
    ...     _ = one.write_text("\n".join(f"192.0.2.{number}" for number in range(50)))
    ...     _ = two.write_text("\n".join(f"192.0.2.{number}" for number in range(48)))
    ...     found = with_shared_origins([load_list("vpn", one), load_list("proxy", two)])
    >>> found[0].lineage == found[1].lineage
    True
    """
    held = [(_in_order(one.values.keys()), frozenset(one.values.others)) for one in lists]
    lineages = [one.lineage for one in lists]
    for left, right in combinations(range(len(lists)), 2):
        if lineages[left] != lineages[right] and _made_from_each_other(held[left], held[right]):
            gone, kept = lineages[right], lineages[left]
            lineages = [kept if lineage == gone else lineage for lineage in lineages]
    return tuple(
        one if one.lineage == lineage else replace(one, lineage=lineage)
        for one, lineage in zip(lists, lineages, strict=True)
    )


def _in_order(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    numbers = np.sort(numbers)
    return numbers[starts_of_runs(numbers)]


def _made_from_each_other(one: _Held, other: _Held) -> bool:
    fewest = min(len(networks) + len(others) for networks, others in (one, other))
    if fewest < _FEWEST:
        return False
    return _shared(one[0], other[0]) + len(one[1] & other[1]) >= _SHARED * fewest


def _shared(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> int:
    """How many numbers stand in both, each sorted and without doubles."""
    few, many = sorted((one, other), key=len)
    at = np.searchsorted(many, few)
    return int(np.count_nonzero(many[np.minimum(at, len(many) - 1)] == few)) if len(few) else 0
