"""What is read and asked, as text: formats, databases and lists."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from logattr.addresses import embedded, network_texts
from logattr.databases.coverage import coverage
from logattr.databases.mapping import split_mapping
from logattr.databases.mmdb import Database, open_database
from logattr.databases.schemas import Schema, recognise
from logattr.enrichment import Sources
from logattr.enrichment.families import database_families, list_families
from logattr.errors import FormatError
from logattr.formats import FORMATS
from logattr.reading.readers import reader_for
from logattr.report.escape import terminal_text

__all__ = ["database_page", "format_page", "format_table", "sources_table"]

_Row = TypeVar("_Row")
_SHOWN = 3  # records of a database


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(terminal_text(line.rstrip()) for line in lines)


def format_table() -> str:
    """All formats, one a line."""
    return _aligned([(one.name, one.title) for one in FORMATS.values()])


def format_page(name: str) -> str:
    """One format: where it is documented, its fields and its samples.

    Raises
    ------
    FormatError
        If the name is unknown.
    """
    if name not in FORMATS:
        near = difflib.get_close_matches(name, FORMATS, n=3)
        raise FormatError(
            f"the format {name!r}",
            "one of " + ", ".join(FORMATS),
            f"`logattr formats {near[0]}`" if near else "",
        )
    one = FORMATS[name]
    template = reader_for(name).template  # whose shapes share most fields
    fields = dict.fromkeys((one.name, one.column or "extra", one.kind) for one in template.fields)
    parts = [
        f"{one.name}: {one.title}",
        one.url,
        f"{one.syntax}: {one.template}",
        _aligned([("FIELD", "COLUMN", "KIND"), *fields]),
        *(f"for example: {sample}" for sample in one.samples),
    ]
    return terminal_lines("\n\n".join(filter(None, (*parts, one.notes))))


def terminal_lines(text: str) -> str:
    """Neutralise control characters but for line breaks."""
    return "\n".join(map(terminal_text, text.split("\n")))


def sources_table(sources: Sources) -> str:
    """The databases and lists that lookups ask, in order of priority; dated copies of one are numbered."""
    rows = [("NAME", "WHAT", "DATE", "ANSWERS ABOUT", "ENTRIES", "COPY")]
    copies = {
        id(copy): f"{nth} of {len(family.copies)}" if len(family.copies) > 1 else "only"
        for families in (database_families(sources.databases), list_families(sources.lists))
        for family in families
        for nth, copy in enumerate(family.copies, 1)
    }
    for pair in sources.databases:
        database, shape = pair
        built, roles = str(database.build_date or "no date"), ", ".join(sorted(shape.roles))
        rows.append((database.name, shape.name, built, roles, "-", copies[id(pair)]))
    for one in sources.lists:
        date, classes = str(one.date or "no date"), ", ".join(sorted(set(one.classes)))
        rows.append((one.name, f"list of {one.kind}", date, classes, f"{one.entries:,}", copies[id(one)]))
    return _aligned(rows)


def database_page(path: str) -> str:
    """What a database is, how it was recognised, how much it covers, and three of its records.

    Parameters
    ----------
    path
        The file, with ``:mapping.toml`` if it is read through a mapping.

    Raises
    ------
    DatabaseError
        If it cannot be read or its kind is unknown.
    """
    database = open_database(*split_mapping(path))
    shape = recognise(database)
    known = coverage(database)
    built = database.build_date
    rows = [
        ("file", str(database.path)),
        ("what", shape.name),
        ("recognised by", shape.how),
        ("vendor family", shape.vendor),
        ("answers about", ", ".join(sorted(shape.roles))),
        ("type in metadata", database.database_type),
        ("description", database.description or "none"),
        ("built", str(built or "no date")),
        ("licence", shape.licence),
        (
            "IPv4",
            f"{known.ipv4_networks:,} networks with a record, {known.ipv4_share:.2%} of all addresses",
        ),
        (
            "IPv6",
            f"{known.ipv6_networks:,} networks with a record in 2000::/3"
            if database.ip_version == 6
            else "not in this database",
        ),
        (
            "tree",
            f"IPv{database.ip_version}, {database.record_size}-bit records, {database.node_count:,} nodes; "
            "networks counted in the tree, none estimated",
        ),
        ("SHA-256", database.sha256),
    ]
    return terminal_lines("\n".join([_aligned(rows), *_samples(database, shape)]))


def _samples(database: Database, shape: Schema) -> list[str]:
    """Three networks, as our columns and as the records are; best ones whose records say something."""
    # The copies of the IPv4 tree for 6to4 come first in a database of both: shown as what they copy.
    asked, _ = embedded(database.sample_addresses())
    matches = database.lookup(asked)
    rows = []
    networks = network_texts(asked, matches.prefix_length)
    for network, at in zip(networks, matches.record.tolist(), strict=True):
        record = matches.records[at] if at >= 0 else {}
        facts = {name: value for name, value in shape.read(record).items() if value not in (None, [])}
        rows.append((network, record, facts))
    telling = [row for row in rows if row[2].keys() - {"geo_status"}]
    lines: list[str] = []
    for network, record, facts in _spaced(telling if len(telling) >= _SHOWN else rows):
        own = "  ".join(f"{name}={_shown(value)}" for name, value in facts.items())
        raw = json.dumps(record, ensure_ascii=False, default=str)[:1000]
        lines += ["", f"{network}", f"  {own or 'nothing for our columns'}", f"  record: {raw}"]
    return lines


def _spaced(rows: Sequence[_Row]) -> list[_Row]:
    """Three of them, from the beginning, the middle and the end."""
    count = min(_SHOWN, len(rows))
    return [rows[round(nth * (len(rows) - 1) / max(count - 1, 1))] for nth in range(count)]


def _shown(value: Any) -> str:
    """A fact on one line; evidence as class, provider and the vendor's words."""
    if isinstance(value, list):
        return "; ".join(": ".join(filter(None, piece)) for piece in value)
    return str(value)
