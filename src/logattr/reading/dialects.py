"""Readers of record formats: one dialect per language of ``Format.syntax``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from logattr.errors import FormatError
from logattr.formats.model import Format
from logattr.patterns import lazily
from logattr.reading.headers import csv_header, w3c_header, zeek_header
from logattr.reading.names import Layout, layout_of, meaning
from logattr.reading.records import Columns, Dialect, RecordParser
from logattr.reading.sampled import Sample
from logattr.reading.splitting import split_azure, split_comma_blank, split_csv, split_quoted
from logattr.reading.template import KINDS, Field, Template
from logattr.reading.tokens import Bytes, Encoded, Typed, distinct_rows

__all__ = ["DIALECTS", "may_begin", "may_hold", "record_template"]


def _mapped(column: Encoded | Typed, change: Callable[[bytes | None], bytes | None]) -> Encoded | Typed:
    if isinstance(column, Typed):
        return column
    return Encoded([change(value) for value in column.values], column.codes)


def _native_dates(fields: tuple[Field, ...], columns: tuple[Encoded | Typed, ...]) -> Columns:
    """Dates in the order of a locale as ISO 8601; which order that is, the kind says."""
    changed, out = [], []
    for one, column in zip(fields, columns, strict=True):
        if one.kind in {"month_first", "day_first"}:
            month_first = one.kind == "month_first"
            changed.append(replace(one, kind="strftime:%Y-%m-%d"))
            out.append(_mapped(column, lambda text, order=month_first: _iso(text, order)))  # type: ignore[misc]
        else:
            changed.append(one)
            out.append(column)
    return tuple(changed), tuple(out)


def _iso(text: bytes | None, month_first: bool) -> bytes | None:
    numbers = [int(word) for word in re.split(rb"[/.-]", text or b"") if word]
    if len(numbers) != 3:
        return None
    first, second, third = numbers
    if first > 31:
        return b"%04d-%02d-%02d" % (first, second, third)
    month, day = (first, second) if month_first else (second, first)
    # Two digits as POSIX reads %y: 69 and later are of the last century.
    year = third if third > 99 else third + (1900 if third > 68 else 2000)
    return b"%04d-%02d-%02d" % (year, month, day)


_FORWARDED = lazily(rb"X-FORWARDED-FOR -> (.*?)(?=,[A-Z][A-Z-]+ -> |\Z)", re.DOTALL)


def _zeek(fields: tuple[Field, ...], columns: tuple[Encoded | Typed, ...]) -> Columns:
    """``(empty)`` is nothing; protocol as a protocol; of ``proxied`` only what was forwarded for."""
    out = []
    for one, column in zip(fields, columns, strict=True):
        changed = _without_empty(column)
        if one.column == "protocol":
            changed = _mapped(changed, lambda text: b"HTTP/" + text if text and text[:1].isdigit() else text)
        if one.column == "forwarded":
            changed = _mapped(changed, lambda text: b", ".join(_FORWARDED.findall(text or b"")) or None)
        out.append(changed)
    return fields, tuple(out)


def _without_empty(column: Encoded | Typed) -> Encoded | Typed:
    if isinstance(column, Encoded) and isinstance(column.values, Bytes):
        values = column.values
        empty = pc.equal(values.array, pa.scalar(b"(empty)", pa.binary()))
        if not pc.any(empty).as_py():
            return column
        array = pc.if_else(empty, pa.scalar(None, pa.binary()), values.array)
        return Encoded(Bytes(array, values.marks), column.codes)
    return _mapped(column, lambda text: None if text == b"(empty)" else text)


def _azure(fields: tuple[Field, ...], columns: tuple[Encoded | Typed, ...]) -> Columns:
    """The container out of the object, ``/account/container/blob``; who the token names, if it does."""
    by_name = {one.column or one.name: column for one, column in zip(fields, columns, strict=True)}
    container = _mapped(by_name["object_key"], lambda text: [*(text or b"").split(b"/", 3), b"", b"", b""][2])
    fields, columns = (*fields, Field("container", "bucket", "text")), (*columns, container)
    account, name = by_name["user"], by_name.get("user-principal-name")
    if not isinstance(account, Encoded) or not isinstance(name, Encoded):
        return fields, columns
    pairs, codes = distinct_rows([account, name], len(account.codes))
    who = Encoded([named or requester for requester, named in pairs], codes)
    kept = tuple(replace(one, column=None) if one.column == "user" else one for one in fields)
    return (*kept, Field("requester", "user", "text")), (*columns, who)


def _proxy(fields: tuple[Field, ...], columns: tuple[Encoded | Typed, ...]) -> Columns:
    """The query without its mark, which ProxySG writes where it logs ``cs-uri-path``."""
    if all(one.name.lower() != "cs-uri-path" for one in fields):
        return fields, columns
    return fields, tuple(
        _mapped(column, lambda text: text and text.removeprefix(b"?")) if one.column == "query" else column
        for one, column in zip(fields, columns, strict=True)
    )


# Language of Format.template -> how its rows and headers are written.
_DIALECTS: dict[str, Dialect] = {
    "w3c": Dialect(b" ", split_quoted, (b'"', b"\t"), (b"#",), w3c_header, mends=True, refine=_proxy),
    "iis": Dialect(b" ", None, (), (b"#",), w3c_header, mends=True),
    "w3c_tabs": Dialect(b"\t", None, (), (b"#",), w3c_header),
    "zeek": Dialect(b"\t", None, (), (b"#",), zeek_header, refine=_zeek),
    "gcs_csv": Dialect(
        split=split_csv,
        marks=(b'"time_micros"', b"time_micros,", b'"bucket","storage', b"bucket,storage"),
        header=csv_header,
    ),
    "iis_native": Dialect(None, split_comma_blank, refine=_native_dates),
    "azure": Dialect(None, split_azure, refine=_azure),
}
# Columns whose values show, where no header says it, that a row is of one layout and not of another.
_ANCHORS: dict[str, dict[str, tuple[str | None, str]]] = {
    "iis": {
        "c-ip": ("client", "address_or_nothing"),
        "s-ip": (None, "address_or_nothing"),
        "cs-method": ("method", "verb"),
    }
}
_SEPARATORS = {"w3c_tabs": "\t", "zeek": "\t", "gcs_csv": ",", "iis_native": ", ", "azure": ";"}
DIALECTS = tuple(_DIALECTS)
_BEGINS_WITH_DATE = lazily(rf"(?:{KINDS['w3c_date']})?(?:[ \t]|\Z)".encode())
# A quote may stand before a time, and a blank where a value is missing.
_BEGINS_WITH_DATE_AND_TIME = lazily(
    rf"(?:{KINDS['w3c_date']})?(?:\Z|[ \t](?:{KINDS['w3c_time']})?(?:[ \t\"]|\Z))".encode()
)


def may_hold(format_: Format, sample: Sample) -> bool:
    """Whether one of some lines may be a header or a row of a format: necessary, quick, and not sufficient.

    Examples
    --------
    >>> from logattr.formats import FORMATS
    >>> sample = Sample([b"2024-01-10 08:01:02 GET /"])
    >>> [may_hold(FORMATS[name], sample) for name in ("iis", "w3c", "cloudfront")]
    [False, False, False]
    """
    if sample.begins(_DIALECTS[format_.syntax].marks):
        return True
    return may_begin(format_, sample)


def may_begin(format_: Format, sample: Sample, share: float = 1.0) -> bool:
    """Whether one of some lines may be a share of a format's rows that need no header."""
    fewest, begin = _of_rows(format_)
    if not fewest or (begin is not None and not any(map(begin.match, sample.heads))):
        return False
    mark = _SEPARATORS.get(format_.syntax, " ").encode()
    return sample.most(mark) + 1 >= share * fewest


