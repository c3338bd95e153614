"""A format string becomes a list of literals and fields; this is what both parsers are driven by.

The own syntax writes fields as ``{name}`` or ``{name:kind}`` between literal text; the kind
``=OK|FAIL`` lists the words that can stand there. ``{?}`` marks the
place from which fields may be missing at the end of a line, and ``{tail}`` at the end takes whatever
well-formed fields follow. Apache's and nginx's own strings are translated by
:mod:`logattr.reading.apache` and :mod:`logattr.reading.nginx` into the same list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from logattr.columns import EVENTS
from logattr.errors import FormatError

__all__ = [
    "FIXED_KINDS",
    "KINDS",
    "PSEUDO_COLUMNS",
    "STARTS",
    "Field",
    "Template",
    "append_literal",
    "check_unambiguous",
    "kind_pattern",
    "one_field_per_column",
    "parse_template",
]

_CLF = r"\d{2}/[A-Za-z]{3}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}"
_ISO = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?"
_ADDRESS = (
    r"\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?"
    r"|\[?[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]?(?::\d{1,5})?"
)
# Dates as a locale writes them.
_MONTH, _DAY, _YEAR = "(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])", r"(?:\d{4}|\d{2})"
_YEAR_FIRST = rf"\d{{4}}[/.-]{_MONTH}[/.-]{_DAY}"

# kind -> the pattern of its text. Empty: free text, which ends where the literal behind it begins.
# Numbers stay below 10**18, so that they fit into 64 bits.
KINDS: dict[str, str] = {
    "text": "",
    "client": "",
    # Behind a virtual host: `-` there is the log name of a line that has no virtual host, and a name with
    # a port is a virtual host behind the client's address, for no client's name comes with its port.
    "client_behind_host": r"(?!-(?: |\Z)|(?![\d.]+:)[^ :]+:\d{1,5}(?: |\Z))[^ ]+",
    "word": '[^ "]+',
    "host": '[^ ,"]+?',
    "request": "",
    "query": r'(?:\?(?:[^ "\\]|\\.)*)?',
    "quoted": "",
    "integer": r"-?\d{1,18}|-",
    "status": r"\d{3}|-",
    # Of a writer that escapes no quotes: behind the first status stands no end of a request with another.
    # Caddy and others write 0 where nothing was sent.
    "only_status": r'(?!.*HTTP/\d(?:\.\d)?" (?:\d{3}|-) )(?:\d{3}|0|-)',
    "hex": "[0-9A-Fa-f]+|-",
    "seconds": r"-?\d{1,12}(?:\.\d{1,9})?|-",
    "milliseconds": r"-?\d{1,15}(?:\.\d{1,9})?|-",
    "microseconds": r"-?\d{1,18}|-",
    "request_id_16": "[0-9A-Z]{16}|-",
    "request_id_32": "[0-9A-F]{32}|-",
    "clf": _CLF,
    "clf_bracketed": rf"\[{_CLF}\]|-",
    "iso8601": f"{_ISO}|-",
    "epoch_seconds": r"\d{1,11}(?:\.\d{1,9})?|-",
    "epoch_milliseconds": r"\d{1,14}|-",
    "epoch_microseconds": r"\d{1,17}|-",
    "w3c_date": r"\d{4}-\d{2}-\d{2}|-",
    "w3c_time": r"\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?|-",
    "local_time": r"\d{1,2}:\d{2}:\d{2}(?:\.\d{1,9})?|-",
    "month_first": rf"(?:{_MONTH}[/.-]{_DAY}[/.-]{_YEAR})|{_YEAR_FIRST}|-",
    "day_first": rf"(?:{_DAY}[/.-]{_MONTH}[/.-]{_YEAR})|{_YEAR_FIRST}|-",
    "millisecond_fraction": r"\d{3}|-",
    "microsecond_fraction": r"\d{6}|-",
    "connection_status": "[-+X]",
    "tail": "",
    # Kinds of servers and proxies other than Apache and nginx.
    "token": "[^ ]+",
    "path": ".+",  # blanks and all, up to the last place where the rest of the line fits
    "client_and_port": "[^ ]+",
    "method": "[A-Z]+(?:[-_][A-Z]+)*|-",
    "between_slashes": '[^ "/]+',
    "list": r'[^ ,"]++(?:(?:, | : )[^ ,"]++)*+',  # nginx: one entry per upstream that was tried
    "client_list_or_nothing": r"(?:[^ ,\(\)]+(?:, ?[^ ,\(\)]+)*)?",  # uWSGI with log-x-forwarded-for
    # gunicorn behind a Unix socket; brackets stand around IPv6 addresses alone.
    "client_or_nothing": r'(?:(?:\[[0-9A-Fa-f:.%]*\]|[^ \["])[^ ]*)?',
    "name": r'[^ "\[\]]+',
    "dotted": r"[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)+(?::\d+)?",
    "integer_or_more": r"[+-]?\d{1,18}|-",  # HAProxy with `option logasap`: a plus, for it was not over
    "padded": r" *-?\d{1,15}|-",  # Squid aligns the elapsed time to the right
    "status_or_zero": r"\d{3}|-1|0|-",
    "captures": r"(?: \{[^{}]*\}){0,2}",  # HAProxy: captured headers of request and response
    "unquoted": '[^"]*',
    "squid_result": "[A-Z_]+:[A-Z_0-9]+",
    "between_bars": r"[^|]*",
    "samba_operation": "[a-z_]+",
    "samba_result": r"ok|fail \([^)]*\)",
    # What syslog (RFC 3164) puts before a message: priority, time without year, host, tag.
    "syslog": r"(?:(?:(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} [^ ]+ )?[\w.-]+(?:\[\d+\])?: )?",
    "syslog_host": r"(?:(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} [^ ]+ )?",
    "clf_local": r"\d{2}/[A-Za-z]{3}/\d{4}:\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?: [+-]\d{4})?",
    "clf_wrong_sign": _CLF,  # Pure-FTPd: the offset of UTC+1 is written -0100
    "ctime": r"[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} \d{4}",
    "iso8601_utc": f"{_ISO}|-",
    # Any spelling that timestamps.py knows for a CLF or ISO 8601 time, offset or none.
    "timestamp": r" ?\d{1,2}/[A-Za-z]{3}/\d{4}[: ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?"
    rf"(?: ?(?:[+-]\d{{2}}:?\d{{2}}|Z|UTC|GMT))?|{_ISO}",
    "address": _ADDRESS,
    "address_or_nothing": f"{_ADDRESS}|-",
    "address_list": rf"(?:{_ADDRESS})(?:, ?(?:{_ADDRESS}|unknown))+",  # two at least
    "address_or_name": rf"{_ADDRESS}|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+|-|unknown|",
    "host_name": r"-|[*_](?::\d{1,5})?|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?(?::\d{1,5})?",
    "dotted_name": r"(?![\d.]+(?::\d+)? )[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+\.?(?::\d{1,5})?",
    "colour": r"(?:\x1b\[\d+m)+",  # ECMA-48 section 8.3.117, SGR
    "verb": r"(?:\[\d*\])?[A-Za-z][A-Za-z_-]*|-",
    "url_or_nothing": r'(?:-|[A-Za-z][\w+.-]*:(?:[^"\\]|\\.)*|)',
    "product": r'[A-Za-z][\w.+-]*/[\w.](?:[^"\\]|\\.)*',  # RFC 9110, section 10.1.5: curl/8.5
}
# Kinds whose text says by itself where it ends, so that nothing has to stand behind them.
FIXED_KINDS = frozenset(
    {
        "status",
        "clf",
        "clf_bracketed",
        "request_id_16",
        "request_id_32",
        "colour",
        "millisecond_fraction",
        "microsecond_fraction",
        "connection_status",
        "clf_wrong_sign",
        "syslog",
        "syslog_host",
    }
)
# Kinds that begin with a character of their own, so that nothing has to stand before them.
STARTS = {"query": "?", "clf_bracketed": "[", "tail": " ", "captures": " "}

_KIND_OF_COLUMN = {
    "client": "client",
    "status": "status",
    "bytes_sent": "integer",
    "bytes_received": "integer",
    "transferred": "integer",
    "request": "request",
    "time": "clf",
    "duration_ms": "milliseconds",
    "ident": "word",
    "tail": "tail",
}
# Fields that fill several columns: `transferred` is bytes sent by a read and bytes received by a write.
PSEUDO_COLUMNS = frozenset({"client", "request", "peer", "transferred"})
_COLUMNS = {column.name for column in EVENTS} | PSEUDO_COLUMNS


@dataclass(frozen=True, slots=True)
class Field:
    """One value in a line.

    Parameters
    ----------
    name
        As the format string writes it: ``%{Referer}i``, ``$status``, ``bucket``.
    column
        Where the value goes: an events column, ``client``, ``peer`` or ``request`` (which fill
        several), or null for the column ``extra`` under ``name``.
    kind
        Key of :data:`KINDS`, ``strftime:`` with a strftime string, or ``=`` with the words that can
        stand there: ``=OK|FAIL``.
    position
        Where the field begins in the format string, counted from 1; for error messages.
    """

    name: str
    column: str | None
    kind: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    """Literals and fields in the order of the line.

    ``optional_from`` is the index of the first item that may be missing at the end of a line.
    """

    items: tuple[str | Field, ...]
    escapes: str = "none"
    optional_from: int | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields alone."""
        return tuple(item for item in self.items if isinstance(item, Field))


