"""A small writer of MaxMind DB files (format 2.0), for tests: small trees, every data type.

https://maxmind.github.io/MaxMind-DB/ describes the format.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

MARKER = b"\xab\xcd\xefMaxMind.com"
#: Where databases repeat the IPv4 tree: mapped, 6to4 and Teredo addresses.
ALIASES = ("::ffff:0:0/96", "2002::/16", "2001::/32")
TYPES = {
    "pointer": 1,
    "string": 2,
    "double": 3,
    "bytes": 4,
    "uint16": 5,
    "uint32": 6,
    "map": 7,
    "int32": 8,
    "uint64": 9,
    "uint128": 10,
    "array": 11,
    "bool": 14,
    "float": 15,
}


@dataclass(frozen=True)
class Typed:
    """A value whose type in the file matters: ``Typed("uint16", 7)``."""

    type: str
    value: Any


def encode(value: Any) -> bytes:
    """One value of the data section; plain Python values get the type that vendors use for them."""
    kind, value = (value.type, value.value) if isinstance(value, Typed) else (_kind(value), value)
    if kind == "map":
        return _control(kind, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if kind == "array":
        return _control(kind, len(value)) + b"".join(map(encode, value))
    if kind == "bool":
        return _control(kind, int(value))
    if kind == "string":
        value = value.encode() if isinstance(value, str) else value
    elif kind in {"double", "float"}:
        value = struct.pack(">d" if kind == "double" else ">f", value)
    elif kind == "int32":
        value = struct.pack(">i", value)
    elif kind.startswith("uint"):
        value = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(value)) + value


def _kind(value: Any) -> str:
    kinds = {bool: "bool", str: "string", bytes: "bytes", float: "double", list: "array", dict: "map"}
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            return "int32"
        return next(f"uint{bits}" for bits in (32, 64, 128) if value < 1 << bits)
    return kinds[type(value)]


def _control(kind: str, size: int) -> bytes:
    number = TYPES[kind]
    if size < 29:
        first, more = size, b""
    elif size < 285:
        first, more = 29, bytes([size - 29])
    elif size < 65_821:
        first, more = 30, (size - 285).to_bytes(2, "big")
    else:
        first, more = 31, (size - 65_821).to_bytes(3, "big")
    return (bytes([number << 5 | first]) if number < 8 else bytes([first, number - 7])) + more


def pointer(offset: int) -> bytes:
    """Pointer to an offset of the data section, in its four-byte form."""
    return bytes([TYPES["pointer"] << 5 | 3 << 3]) + offset.to_bytes(4, "big")


class _Tree:
    """A search tree: every node is a list of two children; a child is a node, an offset or None."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.root: list[Any] = [None, None]

    def put(self, number: int, length: int, child: Any) -> None:
        """Put a child at the end of a prefix; what was there is replaced."""
        if length == 0:
            self.root[:] = [child, child]
            return
        node = self.root
        for depth in range(length - 1):
            bit = number >> (self.width - 1 - depth) & 1
            if not isinstance(node[bit], list):  # a shorter prefix ends here: both halves keep its record
                node[bit] = [node[bit], node[bit]]
            node = node[bit]
        node[number >> (self.width - length) & 1] = child

    def get(self, number: int, length: int) -> Any:
        node: Any = self.root
        for depth in range(length):
            if not isinstance(node, list):
                break
            node = node[number >> (self.width - 1 - depth) & 1]
        return node

    def nodes(self) -> list[list[Any]]:
        """Every node once, also where several parents share it; the root first."""
        seen: dict[int, list[Any]] = {id(self.root): self.root}
        waiting = [self.root]
        while waiting:
            for child in waiting.pop():
                if isinstance(child, list) and id(child) not in seen:
                    seen[id(child)] = child
                    waiting.append(child)
        return list(seen.values())


def _pack_node(left: int, right: int, record_size: int) -> bytes:
    if max(left, right) >= 1 << record_size:
        raise ValueError(f"{max(left, right)} does not fit into {record_size} bits")
    if record_size == 28:
        middle = (left >> 24) << 4 | right >> 24
        low = (1 << 24) - 1
        return (left & low).to_bytes(3, "big") + bytes([middle]) + (right & low).to_bytes(3, "big")
    return left.to_bytes(record_size // 8, "big") + right.to_bytes(record_size // 8, "big")


def database_bytes(
    networks: Mapping[str, Any],
    *,
    database_type: str = "Test",
    record_size: int = 28,
    ip_version: int = 6,
    build_epoch: int = 1_704_067_200,
    description: str | Mapping[str, str] = "A test database",
    aliases: bool = True,
) -> bytes:
    """Bytes of a database that holds a record per network; longer prefixes win, equal records are shared.

    ``aliases`` repeats the IPv4 tree of an IPv6 database where vendors do (:data:`ALIASES`).
    """
    tree = _Tree(32 if ip_version == 4 else 128)
    data, size, offsets = list[bytes](), 0, dict[bytes, int]()
    for text, record in sorted(networks.items(), key=lambda item: _length(item[0], ip_version)):
        encoded = encode(record)
        if encoded not in offsets:
            offsets[encoded] = size
            data.append(encoded)
            size += len(encoded)
        tree.put(int(ip_network(text).network_address), _length(text, ip_version), offsets[encoded])
    if ip_version == 6 and aliases:
        ipv4 = tree.get(0, 96)
        for text in ALIASES:
            alias = ip_network(text)
            tree.put(int(alias.network_address), alias.prefixlen, ipv4)
    metadata = {
        "binary_format_major_version": Typed("uint16", 2),
        "binary_format_minor_version": Typed("uint16", 0),
        "build_epoch": Typed("uint64", build_epoch),
        "database_type": database_type,
        "description": {"en": description} if isinstance(description, str) else dict(description),
        "ip_version": Typed("uint16", ip_version),
        "languages": ["en"],
        "node_count": Typed("uint32", len(tree.nodes())),
        "record_size": Typed("uint16", record_size),
    }
    return _tree_bytes(tree, record_size) + b"\0" * 16 + b"".join(data) + MARKER + encode(metadata)


def _length(text: str, ip_version: int) -> int:
    """Prefix length in the tree; IPv4 networks lie in ::/96 of an IPv6 tree."""
    network = ip_network(text)
    return network.prefixlen + (96 if network.version == 4 and ip_version == 6 else 0)


def _tree_bytes(tree: _Tree, record_size: int) -> bytes:
    nodes = tree.nodes()
    numbers = {id(node): number for number, node in enumerate(nodes)}

    def value(child: Any) -> int:
        if child is None:
            return len(nodes)
        return numbers[id(child)] if isinstance(child, list) else len(nodes) + 16 + child

    return b"".join(_pack_node(value(left), value(right), record_size) for left, right in nodes)


def write(path: Path, networks: Mapping[str, Any], **options: Any) -> Path:
    """Write a database and return its path; options as in :func:`database_bytes`."""
    path.write_bytes(database_bytes(networks, **options))
    return path