@cache
def _of_rows(format_: Format) -> tuple[int, re.Pattern[bytes] | None]:
    """Least number of columns of rows without a header, 0: there are none; and how all of them begin."""
    rows = [
        line.split() for line in format_.template.replace(",", " ").splitlines() if line[:1] not in {"[", ""}
    ]
    begin = _BEGINS_WITH_DATE if all(row[0] == "date" for row in rows) else None
    if all(row[:2] == ["date", "time"] for row in rows):
        begin = _BEGINS_WITH_DATE_AND_TIME
    return min(map(len, rows), default=0), begin


def record_template(format_: Format) -> tuple[Template, RecordParser]:
    """The fields and a fresh parser of a record format.

    Raises
    ------
    FormatError
        If a kind is unknown, or no column is named.
    """
    template, layouts, declared = _described(format_)
    return template, RecordParser(_DIALECTS[format_.syntax], layouts, dict(declared), escapes=format_.escapes)


@cache
def _described(
    format_: Format,
) -> tuple[Template, tuple[Layout, ...], tuple[tuple[str, tuple[str | None, str]], ...]]:
    """Template, layouts before any header, and what the format declares of names.

    Its template is a list of column names, ``name``, ``name:kind`` or ``name:kind=column``, separated by
    blanks or commas: what rows mean before, or without, a header. Several lines are several layouts, told
    apart by their number of columns. A line in brackets lists names that a header may use, no row.
    """
    layouts: list[Layout] = []
    declared: dict[str, tuple[str | None, str]] = {}
    usual: list[str] = []
    for line in format_.template.splitlines():
        words = re.split(r"[\s,]+", re.sub(r"(?i)^\s*#fields\s*:", "", line).strip("[] \t,"))
        names = [_declare(word, declared, format_) for word in words if word]
        usual = usual or names
        if names and not line.startswith("["):
            layouts.append(layout_of(names, {**declared, **_ANCHORS.get(format_.syntax, {})}))
    if not usual:
        raise FormatError(
            f"the list of columns {format_.template!r}", "names of columns", "'#Fields: date time c-ip'"
        )
    items: list[str | Field] = []
    for one in layout_of(usual, declared).fields:
        items += [_SEPARATORS.get(format_.syntax, " "), one] if items else [one]
    template = Template(tuple(items), format_.escapes)
    return template, tuple(layouts), tuple(declared.items())


def _declare(text: str, declared: dict[str, tuple[str | None, str]], format_: Format) -> str:
    """Note what a name of a template states beside itself, and give the name alone."""
    name, _, rest = text.partition(":")
    kind, _, column = rest.partition("=")
    if kind and kind not in KINDS:
        raise FormatError(
            f"the column {text!r} of the format {format_.name}",
            f"a name, or name:kind with a kind of {', '.join(KINDS)}",
            "time-taken:milliseconds",
        )
    if rest:
        known, usual, _ = meaning(name)
        declared[name.lower()] = (column or known, kind or usual)
    return name
