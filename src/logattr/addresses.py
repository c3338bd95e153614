"""IP addresses in bulk: text to integers and back, IANA scopes, embedded IPv4.

A column of addresses is held as three arrays (:class:`Addresses`), so that a million of them are
compared, masked and looked up at once. Only one spelling of an IPv4 address is accepted: four
decimal numbers without leading zeros. ``0121.02.0105.0240``, ``0x51024445``, ``81.2.17824`` and
``1359103392`` name an address to some C libraries; in a log they are a number in the wrong column.

The scopes come from ``iana.csv``: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890,
RFC 8190), its multicast and IPv6 address space registries, and the deprecated blocks of RFC 3879
and RFC 4291. Our own table, because the flags of :mod:`ipaddress` differ between Python releases.
"""

from __future__ import annotations

import csv
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import AddressValueError, IPv6Address, ip_network
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logattr.ipv4 import read_ipv4
from logattr.patterns import lazily

__all__ = [
    "EMBEDDINGS",
    "Addresses",
    "Block",
    "blocks",
    "canonical",
    "embedded",
    "network_of",
    "network_texts",
    "not_global_scopes",
    "parse",
    "scopes",
]

#: How an IPv4 address can be inside an IPv6 address; :func:`embedded` answers with positions in this.
EMBEDDINGS = ("v4_mapped", "v4_compat", "6to4", "teredo", "nat64")

# The longest IPv6 text is 45 characters: six groups and a dotted quad. Zone ids (%), spaces and
# other scripts' digits fail here, before any platform's C library is asked.
_IPV6_SHAPE = lazily(r"[0-9A-Fa-f:.]{2,45}\Z")
_PLAIN = b"0123456789ABCDEFabcdef:"
_AT_ONCE = 1 << 10
_ALL_ONES = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Addresses:
    """A column of addresses as three arrays of one length.

    Parameters
    ----------
    high
        Upper 64 bits; 0 for IPv4.
    low
        Lower 64 bits; for IPv4 the 32-bit number.
    version
        4, 6, or 0 for what is no address.

    Examples
    --------
    >>> column = parse(["192.0.2.1", "2001:db8::1", "-"])
    >>> len(column), column.version.tolist()
    (3, [4, 6, 0])
    >>> canonical(column.take([1]))
    ['2001:db8::1']
    """

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    version: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.version)

    def take(self, indices: Any) -> Addresses:
        """Addresses at positions, or where a mask is true, as numpy indexing understands them."""
        return Addresses(self.high[indices], self.low[indices], self.version[indices])


@dataclass(frozen=True, slots=True)
class Block:
    """One block of special-purpose address space.

    ``globally_reachable`` is IANA's word, None where it says N/A. ``not_global`` is ours: the
    address cannot name a host on the public Internet, so that no database should be asked for its
    place. The two differ where the address is an identifier or carries another one (RFC 7343
    ORCHIDs are never routed; for 6to4, Teredo, NAT64 and mapped addresses the IPv4 inside decides).
    ``registered`` and ``terminated`` are months (``YYYY-MM``), empty where IANA gives none or the block
    is still in use.
    """

    block: str
    scope: str
    name: str
    rfc: str
    registered: str
    terminated: str
    globally_reachable: bool | None
    not_global: bool


def parse(texts: Sequence[str | None]) -> Addresses:
    """Read texts as addresses, strictly, exactly as :mod:`ipaddress` would, without zone ids.

    Parameters
    ----------
    texts
        One text or None per row.

    Returns
    -------
    Addresses
        As many rows; ``version`` is 0 for None and for everything that is not exactly one address:
        leading zeros, octal, hexadecimal, short and integer spellings, spaces, ports, zone ids.

    Examples
    --------
    >>> parse(["198.51.100.7", "198.51.100.07", "198.51.100.7:80", "fe80::1%eth0", None]).version.tolist()
    [4, 0, 0, 0, 0]
    """
    low, plain = read_ipv4(texts)
    version = np.where(plain, np.int8(4), np.int8(0))
    high = np.zeros(len(texts), np.uint64)
    rows = np.flatnonzero(~plain)
    packed = _pack_all([texts[row] for row in rows.tolist()])
    six = rows[np.fromiter(map(len, packed), np.int8, len(packed)) == 16]
    halves = np.frombuffer(b"".join(packed), ">u8")
    high[six], low[six], version[six] = halves[::2], halves[1::2], 6
    return Addresses(high, low, version)


def _pack_all(texts: list[str | None]) -> list[bytes]:
    """16 bytes of each text in network order, or none; where all are plain they are checked all at once."""
    packed: list[bytes] = []
    for start in range(0, len(texts), _AT_ONCE):
        part = texts[start : start + _AT_ONCE]
        packed += _pack_plain([text or "-" for text in part]) or map(_pack_ipv6, part)
    return packed


