r"""Which address is the client, and why.

A log's client column holds more than plain addresses: ports, brackets, zone ids, host names, lists
written by proxies, junk written by attackers. Here every text becomes one canonical address or none,
with the name of the rule that decided.

Whoever sends a request writes the left part of ``X-Forwarded-For`` as they like; only what a trusted
proxy appended on the right is true. So the client is the connecting peer, unless the caller names the
proxies to be trusted; then it is the right-most address that is none of them.

Spellings that only some C libraries take for an address (octal, hexadecimal, short, one integer) are
junk here, and a host name that begins like an address stays a host name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

import numpy as np
from numpy.typing import NDArray

from logattr.addresses import Addresses, canonical, parse
from logattr.errors import OptionError
from logattr.patterns import lazily

__all__ = ["RULES", "Clients", "TrustedProxies", "choose"]

#: Every value of ``client_rule`` and what it means.
RULES: dict[str, str] = {
    "peer": "the one address in the client column, which is the connecting peer's; or the peer column's"
    " where the client column is empty",
    "server": "the client column differs from the peer column: the server itself chose the client"
    " (Apache mod_remoteip, nginx realip)",
    "list_rightmost": "the client column is a list; its right-most address is the only one that the client"
    " cannot have written",
    "forwarded": "the peer is a trusted proxy; the right-most forwarded address that is no trusted proxy",
    "forwarded_all_trusted": "the peer and all forwarded addresses are trusted proxies; the left-most one",
    "forwarded_invalid": "the peer is a trusted proxy, but the forwarded list holds something that is no"
    " address; the last trusted proxy before it",
    "hostname": "the client column holds a host name; it is in client_host",
    "unix_socket": "the peer came through a Unix socket, which has no address",
    "no_address": "the client column is empty or says that the client is not known",
    "not_an_address": "the client column holds neither an address nor a host name",
}

_LOW = (1 << 64) - 1  # lower half of an IPv6 address
_PRIVATE = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),  # RFC 1918, RFC 4193
    *("127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10"),
)

# What writers put where there is nothing; "unknown" is RFC 7239 section 6.2 and Squid's.
_NOTHING = frozenset({None, "", "-", "--", "unknown", "null", "(null)", "<nil>", "(empty)"})

_BRACKETS = lazily(r"\[([0-9A-Fa-f:.]+)(?:%[\w.~-]+)?\](?::([0-9]{1,5}))?", re.ASCII)
# RFC 4007 section 11, RFC 6874; F5 BIG-IP writes its route domains so, behind IPv4 addresses too.
_ZONE = lazily(r"([0-9A-Fa-f:.]+)%[\w.~-]+", re.ASCII)
_PORT = lazily(r"([0-9A-Fa-f:.]+):([0-9]{1,5})", re.ASCII)

# Letters, digits, hyphens (RFC 1123 section 2.1), and underscores, which real names hold. The last label
# has a letter and is no hexadecimal number: else the text is meant as an address (WHATWG URL, 3.5).
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_HOSTNAME = lazily(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*(?=[0-9_-]*[a-z])(?!0x[0-9a-f]*\Z){_LABEL}\Z")

# IIS writes blanks as a plus, CloudFront percent-encoded, once or twice; no address holds either.
_BLANK = lazily(r"\+|%(?:25)*20")
# Pieces between commas or semicolons outside quoted strings (RFC 9110 section 5.6.4). Possessive, so that
# no text takes more than linear time.
_SPLIT = {
    mark: lazily(rf'((?:[^"{mark}]|"(?:[^"\\]|\\.)*+")*+)({mark}|\Z)', re.DOTALL) for mark in (",", ";")
}


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients of some lines, as parallel lists.

    Parameters
    ----------
    client_ip
        Canonical address (RFC 5952); None when there is none to be trusted.
    client_host
        Host name in lower case where the client column holds one, else None.
    peer_ip
        Canonical address of the connecting peer; None when it is not logged or is no address.
    rule
        Why, a key of :data:`RULES`.
    """

    client_ip: list[str | None]
    client_host: list[str | None]
    peer_ip: list[str | None]
    rule: list[str]


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Networks whose machines write forwarded addresses truthfully.

    Parameters
    ----------
    networks
        The networks.
    unix
        Whether a peer on a Unix socket is trusted too.
    """

    networks: tuple[IPv4Network | IPv6Network, ...]
    unix: bool = False

    @classmethod
    def parse(cls, texts: str | Iterable[str]) -> TrustedProxies:
        """Read networks.

        Parameters
        ----------
        texts
            Addresses and networks in CIDR notation, ``private`` for the networks of RFC 1918 and
            RFC 4193, loopback and link-local, and ``unix:`` for peers on Unix sockets. One text may
            hold several, separated by commas.

        Raises
        ------
        OptionError
            When one is no network, or has bits beyond its prefix.

        Examples
        --------
        >>> [str(network) for network in TrustedProxies.parse("10.0.0.0/8,2001:db8::1").networks]
        ['10.0.0.0/8', '2001:db8::1/128']
        """
        texts = [texts] if isinstance(texts, str) else texts
        words = [word.strip() for text in texts for word in text.split(",") if word.strip()]
        networks: list[IPv4Network | IPv6Network] = []
        for word in words:
            if word.lower() == "private":
                networks += map(ip_network, _PRIVATE)
            elif word.lower() != "unix:":
                networks.append(_network(word))
        return cls(tuple(dict.fromkeys(networks)), any(word.lower() == "unix:" for word in words))

    def contain(self, addresses: Addresses) -> NDArray[np.bool_]:
        """Tell for each address whether it is in one of the networks.

        Examples
        --------
        >>> TrustedProxies.parse("private").contain(parse(["10.1.2.3", "192.0.2.1", "::1"])).tolist()
        [True, False, True]
        """
        inside = np.zeros(len(addresses), np.bool_)
        for network in self.networks:
            mask, first = int(network.netmask), int(network.network_address)
            inside |= (
                (addresses.version == network.version)
                & (addresses.high & np.uint64(mask >> 64) == np.uint64(first >> 64))
                & (addresses.low & np.uint64(mask & _LOW) == np.uint64(first & _LOW))
            )
        return inside


def choose(
    raw: Sequence[str | None],
    forwarded: Sequence[str | None] | None = None,
    peer: Sequence[str | None] | None = None,
    *,
    trusted_proxies: TrustedProxies | None = None,
) -> Clients:
    """Choose the client of every line, or better of every distinct combination of the columns.

    Parameters
    ----------
    raw
        The client column as logged; None where the log says ``-``.
    forwarded
        ``X-Forwarded-For`` or ``Forwarded`` (RFC 7239) as logged. Ignored without trusted proxies.
    peer
        The connecting peer, where the log names it beside the client.
    trusted_proxies
        Proxies whose word is taken. None: nobody's.

    Returns
    -------
    Clients
        As many entries.

    Examples
    --------
    >>> found = choose(["[2001:DB8::1]:443", "::ffff:192.0.2.7", "proxy.example.net", "0300.0.2.7"])
    >>> found.client_ip
    ['2001:db8::1', '192.0.2.7', None, None]
    >>> found.rule
    ['peer', 'peer', 'hostname', 'not_an_address']
    >>> proxies = TrustedProxies.parse("private")
    >>> choose(["10.0.0.1"], ["198.51.100.6, 203.0.113.9, 10.0.0.2"], trusted_proxies=proxies).client_ip
    ['203.0.113.9']
    """
    hops, lists = _last_hops(raw, peer or [None] * len(raw))
    addresses = _addresses(hops)
    clients = canonical(addresses)
    rules = ["peer"] * len(clients)
    hosts: list[str | None] = [None] * len(clients)
    for row in np.flatnonzero(addresses.version == 0).tolist():
        rules[row], hosts[row] = _without_address(hops[row])
    for row in lists:
        if clients[row] is not None:
            rules[row] = "list_rightmost"
    found = Clients(clients, hosts, list(clients), rules)
    if peer is not None:
        _take_peers(found, peer)
    if trusted_proxies is not None:
        trusted = trusted_proxies.contain(addresses)
        if trusted_proxies.unix:
            trusted |= np.array([rule == "unix_socket" for rule in rules], np.bool_)
        chains = {
            row: chain
            for row in np.flatnonzero(trusted).tolist()
            if (chain := _chain(forwarded[row] if forwarded is not None else None) + lists.get(row, []))
        }
        _walk(found, chains, trusted_proxies)
    return found


def _last_hops(
    raw: Sequence[str | None], peer: Sequence[str | None]
) -> tuple[list[str], dict[int, list[str]]]:
    """Text of the last hop per row, and by row the hops before it where the column is a list."""
    hops = [(at_door if text in _NOTHING else text) or "" for text, at_door in zip(raw, peer, strict=True)]
    lists: dict[int, list[str]] = {}
    for row, text in enumerate(hops):
        if "," in text:
            chain = _chain(text) or [text]
            hops[row] = chain[-1]
            if len(chain) > 1:
                lists[row] = chain[:-1]
    return hops, lists


def _without_address(text: str) -> tuple[str, str | None]:
    """Rule and host name for a text that holds no address."""
    text = _bare(text).lower()
    if text in _NOTHING:
        return "no_address", None
    if text.startswith("unix:"):
        return "unix_socket", None
    name = text.removesuffix(".")
    return ("hostname", name) if _HOSTNAME.match(name) else ("not_an_address", None)


def _take_peers(found: Clients, peer: Sequence[str | None]) -> None:
    """Put the peer column's addresses beside those of the client column."""
    for row, address in enumerate(canonical(_addresses([text or "" for text in peer]))):
        if peer[row] in _NOTHING:
            continue
        found.peer_ip[row] = address
        if found.rule[row] == "peer" and address != found.client_ip[row]:
            found.rule[row] = "server"


