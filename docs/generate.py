"""Write columns.md, databases.md, findings.md and formats.md beside this file from the tables in the code.

The template of the HTML report, compiled, is written too. Run ``python docs/generate.py`` after a change to
``columns.py``, ``catalog.toml``, ``formats/``, the objects of ``report/findings.py`` or
``report/templates/report.html.jinja``; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from logattr.attribution.classes import CLASSES, GRADES
from logattr.columns import ADDRESSES, CLIENTS, EVENTS, EVIDENCE_LINES, REJECTS
from logattr.databases.catalog import CatalogSource, read_catalog
from logattr.databases.facts import FACTS
from logattr.formats import FORMATS, Format
from logattr.reading.readers import reader_for
from logattr.report.html import page_as_python

_SHAPES_SHOWN = 12  # of a format whose lines have many shapes
_MADE = "<!-- Written by docs/generate.py from {source}; change it there. -->"
_TABLES = (
    ("Events", EVENTS, "What `read_log` and `logattr parse` give: one row per line that was understood."),
    ("Rejects", REJECTS, "One row per line that was not; events, rejects and blank lines make all lines."),
    ("Addresses", ADDRESSES, "What `lookup` gives and `enrich` adds: one row per address."),
    (
        "Facts",
        tuple(FACTS.values()),
        "What the objects in `facts` of an address may have, beside `db` and `build`; `geo_tz` and "
        "`geo_postal`, which go with a place, stand in `logattr db info` only.",
    ),
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
    "sftp": "lines joined by process id",
    "w3c": "columns by blanks or TABs, quotes, `#Fields`",
    "iis": "columns by blanks, `#Fields`",
    "w3c_tabs": "columns by TABs, `#Fields`",
    "zeek": "columns by TABs, `#fields`",
    "gcs_csv": "CSV",
    "iis_native": "columns by commas with blanks",
    "azure": "columns by semicolons",
    "json": "table of JSON paths",
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
        "string, the columns of rows without a header (`#Fields: date time c-ip ...`), or nothing: then the "
        "format is detected, and the report says by what margin. Formats of the "
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
    if one.template:
        yield _code(_shown(one))
    yield _table(
        ("field", "column", "kind"),
        dict.fromkeys(
            (f"`{field.name}`", f"`{field.column or 'extra'}`", f"`{field.kind}`")
            for field in template.fields
        ),
    )
    if one.notes:
        yield one.notes
    headed = any("\n" in sample for sample in one.samples)
    yield "For example:" if len(one.samples) == 1 or headed else "For example, one line each:"
    yield _code(("\n\n" if headed else "\n").join(one.samples))


def _shown(one: Format) -> str:
    """The template; of shapes that differ in one part at a time, the first are enough."""
    lines = one.template.replace("\x1b", "\\x1b").split("\n")
    more = len(lines) - _SHAPES_SHOWN
    if one.syntax == "template" and more > 1:
        lines = [*lines[:_SHAPES_SHOWN], f"... and {more} more of the same parts"]
    return "\n".join(lines)


_STORE = """\
Lookups ask, in this order: `--db` and `--list`, `$LOGATTR_DATABASES`, the newest copies of the store, the
database of `logattr[embedded]`. The store is a folder of dated copies: `$LOGATTR_DATA`, else the platform's
folder for data of the user. To do without it, point `LOGATTR_DATA` to an empty folder. Nothing reaches a
network but `logattr db update`, and nothing is fetched that you did not ask for.

```text
logattr db update                          what needs no key, and what your keys open
logattr db update --dry-run                from where, how large, under which licence; fetches nothing
logattr db update dbip-city-lite aws       these only
logattr db update --as-of 2024-01-15       the editions of that day, where there is a history
logattr db update --as-of 2024-01-15 --git lists_vpn    lists of that day, from your clone of their repository
logattr db add vpn.txt --class vpn --date 2024-02-01
logattr db add city.mmdb                   a database says itself what it is
logattr db add own.mmdb:mapping.toml       or a mapping does, which is kept beside it
logattr db add --git lists_vpn --file output/vpn/ipv4.txt --as x4bnet-vpn --as-of 2024-01-15
logattr db list                            what is there, how old, what it is good for; what is missing
logattr db remove aws 2024-02-01
```

Every copy has a `manifest.json` with its address, day, SHA-256, licence and attribution. A file is opened
and understood before it replaces anything, and a failed or cut download leaves the copy that is there.
Proxies come from `HTTPS_PROXY` and `NO_PROXY`, own authorities from `SSL_CERT_FILE`, `SSL_CERT_DIR`,
`REQUESTS_CA_BUNDLE` or `CURL_CA_BUNDLE`.

The day of a copy is the one that it describes: what the file states, else what its address or its server
says, else the day of the fetch. Sources of one `lineage` are one witness, however many agree."""
_OFFLINE = """\
## Without a network

Fetch elsewhere, carry the files over, and add them: `logattr db add FILE --as SOURCE` for a source of the
table (packed or not), `logattr db add FILE --class CLASS --date DAY` for any other list. Or copy the whole
data folder, which holds no absolute paths and no keys. For mirrors of your own, `--catalog FILE` takes a file
of the form of `src/logattr/databases/catalog.toml`; addresses must be https.

## Licences

