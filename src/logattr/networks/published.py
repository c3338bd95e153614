"""The forms in which operators publish their networks: one table of JSON shapes, one of line shapes.

JSON documents: AWS ``ip-ranges.json``, Google's and the crawlers' ``prefixes``, Azure service tags,
Oracle, Fastly, Zscaler, and MISP warning lists. Lines: ``first,last,name`` and RFC 8805 CSV, ipset restore
files, and Spamhaus JSON lines. Tor's exit lists are blocks of lines: :mod:`logattr.networks.tor`.
"""

from __future__ import annotations

import csv
import datetime
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from logattr.patterns import lazily

__all__ = ["DOCUMENTS", "LINES", "Document", "document_entries", "line_day", "line_entry", "parted_entry"]

Entry = tuple[str, str]  # network, address or AS number, and its label


@dataclass(frozen=True, slots=True)
class Document:
    """One shape of JSON documents.

    Parameters
    ----------
    name
        Whose shape it is.
    keys
        Keys of the outermost object that tell the shape.
    entries
        The document's entries with their labels.
    date_key
        Key of the outermost object that holds the day of publication; empty when there is none.
    """

    name: str
    keys: frozenset[str]
    entries: Callable[[dict[str, Any]], Iterable[Entry]]
    date_key: str = ""


def _label(item: dict[str, Any], *keys: str) -> str:
    return " ".join(str(item[key]) for key in keys if item.get(key))


def _aws(document: dict[str, Any]) -> Iterator[Entry]:
    for item in (*document["prefixes"], *document["ipv6_prefixes"]):
        yield item.get("ip_prefix") or item["ipv6_prefix"], _label(item, "service", "region")


def _google(document: dict[str, Any]) -> Iterator[Entry]:
    for item in document["prefixes"]:
        yield item.get("ipv4Prefix") or item["ipv6Prefix"], _label(item, "service", "scope")


def _azure(document: dict[str, Any]) -> Iterator[Entry]:
    for tag in document["values"]:
        for prefix in tag["properties"]["addressPrefixes"]:
            yield prefix, str(tag["name"])


def _oracle(document: dict[str, Any]) -> Iterator[Entry]:
    for region in document["regions"]:
        for item in region["cidrs"]:
            yield item["cidr"], " ".join([*map(str, item.get("tags", ())), str(region["region"])])


def _fastly(document: dict[str, Any]) -> Iterator[Entry]:
    for prefix in (*document["addresses"], *document["ipv6_addresses"]):
        yield prefix, ""


def _zscaler(document: dict[str, Any]) -> Iterator[Entry]:
    for prefix in document["hubPrefixes"]:
        yield prefix, str(document.get("cloudName", ""))


def _misp(document: dict[str, Any]) -> Iterator[Entry]:
    for prefix in document["list"]:
        yield prefix, ""


#: Shapes of JSON documents, the special before the general.
DOCUMENTS = (
    Document("AWS ip-ranges", frozenset({"prefixes", "ipv6_prefixes"}), _aws, "createDate"),
    Document("Google prefixes", frozenset({"prefixes"}), _google, "creationTime"),
    Document("Azure service tags", frozenset({"values", "cloud"}), _azure),
    Document("Oracle ranges", frozenset({"regions"}), _oracle, "last_updated_timestamp"),
    Document("Fastly addresses", frozenset({"addresses", "ipv6_addresses"}), _fastly),
    Document("Zscaler hubs", frozenset({"hubPrefixes"}), _zscaler),
    Document("MISP warning list", frozenset({"list", "version"}), _misp, "version"),
)
_DAY = lazily(r"((?:19|20)\d\d)-?(\d\d)-?(\d\d)")


def document_entries(document: dict[str, Any]) -> tuple[list[Entry], datetime.date | None, str]:
    """Entries of a JSON document, the day it states, and the name of its shape.

    Parameters
    ----------
    document
        The outermost object.

    Returns
    -------
    entries, day, name
        The name is empty, and there are no entries, when no shape fits.

    Examples
    --------
    >>> document = {"creationTime": "2026-08-20T14:46:45.0", "prefixes": [{"ipv4Prefix": "192.0.2.0/24"}]}
    >>> document_entries(document)
    ([('192.0.2.0/24', '')], datetime.date(2026, 8, 20), 'Google prefixes')
    """
    for shape in DOCUMENTS:
        if shape.keys <= document.keys():
            try:
                entries = [(str(text), label) for text, label in shape.entries(document)]
            except (KeyError, TypeError, AttributeError):
                continue
            return entries, _day(str(document.get(shape.date_key, ""))), shape.name
    return [], None, ""