def _walk(found: Clients, chains: dict[int, list[str]], trusted_proxies: TrustedProxies) -> None:
    """Follow each chain from the right to the first address that is no trusted proxy."""
    texts = list({hop for chain in chains.values() for hop in chain})
    addresses = _addresses(texts)
    trusted = trusted_proxies.contain(addresses).tolist()
    known = {text: pair for text, *pair in zip(texts, canonical(addresses), trusted, strict=True)}
    for row, chain in chains.items():
        found.rule[row] = "forwarded_all_trusted"
        for hop in reversed(chain):
            address, is_trusted = known[hop]
            if address is None:
                found.rule[row] = "forwarded_invalid"
                break
            found.client_ip[row] = address
            if not is_trusted:
                found.rule[row] = "forwarded"
                break


def _chain(text: str | None) -> list[str]:
    """Hops of a forwarded list, left to right; a hop that cannot be told is an empty text."""
    text = _BLANK.sub(" ", text or "").strip()
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        text = text[1:-1]
    if text.lower() in _NOTHING - {"unknown"}:  # that one says that there was somebody
        return []
    # Empty elements are allowed and mean nothing (RFC 9110 section 5.6.1).
    pieces = [stripped for piece in _split(text, ",") if (stripped := piece.strip())]
    return [_for(piece) if "=" in piece else piece for piece in pieces]


