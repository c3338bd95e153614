"""Write columns.md and formats.md beside this file from the tables in the code.

Run ``python docs/generate.py`` after a change to ``columns.py`` or ``formats/``; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from logattr.columns import ADDRESSES, CLIENTS, EVENTS, EVIDENCE_LINES, REJECTS
from logattr.formats import FORMATS, Format
from logattr.reading.readers import reader_for

_MADE = "<!-- Written by docs/generate.py from {source}; change it there. -->"
_TABLES = (
    ("Events", EVENTS, "What `read_log` and `logattr parse` give: one row per line that was understood."),
    ("Rejects", REJECTS, "One row per line that was not; events, rejects and blank lines make all lines."),
    ("Addresses", ADDRESSES, "What `lookup` gives and `enrich` adds: one row per address."),
    (
        "Clients",
        CLIENTS[: -len(ADDRESSES)],
        "What `attribute` and `investigate` give: these columns, then those of addresses.",
    ),
    ("Evidence lines", EVIDENCE_LINES, "Log lines of the clients that are singled out."),
)
_SYNTAXES = {
    "apache": "Apache `LogFormat`",
    "nginx": "nginx `log_format`",
    "template": "own template",
    "json": "table of JSON paths",
}


def columns_page() -> str:
    """Every table of ``columns.py`` with type, meaning, and what null means."""
    parts = [
        _MADE.format(source="src/logattr/columns.py"),
        "# Columns",
        "`category` is a dictionary-encoded string, `text` a plain one, `texts` a list of strings, `json` "
        "text that holds JSON, `time` microseconds in UTC, `date` a day. In DataFrames numbers and booleans "
        "are pandas' nullable types, and null never becomes NaN.",
    ]
    for title, columns, about in _TABLES:
        rows = [(f"`{column.name}`", column.type, column.meaning, column.null) for column in columns]
        parts += [f"## {title}", about, _table(("column", "type", "meaning", "null means"), rows)]
    return "\n\n".join(parts) + "\n"


def formats_page() -> str:
    """Every format with its format string, fields and samples."""
    rows = [(f"[`{one.name}`](#{one.name})", one.title, _SYNTAXES[one.syntax]) for one in FORMATS.values()]
    parts = [
        _MADE.format(source="src/logattr/formats/"),
        "# Formats",
        "`--format` and `format=` take one of these names, any Apache `LogFormat` or nginx `log_format` "
        "string, or nothing: then the format is detected, and the report says by what margin. Formats of the "
        "family `clf` may be mixed in one file; they are told apart line by line, in this order.",
        _table(("name", "what writes it", "declared as"), rows),
        *(part for one in FORMATS.values() for part in _format_section(one)),
    ]
    return "\n\n".join(parts) + "\n"


def _format_section(one: Format) -> Iterable[str]:
    template = reader_for(one.name).template
    yield f"## {one.name}"
    family = f", family `{one.family}`" if one.family else ""
    declared = f"{_SYNTAXES[one.syntax]}, escapes: {template.escapes}{family}"
    yield f"{one.title} ([documentation]({one.url})); {declared}."
    yield _code(one.template)
    yield _table(
        ("field", "column", "kind"),
        [(f"`{field.name}`", f"`{field.column or 'extra'}`", f"`{field.kind}`") for field in template.fields],
    )
    if one.notes:
        yield one.notes
    yield "For example:" if len(one.samples) == 1 else "For example, one line each:"
    yield _code("\n".join(one.samples))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = ([cell.replace("|", r"\|") for cell in row] for row in rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *body))


def _code(text: str) -> str:
    return f"```text\n{text}\n```"


PAGES = {"columns.md": columns_page, "formats.md": formats_page}

if __name__ == "__main__":
    for file, page in PAGES.items():
        Path(__file__).with_name(file).write_text(page(), encoding="utf-8")
