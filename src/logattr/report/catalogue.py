"""What is read and asked, as text: formats, databases and lists."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence

from logattr.databases.mmdb import open_database
from logattr.databases.schemas import recognise
from logattr.enrichment import Sources
from logattr.errors import FormatError
from logattr.formats import FORMATS
from logattr.reading.readers import reader_for
from logattr.report.escape import terminal_text

__all__ = ["database_page", "format_page", "format_table", "sources_table"]


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
    fields = [(field.name, field.column or "extra", field.kind) for field in reader_for(name).template.fields]
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
    """The databases and lists that lookups ask, in order of priority."""
    rows = [("NAME", "WHAT", "DATE", "ANSWERS ABOUT", "ENTRIES")]
    for database, shape in sources.databases:
        built = str(database.build_date or "no date")
        rows.append((database.path.name, shape.name, built, ", ".join(sorted(shape.roles)), "-"))
    for one in sources.lists:
        classes = ", ".join(sorted(set(one.classes)))
        rows.append(
            (one.name, f"list of {one.kind}", str(one.date or "no date"), classes, f"{one.entries:,}")
        )
    return _aligned(rows)


def database_page(path: str) -> str:
    """What a database is, how it was recognised, and three of its records.

    Raises
    ------
    DatabaseError
        If it cannot be read or its kind is unknown.
    """
    database = open_database(path)
    shape = recognise(database)
    rows = [
        ("file", str(database.path)),
        ("what", shape.name),
        ("recognised by", shape.how),
        ("vendor family", shape.vendor),
        ("answers about", ", ".join(sorted(shape.roles))),
        ("type in metadata", database.database_type),
        ("description", database.description),
        ("built", str(database.build_date or "no date")),
        (
            "tree",
            f"IPv{database.ip_version}, {database.record_size}-bit records, {database.node_count:,} nodes",
        ),
        ("SHA-256", database.sha256),
    ]
    samples = [json.dumps(record, ensure_ascii=False, default=str)[:1000] for record in database.sample(3)]
    return terminal_lines("\n".join([_aligned(rows), "", "three records:", *samples]))
