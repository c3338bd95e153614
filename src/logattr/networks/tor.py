"""Tor's exit lists: what its scanner saw, live and in the monthly archives of CollecTor.

``check.torproject.org/exit-addresses`` and each file of
``collector.torproject.org/archive/exit-lists/exit-list-YYYY-MM.tar.xz`` are blocks of lines
(https://metrics.torproject.org/collector.html#type-tordnsel)::

    ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E
    Published 2024-01-15 13:20:49
    LastStatus 2024-01-15 14:03:15
    ExitAddress 192.0.2.9 2024-01-15 14:11:38

``ExitAddress`` is the address that traffic was seen to leave from, and when; a node can have several.
``LastStatus`` is when the network last listed the node. The archive has one such file an hour.
"""

from __future__ import annotations

import datetime as dt
import re
import tarfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from logattr.errors import SourceError
from logattr.patterns import lazily

__all__ = ["Exits", "hourly_lists", "is_exit_list"]

_START = lazily(r"^(?:ExitNode|LastStatus|ExitAddress) \S", re.MULTILINE)
_WHERE_TO_LOOK = 4096
_TIMES = lazily(
    r"^(?:(ExitNode) |LastStatus (\d{4}-\d\d-\d\d)|ExitAddress (\S{2,45}) (\d{4}-\d\d-\d\d)) ?.*$",
    re.MULTILINE,
)
_OTHER = lazily(
    r"^(?!\s*(?:$|#)|(?:ExitNode|Published|Downloaded|@type) |LastStatus \d{4}-\d\d-\d\d"
    r"|ExitAddress \S{2,45} \d{4}-\d\d-\d\d).*",
    re.MULTILINE,
)
_UNUSED = ("\nPublished ", "\nDownloaded ", "\n@type ")
_LARGEST_HOUR = 16 << 20
_MOST_HOURS = 50_000  # a month has 744; somebody may pack years into one archive
_HOUR = lazily(r"(\d{4}-\d\d-\d\d)-\d\d-\d\d-\d\d")


class Exits:
    r"""Exits of one or many lists: for every address, when it was first and last seen.

    Examples
    --------
    >>> exits = Exits()
    >>> exits.add("ExitNode A\nLastStatus 2024-01-16 03:00:00\nExitAddress 192.0.2.9 2024-01-15 14:11:38\n")
    []
    >>> exits.days
    {'192.0.2.9': ('2024-01-15', '2024-01-16')}
    """

    def __init__(self) -> None:
        self.days: dict[str, tuple[str, str]] = {}
        self.lists = 0
        self.newest = ""

    def add(self, text: str) -> list[tuple[int, str]]:
        """Add one list; the lines that are none of an exit list's come back with their numbers."""
        self.lists += 1
        status = ""  # of the node whose block is being read
        lines = _TIMES.findall(text)
        for node, listed, address, seen in lines:
            if address:
                last = max(seen, status)
                before = self.days.get(address, (seen, last))
                self.days[address] = min(before[0], seen), max(before[1], last)
                self.newest = max(self.newest, seen)
            else:
                status = "" if node else listed
        # Counting is far quicker than looking for what is wrong, and a month has hundreds of good lists.
        unused = sum(text.count(start) + text.startswith(start[1:]) for start in _UNUSED)
        if len(lines) + unused == text.count("\n"):
            return []
        return [(text.count("\n", 0, other.start()) + 1, other[0]) for other in _OTHER.finditer(text)]


def is_exit_list(text: str) -> bool:
    r"""Whether a text is one of Tor's exit lists.

    Examples
    --------
    >>> is_exit_list("@type tordnsel 1.0\nExitNode 0011\n"), is_exit_list("192.0.2.9\n")
    (True, False)
    """
    return _START.search(text[:_WHERE_TO_LOOK]) is not None


def hourly_lists(archive: IO[bytes]) -> Iterator[tuple[dt.date, str]]:
    """The lists of an archive with the days that their names state, one at a time.

    Parameters
    ----------
    archive
        A tar, unpacked on the way by whoever reads from it, and bounded by them.

    Raises
    ------
    tarfile.TarError, OSError, EOFError
        It is damaged.
    SourceError
        It has far more members than an archive of exit lists.
    """
    with tarfile.open(fileobj=archive, mode="r|") as members:
        for number, item in enumerate(members):
            if number > _MOST_HOURS:
                raise SourceError(
                    f"an archive with more than {_MOST_HOURS:,} members", "a month of exit lists"
                )
            named = _HOUR.match(PurePosixPath(item.name).name)
            member = members.extractfile(item) if named and item.isfile() else None
            if named is None or member is None or item.size > _LARGEST_HOUR:
                continue
            try:
                day = dt.date.fromisoformat(named[1])
            except ValueError:
                continue
            yield day, member.read().decode("ascii", "replace")