def _pack_plain(texts: list[str]) -> list[bytes]:
    """All texts packed; nothing where one of them is no IPv6 address, or has a dotted quad."""
    if "".join(texts).encode("utf-8", "surrogatepass").translate(None, _PLAIN):
        return []
    try:
        return [socket.inet_pton(socket.AF_INET6, text) for text in texts]
    except OSError:
        return []


def _pack_ipv6(text: str | None) -> bytes:
    """16 bytes in network order, or none."""
    if text is None or not _IPV6_SHAPE.match(text):
        return b""
    try:
        if "." in text:  # the dotted quad at the end is read by C libraries of various strictness
            return IPv6Address(text).packed
        return socket.inet_pton(socket.AF_INET6, text)
    except (OSError, AddressValueError):
        return b""


def canonical(addresses: Addresses) -> list[str | None]:
    """Canonical text of every address (RFC 5952); None for what is no address.

    IPv4-mapped addresses end in a dotted quad (RFC 5952 section 5), on every Python release.

    Examples
    --------
    >>> canonical(parse(["2001:0DB8:0:0::1", "::FFFF:c000:201", "192.0.2.1", ""]))
    ['2001:db8::1', '::ffff:192.0.2.1', '192.0.2.1', None]
    """
    texts = np.full(len(addresses), None, object)
    four = np.flatnonzero(addresses.version == 4)
    raw = addresses.low[four].astype(">u4").tobytes()
    texts[four] = [socket.inet_ntoa(raw[at : at + 4]) for at in range(0, len(raw), 4)]
    six = np.flatnonzero(addresses.version == 6)
    raw = np.stack([addresses.high[six], addresses.low[six]], axis=1).astype(">u8").tobytes()
    found = [socket.inet_ntop(socket.AF_INET6, raw[at : at + 16]) for at in range(0, len(raw), 16)]
    for nth in [nth for nth, text in enumerate(found) if "." in text]:
        found[nth] = _with_dots(raw[16 * nth : 16 * nth + 16])
    texts[six] = found
    canonical_texts: list[str | None] = texts.tolist()
    return canonical_texts


def _with_dots(packed: bytes) -> str:
    # C libraries disagree on which addresses end in a dotted quad; so do releases of ipaddress.
    if packed.startswith(b"\0" * 10 + b"\xff\xff"):
        return "::ffff:" + socket.inet_ntoa(packed[12:])
    return str(IPv6Address(packed))


@cache
def blocks() -> tuple[Block, ...]:
    """Every block of ``iana.csv``, in the order of the registries.

    Examples
    --------
    >>> next(row for row in blocks() if row.block == "100.64.0.0/10").name
    'Shared Address Space'
    """
    flags = {"yes": True, "no": False, "": None}
    with files("logattr").joinpath("iana.csv").open(encoding="utf-8") as table:
        _, *rows = csv.reader(table)
    return tuple(
        Block(block, scope, name, rfc, registered, terminated, flags[reachable], not_global == "yes")
        for block, scope, name, rfc, registered, terminated, reachable, not_global in rows
    )


@cache
def not_global_scopes() -> frozenset[str]:
    """Scopes whose addresses are not looked up, because they cannot name a public host.

    Examples
    --------
    >>> "private" in not_global_scopes(), "6to4" in not_global_scopes()
    (True, False)
    """
    return frozenset({"invalid"} | {row.scope for row in blocks() if row.not_global})


@cache
def _scope_masks() -> tuple[list[str], list[tuple[int, int, tuple[int, int], tuple[int, int]]]]:
    """Scope names, and per block its code, version, mask and network, the most specific last."""
    names = ["global", "invalid", *sorted({row.scope for row in blocks()})]
    networks = [(ip_network(row.block), names.index(row.scope)) for row in blocks()]
    networks.sort(key=lambda pair: pair[0].prefixlen)
    return names, [
        (code, network.version, _halves(int(network.netmask)), _halves(int(network.network_address)))
        for network, code in networks
    ]


def _halves(number: int) -> tuple[int, int]:
    return number >> 64, number & _ALL_ONES


