"""The entries of a list: text in any of the published forms, read into networks or AS numbers.

Recognised by content: plain addresses, CIDR networks and ``first-last`` ranges, one per line; AS
numbers, one per line (``AS64496 # Example``) or as CSV with the header ``ASN``; JSON arrays of either;
and the forms of :mod:`logattr.networks.published`. Comments begin with ``#``, ``;`` or ``//``. What
cannot be understood is counted and the first such lines are kept.
"""

from __future__ import annotations

import csv
import datetime
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range

from logattr.errors import ListError
from logattr.networks.plain import Plain, joined, read_plain
from logattr.networks.published import document_entries, line_day, line_entry, parted_entry
from logattr.networks.tor import Exits, is_exit_list
from logattr.patterns import lazily

__all__ = ["BadLine", "Entries", "read_entries"]

#: More entries are refused, because each costs a few hundred bytes while it is read.
MAX_ENTRIES = 5_000_000
#: More lines are refused, because each that is no plain network is looked at alone.
MAX_LINES = 20_000_000
#: A longer line is no entry of a list.
MAX_LINE = 4096
KEPT_BAD_LINES = 20
KEPT_BAD_TEXT = 200
KEPT_HEADER = 1000
_PART = 1 << 20  # characters of which the networks are read at once: arrays of all lines would take gigabytes
LARGEST_AS_NUMBER = 2**32 - 1  # RFC 6793
_MULTICAST, _RESERVED = 224 << 24, 240 << 24  # RFC 5771, RFC 1112 section 4

