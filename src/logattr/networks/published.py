"""The shapes in which operators publish their networks: JSON objects, Tor's exit lists, and CSV.

Each is turned into what plain lists have: items of one network each, in order, and a header that states
a date. What a text is shows in its content; names of files play no part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["OBJECTS", "object_header", "object_items", "plain_line"]


def _texts(value: Any, *path: str) -> Iterator[Any]:
    """Values at the end of a path of keys; a list on the way stands for each of its items."""
    if isinstance(value, list):
        for item in value:
            yield from _texts(item, *path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _texts(value[path[0]], *path[1:])


def _paths(*paths: str) -> Callable[[Any], Iterator[Any]]:
    def items(document: Any) -> Iterator[Any]:
        for path in paths:
            yield from _texts(document, *path.split("."))

    return items


#: Name of a shape to the key that tells it from the others, and to its networks.
OBJECTS: Mapping[str, tuple[str, Callable[[Any], Iterator[Any]]]] = {
    # https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html
    "aws": ("ipv6_prefixes", _paths("prefixes.ip_prefix", "ipv6_prefixes.ipv6_prefix")),
    # cloud.json, goog.json and the crawlers' files of Google; Bing and OpenAI copy the form
    "google": ("prefixes", _paths("prefixes.ipv4Prefix", "prefixes.ipv6Prefix")),
    # https://learn.microsoft.com/en-us/azure/virtual-network/service-tags-overview
    "azure": ("values", _paths("values.properties.addressPrefixes")),
    # https://docs.oracle.com/en-us/iaas/Content/General/Concepts/addressranges.htm
    "oracle": ("regions", _paths("regions.cidrs.cidr")),
    # https://www.fastly.com/documentation/reference/api/utils/public-ip-list/
    "fastly": ("addresses", _paths("addresses", "ipv6_addresses")),
    # https://github.com/MISP/misp-warninglists
    "misp": ("list", _paths("list")),
}

# Keys in which they state the day of the edition; MISP's version is a number such as 20260811.
_DATES = ("createDate", "creationTime", "last_updated_timestamp", "version")
_COMPACT_DAY = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")

# Tor's exit lists (https://metrics.torproject.org/collector.html#type-tordnsel): a node has one or more
# addresses, and what stands between says nothing about a network.
_EXIT_ADDRESS = re.compile(r"ExitAddress\s+(\S+)(?:\s.*)?")
_EXIT_OTHER = re.compile(r"(?:ExitNode|Published|LastStatus|@type)\s.*")
_DOWNLOADED = re.compile(r"Downloaded\s+(\d{4}-\d\d-\d\d)\b.*")
# Three to five fields with a country second: RFC 8805, and Apple's egress ranges.
_GEOFEED = re.compile(r"([0-9A-Fa-f.:/]+),(?:[A-Za-z]{2})?(?:,[^,]*){1,3}")


def object_items(document: dict[str, Any]) -> list[Any] | None:
    """Networks of a published JSON object; None when it has none of the known shapes.

    Examples
    --------
    >>> object_items({"prefixes": [{"ipv4Prefix": "192.0.2.0/24"}, {"ipv6Prefix": "2001:db8::/32"}]})
    ['192.0.2.0/24', '2001:db8::/32']
    >>> object_items({"other": 1}) is None
    True
    """
    for key, items in OBJECTS.values():
        if isinstance(document.get(key), list):
            return list(items(document))
    return None


def object_header(document: dict[str, Any]) -> list[str]:
    """What a header comment would say of the day of a JSON object.

    Examples
    --------
    >>> object_header({"version": 20260811, "list": []})
    ['date 2026-08-11']
    """
    for key in _DATES:
        value = document.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool):
            text = _COMPACT_DAY.fullmatch(str(value))
            return [f"date {'-'.join(text.groups()) if text else str(value)[:40]}"]
    return []


def plain_line(line: str) -> str:
    """Turn a line of an exit list or of a geofeed into one of a plain list; other lines stay as they are.

    Examples
    --------
    >>> plain_line("ExitAddress 192.0.2.7 2024-01-15 00:02:03")
    '192.0.2.7'
    >>> plain_line("192.0.2.0/28,ES,ES-CT,Barcelona,")
    '192.0.2.0/28'
    >>> plain_line("Downloaded 2024-01-15 00:02:00")
    '# date 2024-01-15'
    """
    if match := _EXIT_ADDRESS.fullmatch(line) or _GEOFEED.fullmatch(line):
        return match[1]
    if match := _DOWNLOADED.fullmatch(line):
        return f"# date {match[1]}"
    return "" if _EXIT_OTHER.fullmatch(line) else line