def scopes(addresses: Addresses) -> tuple[NDArray[np.int32], list[str]]:
    """Scope of every address after IANA's registries; the most specific block decides.

    Returns
    -------
    codes, names
        One code per address and the name of every code, ready for a dictionary array:
        ``invalid`` for what is no address, ``global`` where no block holds the address.

    Examples
    --------
    >>> codes, names = scopes(parse(["100.64.0.1", "8.8.8.8", "2002:808:808::", "x"]))
    >>> [names[code] for code in codes]
    ['cgnat', 'global', '6to4', 'invalid']
    """
    names, masks = _scope_masks()
    codes = np.zeros(len(addresses), np.int32)
    codes[addresses.version == 0] = names.index("invalid")
    for version in (4, 6):
        rows = np.flatnonzero(addresses.version == version)
        found = np.zeros(len(rows), np.int32)
        high, low = addresses.high[rows], addresses.low[rows]
        for code, _, (mask_high, mask_low), (block_high, block_low) in (m for m in masks if m[1] == version):
            inside = (low & np.uint64(mask_low)) == block_low
            if version == 6:
                inside &= (high & np.uint64(mask_high)) == block_high
            found[inside] = code
        codes[rows] = found
    return codes, list(names)


def embedded(addresses: Addresses) -> tuple[Addresses, NDArray[np.int8]]:
    """Addresses to look up: the IPv4 address inside an IPv6 one, else the address itself.

    The IPv4 address of Teredo is the *client's*, whose bits are inverted in the last 32 (RFC 4380
    section 4); the trees of databases alias ``2001::/32`` to the *server's* instead.

    Returns
    -------
    addresses, kinds
        The addresses to look up, and for each its position in :data:`EMBEDDINGS`, -1 for none.

    Examples
    --------
    >>> inner, kinds = embedded(parse(["64:ff9b::192.0.2.33", "2001:db8::1"]))
    >>> canonical(inner), [EMBEDDINGS[kind] if kind >= 0 else None for kind in kinds]
    (['192.0.2.33', '2001:db8::1'], ['nat64', None])
    """
    kinds = np.full(len(addresses), -1, np.int8)
    rows = np.flatnonzero(addresses.version == 6)
    inside, kinds[rows] = _embedded(addresses.high[rows], addresses.low[rows])
    found = np.flatnonzero(kinds >= 0)
    if not len(found):
        return addresses, kinds
    high, low, version = addresses.high.copy(), addresses.low.copy(), addresses.version.copy()
    high[found], low[found], version[found] = 0, inside[kinds[rows] >= 0], 4
    return Addresses(high, low, version), kinds


def _embedded(
    high: NDArray[np.uint64], low: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int8]]:
    """The IPv4 addresses in IPv6 addresses, and their positions in :data:`EMBEDDINGS`."""
    last = low & np.uint64(0xFFFF_FFFF)
    upper = low >> np.uint64(32)
    is_kind = (
        (high == 0) & (upper == 0xFFFF),
        (high == 0) & (upper == 0) & (last > 1),  # :: and ::1 are addresses of their own
        high >> np.uint64(48) == 0x2002,
        high >> np.uint64(32) == 0x2001_0000,
        (high == 0x0064_FF9B_0000_0000) & (upper == 0),
    )
    inside = (last, last, high >> np.uint64(16) & np.uint64(0xFFFF_FFFF), last ^ np.uint64(0xFFFF_FFFF), last)
    kinds = np.select(is_kind, range(len(is_kind)), -1).astype(np.int8)
    return np.select(is_kind, inside, np.uint64(0)), kinds


def network_texts(addresses: Addresses, prefix_lengths: NDArray[Any]) -> list[str | None]:
    """Canonical CIDR text of the network of each address.

    Parameters
    ----------
    addresses
        Addresses.
    prefix_lengths
        One length per address, in bits of the address's own version (0 to 32 or 128).

    Returns
    -------
    list
        The network's text, None for what is no address.

    Examples
    --------
    >>> network_texts(parse(["192.0.2.77", "2001:db8::1", "-"]), np.array([24, 32, 0]))
    ['192.0.2.0/24', '2001:db8::/32', None]
    """
    texts = canonical(network_of(addresses, prefix_lengths))
    return [
        None if text is None else f"{text}/{length}"
        for text, length in zip(texts, np.asarray(prefix_lengths).tolist(), strict=True)
    ]


def network_of(addresses: Addresses, prefix_lengths: NDArray[Any]) -> Addresses:
    """First address of the network of each address; lengths as for :func:`network_texts`.

    Examples
    --------
    >>> canonical(network_of(parse(["192.0.2.77", "2001:db8::1"]), np.array([24, 32])))
    ['192.0.2.0', '2001:db8::']
    """
    lengths = np.asarray(prefix_lengths, np.int64)
    four = addresses.version == 4
    high = addresses.high & _mask(lengths)
    low = addresses.low & np.where(four, _mask(lengths + 32), _mask(lengths - 64))
    return Addresses(high, low, addresses.version)


def _mask(lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """64-bit masks with that many leading ones; lengths outside 0..64 count as the nearer end."""
    return _MASKS[np.clip(lengths, 0, 64)]


_MASKS = np.array([_ALL_ONES << (64 - length) & _ALL_ONES for length in range(65)], np.uint64)