def _for(element: str) -> str:
    """Value of ``for`` in one element of ``Forwarded`` (RFC 7239 section 4)."""
    for pair in _split(element, ";"):
        name, _, value = pair.partition("=")
        if name.strip().lower() == "for":
            return value.strip()
    return ""


def _split(text: str, mark: str) -> list[str]:
    """Split outside quoted strings; where a quote is left open, nothing can be told of any piece.

    Whoever sends the header could otherwise move the borders of what the proxy appended.
    """
    if '"' not in text:
        return text.split(mark)
    pieces, at = [], 0
    while match := _SPLIT[mark].match(text, at):
        pieces.append(match[1])
        if not match[2]:
            return pieces
        at = match.end()
    return [" ? "]


def _addresses(texts: Sequence[str]) -> Addresses:
    """Address in every text: first as they are, in bulk, then what is left without its decorations."""
    # One colon is never an address, but in some logs every client comes with its port.
    found = parse([_without_port(text) if text.count(":") == 1 else text for text in texts])
    for undress in (_undressed, _without_port):
        rows = np.flatnonzero(found.version == 0)
        if not len(rows):
            break
        again = parse([undress(texts[row]) for row in rows.tolist()])
        found.high[rows], found.low[rows], found.version[rows] = again.high, again.low, again.version
    return _unmapped(found)


def _bare(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == '"' else text


def _undressed(text: str) -> str | None:
    """Text without quotes, brackets with or without a port, and zone id."""
    text = _bare(text)
    if text.startswith("ipv6:") and "[" not in text:
        return _without_port(text)  # Samba and gRPC write family:address:port, and always the port
    text = text.removeprefix("ipv4:").removeprefix("ipv6:")
    if match := _BRACKETS.fullmatch(text):
        return match[1] if _is_port(match[2]) else None
    return match[1] if (match := _ZONE.fullmatch(text)) else text


def _without_port(text: str) -> str | None:
    """Text without its last group.

    Asked only when the whole is no address, so an IPv6 address never loses a group: what is left are
    texts with a group too many, or whose last group has five digits.
    """
    text = _bare(text).removeprefix("ipv4:").removeprefix("ipv6:")
    match = _PORT.fullmatch(text)
    return match[1] if match and _is_port(match[2]) else None


def _is_port(digits: str | None) -> bool:
    return digits is None or int(digits) <= 65535


def _unmapped(addresses: Addresses) -> Addresses:
    """IPv4 addresses out of IPv4-mapped ones, which are a socket's spelling and never on the wire."""
    mapped = (addresses.version == 6) & (addresses.high == 0) & (addresses.low >> np.uint64(32) == 0xFFFF)
    low = np.where(mapped, addresses.low & np.uint64(0xFFFF_FFFF), addresses.low)
    return Addresses(addresses.high, low, np.where(mapped, np.int8(4), addresses.version))


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text)
    except ValueError:
        expected = "an address, a network such as 192.0.2.0/24, private, or unix:"
        raise OptionError(f"trusted proxy {text!r}", expected, _closest(text)) from None
    # Mapped addresses are compared as IPv4, so a mapped network has to be too.
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped and network.prefixlen >= 96:
        return IPv4Network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    return network


def _closest(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        return "logattr report --help"