def parse_template(text: str, *, escapes: str = "none") -> Template:
    """Read a template in this package's own syntax.

    Parameters
    ----------
    text
        Literal text with ``{name}`` or ``{name:kind}``; ``{{`` and ``}}`` are braces.
    escapes
        The dialect of escaping of the writer.

    Raises
    ------
    FormatError
        If a field is not closed, its kind is unknown, or the template could not be parsed back.

    Examples
    --------
    >>> parse_template('{client} [{time:clf}] {status}').items[0]
    Field(name='client', column='client', kind='client', position=1)
    """
    items: list[str | Field] = []
    optional_from = None
    for match in re.finditer(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+", text):
        whole, inside = match[0], match[1]
        if inside is None:
            if whole in "{}":
                raise FormatError(
                    f"a single {whole!r} at position {match.start() + 1} of the template {text!r}",
                    "fields such as {client}",
                    "{{ and }} for literal braces",
                )
            append_literal(items, {"{{": "{", "}}": "}"}.get(whole, whole))
        elif inside == "?":
            optional_from = len(items)
        else:
            items.append(_own_field(inside, match.start() + 1, text))
    template = Template(tuple(items), escapes, optional_from)
    check_unambiguous(template, text)
    return template


def _own_field(inside: str, position: int, text: str) -> Field:
    name, kind = inside.partition(":")[0], kind_of(inside)
    if not name or (kind not in KINDS and not kind.startswith(("strftime:", "="))):
        raise FormatError(
            f"the field {{{inside}}} at position {position} of the template {text!r}",
            f"{{name}} or {{name:kind}} with a kind of {', '.join(KINDS)}, strftime:… or =WORD|WORD",
        )
    if kind.startswith("strftime:"):
        from logattr.reading.times import strftime_pattern

        strftime_pattern(kind.removeprefix("strftime:"))  # raises where it cannot be read
    return Field(name, name if name in _COLUMNS else None, kind, position)


def kind_of(inside: str) -> str:
    """Kind of a field after what stands between its braces; one that states none has that of its column.

    Examples
    --------
    >>> kind_of("status"), kind_of("took:seconds"), kind_of("bucket")
    ('status', 'seconds', 'text')
    """
    name, _, kind = inside.partition(":")
    return kind or _KIND_OF_COLUMN.get(name, "text")


def kind_pattern(kind: str) -> str:
    r"""Pattern of a kind of fixed form; empty for free text and for times of strftime strings.

    Examples
    --------
    >>> kind_pattern("=OK|FAIL"), kind_pattern("status")
    ('OK|FAIL', '\\d{3}|-')
    """
    if kind.startswith("="):
        return "|".join(map(re.escape, kind[1:].split("|")))
    return KINDS.get(kind, "")


def append_literal(items: list[str | Field], text: str) -> None:
    """Add literal text, joined with a literal that stands right before it."""
    if items and isinstance(items[-1], str):
        items[-1] += text
    elif text:
        items.append(text)


def one_field_per_column(items: Sequence[str | Field], ranks: Sequence[int]) -> tuple[str | Field, ...]:
    """Let the best-ranked field fill each column; the others keep their text in ``extra``.

    Parts of a time that share the best rank make one time together. Where nothing names a client, the
    peer, or else the forwarded list, is all there is, and becomes the client.

    Parameters
    ----------
    items
        Literals and fields.
    ranks
        One number per field; the lowest fills a column, the first of equals.
    """
    fields = [item for item in items if isinstance(item, Field)]
    best: dict[str, int] = {}
    for field, rank in zip(fields, ranks, strict=True):
        if field.column is not None:
            best[field.column] = min(rank, best.get(field.column, rank))
    stand_in = (
        None if "client" in best else next((name for name in ("peer", "forwarded") if name in best), None)
    )
    taken: set[str] = set()
    assigned: list[Field] = []
    for field, rank in zip(fields, ranks, strict=True):
        column = field.column
        if column is not None and (rank != best[column] or (column in taken and column != "time")):
            column = None
        taken.add(column or "")
        assigned.append(replace(field, column="client" if column and column == stand_in else column))
    following = iter(assigned)
    return tuple(item if isinstance(item, str) else next(following) for item in items)


def check_unambiguous(template: Template, text: str) -> None:
    """Refuse a template whose lines could be read in more than one way.

    Two free texts need a literal between them; a line break would spread a record over lines.

    Raises
    ------
    FormatError
        With the position of the field that cannot be told from its neighbour.
    """
    if not template.fields:
        raise FormatError(
            f"the format string {text!r} has no fields",
            "Apache directives such as %h, nginx variables such as $remote_addr, or {client}",
            "`logattr formats` for the names of known formats",
        )
    for item in template.items:
        if isinstance(item, str) and "\n" in item:
            raise FormatError(
                f"the format string {text!r} holds a line break",
                "one record per line",
                "a format that keeps each record on one line",
            )
    for left, right in zip(template.items, template.items[1:], strict=False):
        if isinstance(left, str) or isinstance(right, str):
            continue
        fixed = left.kind in FIXED_KINDS or left.kind.startswith("strftime:")
        if not (fixed or right.kind in STARTS):
            raise FormatError(
                f"nothing separates {left.name} from {right.name} at position {right.position} "
                f"of the format {text!r}, so a line could be read in more than one way",
                "a literal between two values of open length",
            )