def _day(text: str) -> datetime.date | None:
    match = _DAY.match(text)
    try:
        return datetime.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _spamhaus(match: re.Match[str]) -> Entry | None:
    try:
        item = json.loads(match[0])
    except (ValueError, RecursionError):
        return match[0], ""
    if item.get("type") == "metadata":
        return None
    if "asn" in item:
        return f"AS{item['asn']}", _label(item, "asname", "cc")
    return str(item.get("cidr", match[0])), _label(item, "sblid")


def _comma_separated(match: re.Match[str]) -> Entry | None:
    """``first,last,name`` (ipcat), or ``prefix,country,region,city`` (RFC 8805); cells may be quoted."""
    first, *rest = (cell.strip() for cell in next(csv.reader([match[0]], skipinitialspace=True)))
    try:
        ip_address(rest[0] if rest else "")
    except ValueError:
        return first, ",".join(filter(None, rest))
    return f"{first}-{rest[0]}", ", ".join(filter(None, rest[1:2]))


#: Shapes of lines and what they say: an entry with its label, or nothing.
LINES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Entry | None]], ...] = (
    (lazily(r"create \S+ hash:.*"), lambda match: None),
    (lazily(r"add \S+ (\S+).*"), lambda match: (match[1], "")),
    (lazily(r'\{\s*"(?:cidr|asn|type)".*\}'), _spamhaus),
    (lazily(r'(?:[0-9A-Fa-f:.]+(?:/\d+)?|"[0-9A-Fa-f:.]+(?:/\d+)?")\s*,.*'), _comma_separated),
    (lazily(r'"([0-9A-Fa-f:.]+(?:/\d+)?)"'), lambda match: (match[1], "")),
)


def line_entry(line: str) -> Entry | bool | None:
    """What a line of one of the shapes of :data:`LINES` says; False when it has none of them.

    Examples
    --------
    >>> line_entry("192.0.2.0,192.0.2.255,Example Ltd,https://example.org")
    ('192.0.2.0-192.0.2.255', 'Example Ltd')
    >>> line_entry("192.0.2.0/24,ES,ES-MD,Madrid,"), line_entry("192.0.2.0/24")
    (('192.0.2.0/24', 'ES,ES-MD,Madrid'), False)
    """
    for pattern, read in LINES:
        if match := pattern.fullmatch(line):
            return read(match)
    return False


def parted_entry(line: str) -> Entry | None:
    r"""What a line says whose fields are parted by semicolons or tabs; None when it is no such line.

    A semicolon begins a comment elsewhere, so that only ``first;last`` is told from one: the network of
    ``first`` alone would be the wrong one. So it would be where the length of the prefix has a field of its
    own, which may be a count as well.

    Examples
    --------
    >>> parted_entry("192.0.2.0;192.0.2.255;Example Ltd"), parted_entry("192.0.2.0/24 ; Example Ltd")
    (('192.0.2.0-192.0.2.255', 'Example Ltd'), None)
    >>> parted_entry("192.0.2.0\t192.0.2.255\t64496\tES"), parted_entry("192.0.2.0/24\tExample")
    (('192.0.2.0-192.0.2.255', '64496, ES'), ('192.0.2.0/24', 'Example'))
    >>> parted_entry("192.0.2.7\t24"), parted_entry("192.0.2.0\t24")
    (('192.0.2.7', '24'), None)
    """
    mark = "\t" if "\t" in line else ";"
    first, *rest = (cell.strip().strip('"') for cell in line.split(mark))
    if not rest or rest[0].startswith(("#", ";", "//")) or not _STARTS_NETWORK.fullmatch(first):
        return None
    try:
        ip_address(rest[0])
    except ValueError:
        unclear = mark == ";" or _begins_network(first, rest[0])
        return None if unclear else (first, ", ".join(filter(None, rest)))
    return f"{first}-{rest[0]}", ", ".join(filter(None, rest[1:]))


_STARTS_NETWORK = lazily(r"[0-9A-Fa-f:.]+(?:/\d+)?")


def _begins_network(address: str, length: str) -> bool:
    """Whether a number behind an address may be a prefix length: no bit is set behind so many."""
    try:
        return length.isdecimal() and ip_network(f"{address}/{length}").num_addresses > 1
    except ValueError:
        return False


def line_day(line: str) -> datetime.date | None:
    """The day that a line without an entry states: that of Spamhaus, in seconds since 1970.

    Examples
    --------
    >>> line_day('{"type":"metadata","timestamp":1706745600,"size":104461,"records":2}')
    datetime.date(2024, 2, 1)
    """
    try:
        seconds = json.loads(line)["timestamp"]
        day = datetime.datetime.fromtimestamp(seconds, datetime.UTC).date()
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        return None
    return day if day.year >= 2000 else None  # a number that is no time