# Zero-width characters and byte order marks reach lists by copy and paste; a published bingbot.json
# held some. Control characters go with them, except tabs and line ends.
_INVISIBLE = lazily("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_INVISIBLE_ASCII = bytes({*range(32), 127} - {*b"\t\n\r"})
_HEADER = lazily(r"^# ?(.*)$", re.MULTILINE)
_COMMENT = lazily(r"[#;]|//")  # with blanks around it, this takes the square of a line's length
_AS_NUMBER = lazily(r"(?:ASN?\s?)?(\d{1,10})", re.IGNORECASE)
_AS_FIELDS = lazily(r"((?:AS\s?)?\d{1,10})(?:\s+(.*))?", re.IGNORECASE)
_AS_LINE = lazily(r'"?AS\s?\d{1,10}\b', re.IGNORECASE)
_AS_HEADER = lazily(r'"?(?:asn?|as_?number|autonomous_system_number)"?\s*(?:,|$)', re.IGNORECASE)
# Titles of columns, as some put over "start_ip,end_ip,country": words, and at least one comma.
_TITLES = lazily(r"\"?[A-Za-z][A-Za-z_ ]*\"?(?:,\s*\"?[A-Za-z][A-Za-z_ ]*\"?)+")
# Spamhaus DROP: an entry, or what is said of all of them, a line
_JSON_LINES = lazily(r'\{\s*"(?:cidr|asn|type"\s*:\s*"metadata)"[^\n]*\}\s*(?:\n|\Z)')
_CIDR = lazily(r"[^/]+/\d{1,3}")  # ip_network would also take netmasks and hostmasks

Address = IPv4Address | IPv6Address
Seen = tuple[datetime.date | None, datetime.date | None]
Key = tuple[int, int, int]  # IP version, first and last address


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no entry: its number from 1 (in JSON: the item's), its text, cut, and why."""

    line: int
    text: str
    reason: str


@dataclass(slots=True)
class Entries:
    """What a text holds.

    Parameters
    ----------
    networks
        Value and label by (IP version, first address, last address).
    plain
        Networks without a label that were read all at once; they may stand in ``networks``, too.
    as_labels
        Label by AS number.
    seen
        First and last day on which the list's maker saw an entry, by the key of ``networks``, where it says.
    header
        Comments before the first entry, as many as tell a date.
    count
        Entries understood, doubles included.
    mended
        Networks with host bits set, taken as the network that holds the address.
    date
        Day that the content itself states outside its comments; None when it does not.
    bad, bad_count
        The first lines that were not understood, and how many there were.
    """

    networks: dict[Key, tuple[str, str]] = field(default_factory=dict)
    plain: Plain = field(default_factory=joined)
    as_labels: dict[int, str] = field(default_factory=dict)
    seen: dict[Key, Seen] = field(default_factory=dict)
    header: list[str] = field(default_factory=list)
    count: int = 0
    mended: int = 0
    date: datetime.date | None = None
    bad: list[BadLine] = field(default_factory=list)
    bad_count: int = 0

    def refuse(self, line: int, text: str, reason: str) -> None:
        """Count a line as not understood, and keep it while there are few."""
        self.bad_count += 1
        if len(self.bad) < KEPT_BAD_LINES:
            self.bad.append(BadLine(line, text[:KEPT_BAD_TEXT], reason))

    def take(self, line: int, text: str, label: str, *, as_numbers: bool) -> None:
        """Add one entry, or refuse it."""
        try:
            if not as_numbers:
                key, value, mended = _network(text)
                self.networks.setdefault(key, (value, label))
                self.mended += mended
                self._count()
                return
            self.as_labels.setdefault(_as_number(text), label)
        except ValueError as error:
            self.refuse(line, text, str(error))
            return
        self._count()

    def take_plain(self, text: str) -> Iterator[tuple[int, str]]:
        """Add the lines that are a network and nothing else; gives the others, with their numbers from 0."""
        found, number = [], 0
        for part in _parts(text):
            plain, others = read_plain(part)
            self._count(len(plain))
            found.append(plain)
            yield from ((number + row, line) for row, line in others)
            number += part.count("\n") + 1
        self.plain = joined(found)

    def _count(self, entries: int = 1) -> None:
        self.count += entries
        if self.count > MAX_ENTRIES:
            raise ListError(f"a list with more than {MAX_ENTRIES:,} entries", "fewer", "splitting it")

    def take_exits(self, exits: Exits) -> None:
        """Add the exits of Tor's lists, with the days on which each was seen."""
        for number, (text, (first, last)) in enumerate(exits.days.items(), 1):
            self.take(number, text, "", as_numbers=False)
            with suppress(ValueError):  # refused above
                address = ip_address(text)
                key = address.version, int(address), int(address)
                self.seen[key] = _calendar_day(first), _calendar_day(last)
        self.date = _calendar_day(exits.newest)


def read_entries(data: bytes) -> Entries:
    r"""Read the content of a list, after decompression.

    Parameters
    ----------
    data
        The whole file: UTF-8 with or without byte order mark, or UTF-16 with one.

    Returns
    -------
    Entries
        Without networks and AS numbers when nothing was understood.

    Raises
    ------
    ListError
        It has more than ``MAX_ENTRIES`` entries or ``MAX_LINES`` lines.

    Examples
    --------
    >>> read_entries(b"# ours\nAS64496 # Example\n64497\nno\n").as_labels
    {64496: 'Example', 64497: ''}
    >>> [value for value, label in read_entries(b'["192.0.2.1", "2001:db8::/32"]').networks.values()]
    ['192.0.2.1/32', '2001:db8::/32']
    """
    text = _visible(data)
    entries = Entries()
    if is_exit_list(text):
        exits = Exits()
        for number, line in exits.add(text):
            entries.refuse(number, line, "no line of an exit list")
        entries.take_exits(exits)
        entries.header += _HEADER.findall(text[:MAX_LINE])
    elif text.lstrip()[:1] in ("[", "{") and not _JSON_LINES.match(text.lstrip()):
        _read_json(text, entries)
    else:
        _read_lines(text, entries)
    return entries


def _visible(data: bytes) -> str:
    """The text without what nobody sees."""
    if data.isascii():
        return data.translate(None, _INVISIBLE_ASCII).decode()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    return _INVISIBLE.sub("", data.decode(encoding, "replace"))


def _read_lines(text: str, entries: Entries) -> None:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MAX_LINES:
        raise ListError(f"a list with more than {MAX_LINES:,} lines", "fewer", "splitting it")
    content, number, at = "", 0, 0  # what the lines hold; the first one that is no comment decides
    while at < len(text) and content != "networks":
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        number += 1
        content = _read_line(number, text[at:end], entries, content)
        at = end + 1
    for row, line in entries.take_plain(text[at:]):
        _read_line(number + row + 1, line, entries, content)


def _read_line(number: int, line: str, entries: Entries, content: str) -> str:
    """Read one line; what it and those above hold: "" (comments), begun, networks or as_numbers."""
    if len(line) > MAX_LINE:
        entries.refuse(number, line, f"longer than {MAX_LINE} characters")
        return content
    parted = parted_entry(line.strip()) if ";" in line or "\t" in line else None
    entry, label = parted or _split_comment(line.strip())
    if not entry:
        if content in ("", "begun") and label and len(entries.header) < KEPT_HEADER:
            entries.header.append(label)
        return content
    if not content and _TITLES.fullmatch(entry) and not _AS_HEADER.match(entry):
        entries.header.append(entry)
        return "begun"
    published = line_entry(entry)
    if published is None:
        entries.date = entries.date or line_day(entry)
        return content or "begun"
    if not isinstance(published, bool):
        entry, label = published
    if content in ("", "begun"):
        if _AS_HEADER.match(entry):
            return "as_numbers"
        content = "as_numbers" if _AS_LINE.match(entry) else "networks"
    if content == "as_numbers":
        entry, label = _as_fields(entry, label)
    entries.take(number, entry, label, as_numbers=content == "as_numbers")
    return content


def _parts(text: str) -> Iterator[str]:
    """The lines of a text, some at a time."""
    at = 0
    while at < len(text):
        end = text.find("\n", at + _PART)
        end = len(text) if end < 0 else end
        yield text[at:end]
        at = end + 1


def _split_comment(line: str) -> tuple[str, str]:
    mark = _COMMENT.search(line)
    if mark is None or '"' in line[: mark.start()]:  # a quoted name may hold the marks
        return line, ""
    return line[: mark.start()].rstrip(), line[mark.end() :].strip()


def _as_fields(entry: str, label: str) -> tuple[str, str]:
    """Cut ``51447, "Example Ltd, NL"`` (blank after the comma) or ``AS51447 Example`` in two."""
    if "," in entry:
        fields = next(csv.reader([entry], skipinitialspace=True), [entry])
        return fields[0].strip(), label or ", ".join(part.strip() for part in fields[1:] if part.strip())
    match = _AS_FIELDS.fullmatch(entry)
    return (match[1], label or match[2] or "") if match else (entry, label)


def _read_json(text: str, entries: Entries) -> None:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        entries.refuse(1, text, f"no JSON: {error}")
        return
    if isinstance(items, dict):
        found, entries.date, _ = document_entries(items)
        for number, (entry, label) in enumerate(found, 1):
            entries.take(number, entry.strip(), label, as_numbers=False)
        if not found:
            entries.refuse(1, text, "a JSON object of no known shape")
        return
    if not isinstance(items, list):
        entries.refuse(1, text, "neither an array nor an object")
        return
    as_numbers: bool | None = None
    for number, item in enumerate(items, 1):
        if isinstance(item, bool) or not isinstance(item, str | int):
            entries.refuse(number, type(item).__name__, "neither a text nor a number")
            continue
        entry = str(item).strip()
        if as_numbers is None:
            as_numbers = _AS_NUMBER.fullmatch(entry) is not None
        entries.take(number, entry, "", as_numbers=as_numbers)


def _calendar_day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _as_number(text: str) -> int:
    match = _AS_NUMBER.fullmatch(text)
    number = int(match[1]) if match else 0
    if not 0 < number <= LARGEST_AS_NUMBER:
        raise ValueError("no AS number")
    return number


def _network(text: str) -> tuple[Key, str, bool]:
    """Key of :attr:`Entries.networks`, canonical text, and whether host bits had to be cleared."""
    if "%" in text:
        raise ValueError("a zone id names no network")
    text = text.replace("\u2013", "-")  # the dash of typesetters, in lists that were copied from documents
    if "-" in text:
        return _range(*(ip_address(part.strip()) for part in text.split("-", 1)))
    if "/" not in text:
        address = ip_address(text)
        return _key(address, address), f"{address}/{address.max_prefixlen}", False
    if not _CIDR.fullmatch(text):
        raise ValueError("no network in CIDR notation")
    network = ip_network(text, strict=False)
    if network.prefixlen == 0:
        raise ValueError("a network of prefix length 0 covers every address")
    mended = ip_address(text.partition("/")[0].strip()) != network.network_address
    return _key(network.network_address, network.broadcast_address), str(network), mended


def _key(first: Address, last: Address) -> Key:
    return first.version, int(first), int(last)


def _range(first: Address, last: Address) -> tuple[Key, str, bool]:
    if first.version != last.version or int(first) > int(last):
        raise ValueError("the range ends before it starts")
    if int(last) - int(first) + 1 == 1 << first.max_prefixlen:
        raise ValueError("a range of all addresses covers every address")
    if first.version == 4 and int(first) < _MULTICAST and int(last) >= _RESERVED:
        raise ValueError(f"{last} looks like a netmask, not like the last address of a range")
    parts = summarize_address_range(first, last)
    network = str(next(parts))
    return _key(first, last), network if next(parts, None) is None else f"{first}-{last}", False