Each user fetches from the publisher and is bound by the publisher's terms; logattr ships none of this. The
texts in the last table must be shown with results that use the data; databases of the store carry them in
their manifests. "None stated" means what it says: the operator publishes the list for this use and names no
terms. The GeoLite licence ends the use of a build 30 days after the next one: such a copy is not asked any
more, and `db update`, `db add` and `db list` destroy it and say so. It therefore cannot serve an old log;
DB-IP Lite, CIRCL Geo Open, IPinfo Lite, or databases that you hold under other terms can."""


_AS_OF = """\
## As of the events

A list of today says little about a log of two years ago. So of every source with several dated copies the
copy of the event's time is asked, the newest that is not later than the event, else the earliest; and the
newest copy is asked too. Both answers are kept where they differ: `geo_now`, `as_now`, `anon_class_now`
and `anon_evidence_now` in [columns.md](columns.md#addresses), and a section of the report. Nobody is said
to be without anonymiser evidence for whom either of the two has some. A client's day is that of its last
event, also when it came for months. `logattr lookup --as-of 2024-01-15` asks about a day; without it only
the newest copies answer. `enrich` takes the day of each row from the column `time`. With one copy there
is one answer: `geo_copy` and `as_copy` are `only`, and `geo_db_build`, `as_db_build` and `anon_newest_source`
are its day; the ages count from there to the event.

What counts as copies of one source:

| source | copies have | example |
| --- | --- | --- |
| of the store | one name | `x4bnet-vpn/2024-02-01`, `x4bnet-vpn/2026-08-22` |
| `--db`, known vendor | one vendor, product, type; different days | two builds of `GeoLite2-City` |
| `--db`, other | paths that differ in dates only | `own-2024-02.mmdb`, `own-2026-08.mmdb` |
| `--list` | one class, paths that differ in dates only; other days | `vpn=2024-02-01/vpn.txt@2024-02-01` |

Everything else is a source of its own, and all of them are asked. The embedded database of 2018 is a
copy of nothing: it is asked last.

## Several at once

The first database in the order asked that has a country answers; coordinates are never averaged. The
others are counted per level (`geo_country_agree`, `geo_region_agree`, `geo_city_agree`, `as_agree`), and
what each of them says is in `geo_answers`, with radius and distance. Databases of one vendor are one
witness, GeoLite2 and GeoIP2 too; one by nobody knows whom is a witness of its own. For the places asked
for:

| first database | the others | `place_match` | `place_agreement` | grade at most |
| --- | --- | --- | --- | --- |
| in | nobody says otherwise | `in` | `agreed` or `single` | 6 |
| in | some vendors say otherwise, as many or fewer than say in | `in` | `disputed` | 4 |
| in | more vendors say otherwise | `undetermined` | `disputed` | 3 |
| out | a vendor says in | `undetermined` | `disputed` | 3 |

Where a vendor knows only the country or the region, it gives one point for all of it. Such coordinates
are marked in `geo_default_point`, also where the record names a city and has that point. A network that
is announced from many places (anycast), and a connection over a satellite, have no place of their own:
grade 4 at most."""


def databases_page() -> str:
    """The catalogue of what can be fetched, and how the store works."""
    sources = list(read_catalog().values())
    database_rows = [_source_row(one, one.about) for one in sources if one.is_database]
    list_rows = [_source_row(one, f"`{one.class_}`: {one.about}") for one in sources if not one.is_database]
    head = ("source", "good for", "changes", "MB", "history", "lineage", "licence", "key")
    thanks = dict.fromkeys((one.attribution, f"[{one.licence}]({one.licence_url})") for one in sources)
    parts = [
        _MADE.format(source="src/logattr/databases/catalog.toml"),
        "# Databases and lists",
        _STORE,
        _AS_OF,
        "## Databases",
        _table(head, database_rows),
        "## Lists",
        _table(head, list_rows),
        _OFFLINE,
        _table(("attribution", "licence"), thanks),
    ]
    return "\n\n".join(parts) + "\n"


def _source_row(one: CatalogSource, about: str) -> tuple[str, ...]:
    kept = "in a clone" if one.git_file else ""
    history = "yes" if one.has_history else "none kept" if one.keep_days is not None else kept
    key = " ".join(f"`{name}`" for name in one.key_env)
    name = f"[`{one.name}`]({one.homepage})"
    return name, about, one.cadence, f"{one.size_mb:g}", history, one.lineage, one.licence, key


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = ([cell.replace("|", r"\|") for cell in row] for row in rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *body))


def _code(text: str) -> str:
    return f"```text\n{text}\n```"


def compiled_page() -> str:
    """The template of the HTML report as a module of Python."""
    return _COMPILED.format(jinja=version("jinja2"), code=page_as_python())


_COMPILED = '''"""The page of the report as Jinja compiled it, so that a report need not.

Written by docs/generate.py from templates/report.html.jinja; change it there.
"""

# ruff: noqa
# mypy: ignore-errors
JINJA = "{jinja}"
{code}
'''
COMPILED_PAGE = Path(__file__).parents[1] / "src" / "logattr" / "report" / "compiled_page.py"

PAGES = {
    "columns.md": columns_page,
    "databases.md": databases_page,
    "findings.md": findings_page,
    "formats.md": formats_page,
}

if __name__ == "__main__":
    for file, page in PAGES.items():
        Path(__file__).with_name(file).write_text(page(), encoding="utf-8")
    COMPILED_PAGE.write_text(compiled_page(), encoding="utf-8")
