"""Lists that are made from each other are one witness, whatever their files are called.

Of 723 AS numbers in one published list of hosts 714 stand in another's, and a warning list of VPN networks
is 98 % the data-centre list of somebody else. Lists that came through the catalogue name their origin;
files of a user do not, so origins are compared by what the lists hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from logattr.networks.lists import NetworkList

__all__ = ["with_shared_origins"]

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
    values = [frozenset(one.values) for one in lists]
    lineages = [one.lineage for one in lists]
    for left, right in combinations(range(len(lists)), 2):
        if lineages[left] != lineages[right] and _made_from_each_other(values[left], values[right]):
            gone, kept = lineages[right], lineages[left]
            lineages = [kept if lineage == gone else lineage for lineage in lineages]
    return tuple(
        one if one.lineage == lineage else replace(one, lineage=lineage)
        for one, lineage in zip(lists, lineages, strict=True)
    )


def _made_from_each_other(one: frozenset[str], other: frozenset[str]) -> bool:
    fewest = min(len(one), len(other))
    return fewest >= _FEWEST and len(one & other) >= _SHARED * fewest
