"""Write columns.md, findings.md and formats.md beside this file from the tables in the code.

Run ``python docs/generate.py`` after a change to ``columns.py``, ``formats/`` or the objects of
``report/findings.py``; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from logattr.attribution.classes import CLASSES, GRADES
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
# What the JSON of findings holds: key, kind, meaning, what null or empty means. A test holds it to the code.
FINDINGS = (
    ("logattr_findings", "integer", "version of this layout; changes when a key is renamed or removed", ""),
    ("version", "text", "version of logattr that wrote it", ""),
    ("question", "object", "`places`: the places asked for, see below", ""),
    ("options", "object", "arguments of `investigate` that lead to this answer; `verify` uses them", ""),
    ("inputs", "list", "one object per log, in the order read, see below", ""),
    ("databases", "list", "one object per address database, in the order asked, see below", ""),
    ("lists", "list", "one object per list of networks or AS numbers, see below", ""),
    ("counts", "object", "`lines` = `events` + `rejects` + `blank`; `clients`, and who is singled out", ""),
    ("classes", "list", "clients and requests per class; they add up to all clients and all events", ""),
    (
        "clients",
        "list",
        "one object per client with the columns of [Clients](columns.md#clients) and "
        "[Addresses](columns.md#addresses), those singled out first",
        "see there",
    ),
    (
        "lines",
        "list",
        "log lines of the clients singled out, [Evidence lines](columns.md#evidence-lines)",
        "see there",
    ),
    (
        "rejects",
        "list",
        "the first 1,000 lines that were not understood, [Rejects](columns.md#rejects)",
        "see there",
    ),
    ("warnings", "list of text", "what a reader must know before relying on it", "empty: nothing"),
    (
        "alternatives",
        "list of text",
        "other explanations to consider",
        "empty: nobody is singled out or set aside",
    ),
    ("limits", "list of text", "what no report of this kind can show", ""),
)
FINDINGS_OBJECTS = {
    "question.places": (
        ("code", "text", "ISO 3166-1 alpha-2 or ISO 3166-2 code", ""),
        ("name", "text", "its English name", ""),
        ("country", "text", "alpha-2 code of its country", ""),
        ("level", "text", "country, region or subregion", ""),
        ("parent", "text", "code one level up", "a country"),
        ("note", "text", "what to know about the place", "nothing special"),
    ),
    "inputs": (
        ("name", "text", "as given; `-` is standard input", ""),
        ("raw_bytes", "integer", "bytes as stored", ""),
        ("decoded_bytes", "integer", "bytes after decompression", ""),
        ("sha256_raw", "text", "SHA-256 of the bytes as stored", ""),
        ("sha256_decoded", "text", "SHA-256 of the bytes after decompression", ""),
        ("lines", "integer", "events + rejects + blank", ""),
        ("events", "integer", "lines that were understood", ""),
        ("rejects", "integer", "lines that were not", ""),
        ("blank", "integer", "lines with nothing but blanks", ""),
        ("formats", "object", "events per format", ""),
        ("chosen", "text", "which format was chosen, by what margin, and the runners-up", "empty: no line"),
        ("reject_reasons", "object", "rejects per reason", ""),
        ("first_time", "time", "earliest event", "no event has a time"),
        ("last_time", "time", "latest event", "no event has a time"),
        ("warnings", "list of text", "what to know about this input", ""),
    ),
    "databases": (
        ("name", "text", "name of its file, without folders", ""),
        ("schema", "text", "what kind it is, and how that was recognised", ""),
        ("vendor", "text", "vendor family; databases of one family are one witness", ""),
        ("roles", "list of text", "what it was asked about: geo, network, anonymity", ""),
        ("database_type", "text", "type that its metadata state", ""),
        ("build_date", "date", "day on which it was built", "it does not say"),
        (
            "age_days",
            "integer",
            "days from the build to the last event; negative: newer",
            "a date is missing",
        ),
        ("sha256", "text", "SHA-256 of the file", ""),
        ("attribution", "text", "credit that its licence asks for", "empty: not known to logattr"),
    ),
    "lists": (
        ("name", "text", "how evidence names it", ""),
        ("classes", "list of text", "classes of evidence that it holds", ""),
        ("kind", "text", "networks, as_numbers or mixed", ""),
        ("entries", "integer", "entries that were understood", ""),
        ("bad_lines", "integer", "lines that were not", ""),
        ("date", "date", "day it describes", "it states none"),
        ("age_days", "integer", "days from that day to the last event; negative: newer", "a date is missing"),
        ("sha256", "text", "SHA-256 of the file", ""),
        ("lineage", "text", "origin; lists of one origin are one witness", ""),
    ),
    "counts": (
        ("lines", "integer", "lines of all inputs", ""),
        ("events", "integer", "lines that were understood", ""),
        ("rejects", "integer", "lines that were not", ""),
        ("blank", "integer", "lines with nothing but blanks", ""),
        ("clients", "integer", "distinct clients", ""),
        ("highlighted_clients", "integer", "clients that are singled out", ""),
        ("highlighted_requests", "integer", "their events", ""),
    ),
    "classes": (
        ("name", "text", "value of the column `class`", ""),
        ("label", "text", "what a reader sees", ""),
        ("meaning", "text", "who is counted here", ""),
        ("clients", "integer", "clients", ""),
        ("requests", "integer", "their events", ""),
    ),
}
_SYNTAXES = {
    "apache": "Apache `LogFormat`",
    "nginx": "nginx `log_format`",
    "template": "own template",
}


def columns_page() -> str:
    """Every table of ``columns.py`` with type, meaning, and what null means."""
    parts = [
        _MADE.format(source="src/logattr/columns.py"),
        "# Columns",
        "`category` is a dictionary-encoded string, `text` a plain one, `texts` a list of strings, `json` "
        "text that holds JSON, `time` microseconds in UTC, `date` a day. In DataFrames integers and booleans "
        "are pandas' nullable types, so that null makes no integer a float; `isna()` finds null everywhere.",
    ]
    for title, columns, about in _TABLES:
        rows = [(f"`{column.name}`", column.type, column.meaning, column.null) for column in columns]
        parts += [f"## {title}", about, _table(("column", "type", "meaning", "null means"), rows)]
    return "\n\n".join(parts) + "\n"


def findings_page() -> str:
    """What the JSON of findings holds, with the classes and the grades."""
    head = ("key", "kind", "meaning", "null means")
    parts = [
        _MADE.format(source="docs/generate.py and src/logattr/attribution/classes.py"),
        "# Findings as JSON",
        "`logattr report --json FILE` and `Findings.to_json()` write one object (RFC 8259, UTF-8). Keys are "
        "sorted and no wall clock is read, so the same inputs, databases, lists and options give the same "
        "bytes; `logattr verify FILE` repeats the report and compares. Each row of `clients`, `lines` and "
        "`rejects` stands on a line of its own.",
        'Times are ISO 8601 in UTC with `Z`, dates `YYYY-MM-DD`. Null never stands for 0, "" or "no": it '
        "says that something is not known, or does not apply, as the tables say. Every key is always there.",
        _table(head, _keyed(FINDINGS)),
    ]
    for name, rows in FINDINGS_OBJECTS.items():
        parts += [f"## {name}", _table(head, _keyed(rows))]
    classes = [(f"`{one.name}`", one.meaning, "yes" if one.highlighted else "") for one in CLASSES.values()]
    grades = [(str(grade), meaning) for grade, meaning in GRADES.items()]
    parts += [
        *("## Values of `class`", "Every client is in exactly one; a class without clients is left out."),
        _table(("class", "who is counted in it", "singled out"), classes),
        *("## Values of `grade`", "How far the data support a finding; neither likelihood nor guilt."),
        _table(("grade", "meaning"), grades),
    ]
    return "\n\n".join(parts) + "\n"


def _keyed(rows: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    return ((f"`{name}`", *rest[:-1], rest[-1] or "never null") for name, *rest in rows)


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


PAGES = {"columns.md": columns_page, "findings.md": findings_page, "formats.md": formats_page}

if __name__ == "__main__":
    for file, page in PAGES.items():
        Path(__file__).with_name(file).write_text(page(), encoding="utf-8")
