"""From a template to a program for the kernel: one row of numbers per field, or nothing.

A field can be read by the kernel where the first byte that may follow it ends it, so that one look
at each byte is enough, or where its text has a fixed form. Everything else the reference parser
knows (texts that may hold the byte that ends them, kinds that need looking ahead) has no program,
and such templates are read by the reference parser alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from logattr.reading.operations_text import MODES, OUTCOMES
from logattr.reading.reference import field_pattern, neighbours
from logattr.reading.template import KINDS, Field, Template

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

__all__ = ["HOW", "WHAT", "Program", "compile_program", "compile_row", "fills"]

# How the kernel finds the end of a field.
HOW = {
    name: number
    for number, name in enumerate(
        (
            "to_stop",  # up to a byte, or the end of the line
            "in_quotes",  # up to the quote; a backslash and what follows it stand together
            "quoted",  # quotes and all, or `-`
            "integer",
            "natural",
            "status",
            "decimal",
            "clf",
            "clf_bracketed",
            "iso8601",
            "epoch",
            "date",
            "time_of_day",
        )
    )
}
# What becomes of its text.
WHAT = {name: number for number, name in enumerate(("nothing", "text", "integer", "real", "time"))}

_END_OF_LINE = 0x0A  # no line holds its own end
# Kinds that never match what stands here; a kind of words matches none of the bytes that separate them.
_EXCLUDED = {
    "word": ' "',
    "client_behind_host": " ",
    "token": " ",
    "client_and_port": " ",
    "client_or_nothing": " ",
    "between_slashes": ' "/',
    "between_bars": "|",
    "unquoted": '"',
    **dict.fromkeys(
        (
            *("hex", "method", "request_id_16", "dotted", "squid_result", "samba_operation"),
            *("connection_status", "integer_or_more", "status_or_zero"),
            *("millisecond_fraction", "microsecond_fraction"),
        ),
        " \"/|,;()[]{}'\t",
    ),
}
_FREE = frozenset({"text", "client", "request"})
# Numbers that fill these columns leave the kernel as numbers, the others as texts.
_COLUMN_KINDS = {
    "bytes_sent": {"integer"},
    "bytes_received": {"integer"},
    "status": {"status"},
    "duration_ms": {"seconds", "milliseconds", "microseconds", "padded"},
}
#: The byte that begins an escape, by dialect; 0 where nothing is escaped.
ESCAPE_BYTES = {
    **dict.fromkeys(("apache", "nginx", "json", "quotes", "octal"), ord("\\")),
    "haproxy": ord("#"),
    "percent": ord("%"),
    "html": ord("&"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """What the kernel runs for one template.

    Parameters
    ----------
    fields
        The template's fields.
    how, what
        Per field a value of :data:`HOW` and of :data:`WHAT`.
    stop
        The byte that ends a text.
    least
        Least length of a text; of a number 1 where blanks may stand before it, of a time 1 where it is
        in UTC if it does not say otherwise.
    digits
        Most digits of a number.
    may_be_empty
        Whether a number may be missing altogether, as nginx's ``escape=json`` writes it.
    literals, literal_ends
        What stands before each field, and at last behind the last one, one after the other.
    literal_words, literal_masks
        The first eight bytes of each, and which of them there are.
    optional_from
        Number of the field from which fields may be missing at the end of the line.
    escape
        The byte that begins an escape; 0: none does.
    checks
        Patterns that the distinct texts of a field must match; null: any text will do.
    """

    fields: tuple[Field, ...]
    how: NDArray[np.int64]
    what: NDArray[np.int64]
    stop: NDArray[np.uint8]
    least: NDArray[np.int64]
    digits: NDArray[np.int64]
    may_be_empty: NDArray[np.bool_]
    literals: NDArray[np.uint8]
    literal_ends: NDArray[np.int64]
    literal_words: NDArray[np.uint64]
    literal_masks: NDArray[np.uint64]
    optional_from: int
    escape: int
    checks: tuple[re.Pattern[bytes] | None, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """One field's row."""

    how: str
    stop: int = _END_OF_LINE
    least: int = 0
    digits: int = 0
    check: str | None = None


# Kinds whose text says by itself where it ends.
_OF_FIXED_FORM = {
    "status": _Step("status"),
    "integer": _Step("integer", digits=18),
    "microseconds": _Step("integer", digits=18),
    "padded": _Step("integer", least=1, digits=15),
    "seconds": _Step("decimal", digits=12),
    "milliseconds": _Step("decimal", digits=15),
    "clf": _Step("clf"),
    "clf_bracketed": _Step("clf_bracketed"),
    "iso8601": _Step("iso8601"),
    "iso8601_utc": _Step("iso8601", least=1),
    "epoch_seconds": _Step("epoch", digits=11),
    "epoch_milliseconds": _Step("natural", digits=14),
    "epoch_microseconds": _Step("natural", digits=17),
}
_WITH_BLANKS = frozenset({"padded", "clf", "clf_bracketed", "iso8601", "iso8601_utc"})
_PARTS_OF_TIME = {"w3c_date": _Step("date"), "w3c_time": _Step("time_of_day")}
_TIMES = frozenset(kind for kind in _OF_FIXED_FORM if kind.startswith(("clf", "iso8601", "epoch")))


def compile_program(template: Template, columns: AbstractSet[str] | None = None) -> Program | None:
    """The program of a template; null where it has none.

    Parameters
    ----------
    template
        Literals and fields.
    columns
        Events columns that are wanted; null: all.

    Examples
    --------
    >>> from logattr.reading.template import parse_template
    >>> program = compile_program(parse_template('{client} "{request}" {status}', escapes="nginx"))
    >>> [list(HOW)[how] for how in program.how]
    ['to_stop', 'in_quotes', 'status']
    >>> compile_program(parse_template("{path:path} {status}")) is None
    True
    """
    steps: list[_Step] = []
    literals = [""]
    optional_from = len(template.fields)
    for index, item in enumerate(template.items):
        if index == template.optional_from:
            optional_from = len(steps)
        if isinstance(item, str):
            literals[-1] += item
            continue
        if not _separated(template, index):
            return None
        step = _step(template, index, item)
        if step is None:
            return None
        steps.append(step)
        literals.append("")
    if template.optional_from is not None and not _optional_part_is_plain(template):
        return None
    what = [
        _outcome(field, step, template.fields, columns)
        for field, step in zip(template.fields, steps, strict=True)
    ]
    return _program(
        template.fields,
        steps,
        what,
        literals,
        escapes=template.escapes,
        may_be_empty=template.escapes in {"json", "none"},
        optional_from=optional_from,
    )


def compile_row(
    fields: Sequence[Field],
    separator: str,
    escapes: str,
    columns: AbstractSet[str] | None = None,
    *,
    needs_date: bool = False,
) -> Program | None:
    """The program of rows in which one byte, and nothing else, separates the fields; null: they have none.

    Dates and times of W3C logs leave it as microseconds, each by itself.

    Parameters
    ----------
    fields
        One per column.
    separator
        The byte.
    escapes
        How the writer escapes texts.
    columns
        Events columns that are wanted; null: all.
    needs_date
        Whether the date of the rows stands elsewhere.

    Examples
    --------
    >>> from logattr.reading.names import layout_of
    >>> fields = layout_of(["date", "time", "cs-method"]).fields
    >>> program = compile_row(fields, " ", "none")
    >>> [list(HOW)[how] for how in program.how], [list(WHAT)[what] for what in program.what]
    (['date', 'time_of_day', 'to_stop'], ['time', 'time', 'text'])
    """
    if separator == " " and any(field.kind in _WITH_BLANKS for field in fields):
        return None
    kinds = sorted(field.kind for field in fields if field.column == "time")
    parted = kinds == (["w3c_time"] if needs_date else ["w3c_date", "w3c_time"])
    steps, what = [], []
    for field in fields:
        is_part = parted and field.column == "time"
        step = _PARTS_OF_TIME[field.kind] if is_part else _OF_FIXED_FORM.get(field.kind)
        if step is None:
            pattern = KINDS["w3c_date" if field.kind.startswith("strftime:") else field.kind]
            step = _Step("to_stop", ord(separator), check=f"(?:{pattern})?" if pattern else None)
        steps.append(step)
        what.append("time" if is_part else _outcome(field, step, fields, columns))
    literals = ["", *[separator] * (len(fields) - 1), ""]
    return _program(tuple(fields), steps, what, literals, escapes=escapes, may_be_empty=True)


def _program(
    fields: tuple[Field, ...],
    steps: Sequence[_Step],
    what: Sequence[str],
    literals: Sequence[str],
    *,
    escapes: str,
    may_be_empty: bool,
    optional_from: int | None = None,
) -> Program:
    encoded = [text.encode() for text in literals]
    patterns = [re.compile(step.check.encode(), re.DOTALL) if step.check else None for step in steps]
    return Program(
        fields=fields,
        how=np.array([HOW[step.how] for step in steps], np.int64),
        what=np.array([WHAT[one] for one in what], np.int64),
        stop=np.array([step.stop for step in steps], np.uint8),
        least=np.array([step.least for step in steps], np.int64),
        digits=np.array([step.digits for step in steps], np.int64),
        may_be_empty=np.full(len(steps), may_be_empty),
        literals=np.frombuffer(b"".join(encoded) or b"\0", np.uint8).copy(),
        literal_ends=np.cumsum([len(text) for text in encoded]).astype(np.int64),
        literal_words=np.array([_as_word(text[:8]) for text in encoded], np.uint64),
        literal_masks=np.array([_as_word(b"\xff" * len(text[:8])) for text in encoded], np.uint64),
        optional_from=len(fields) if optional_from is None else optional_from,
        escape=ESCAPE_BYTES.get(escapes, 0),
        checks=tuple(patterns),
    )


def _as_word(text: bytes) -> int:
    """Up to eight bytes as the kernel loads them."""
    return int.from_bytes(text.ljust(8, b"\0"), sys.byteorder)


def _separated(template: Template, index: int) -> bool:
    """Whether the field before ends by itself, at a literal, or where this one begins."""
    before = template.items[index - 1] if index else ""
    field = template.items[index]
    if isinstance(before, str) or before.kind in {"clf", "clf_bracketed"}:
        return True
    return isinstance(field, Field) and field.kind == "tail"


def _optional_part_is_plain(template: Template) -> bool:
    """Whether literals and fields take turns there, and the field before it ends by itself."""
    start = template.optional_from or 0
    part = template.items[start:]
    if isinstance(part[-1], Field) and part[-1].kind == "tail":
        part = part[:-1]
    turns = all(isinstance(item, Field if index % 2 else str) for index, item in enumerate(part))
    return turns and len(part) % 2 == 0 and start > 0 and isinstance(template.items[start - 1], Field)


def _step(template: Template, index: int, field: Field) -> _Step | None:
    """How the kernel reads one field; null where it cannot."""
    before, after = neighbours(template.items, index)
    if field.kind in _OF_FIXED_FORM or not after[:1].isascii():
        return _OF_FIXED_FORM.get(field.kind)
    stop = ord(after[0]) if after else _END_OF_LINE
    pattern = field_pattern(template, index, "strict")
    inside = before.endswith('"') and after.startswith('"')
    backslash = template.escapes in {"apache", "nginx", "json", "quotes"}
    step: _Step | None = None
    if field.kind == "quoted":
        step = _Step("quoted", digits=int(backslash))
    elif field.kind in _FREE and inside:
        step = _Step("in_quotes" if backslash else "to_stop", ord('"'))
    elif field.kind == "client" and not after.startswith("]"):
        # Behind anything but a blank the shortest address that fits is the one.
        step = _Step("to_stop", stop, 1, check=pattern)
    elif field.kind in _FREE and after and before.endswith('"'):
        step = _Step("to_stop", stop, check=pattern)
    elif field.kind in _FREE:
        step = _Step("to_stop", stop, int(after[:1] == " " and template.escapes != "none"))
    elif (field.kind == "tail" and not after) or _excluded(field.kind, chr(stop)):
        step = _Step("to_stop", stop, check=pattern)
    return step


def _excluded(kind: str, stop: str) -> bool:
    """Whether no text of a kind holds the byte that ends it."""
    if kind.startswith("="):
        return stop not in kind[1:].replace("|", "")
    # The shortest host name that fits is the one: up to the first such byte.
    return kind == "host" or (kind in _EXCLUDED and (stop in _EXCLUDED[kind] or stop == "\n"))


def _outcome(field: Field, step: _Step, fields: Sequence[Field], columns: AbstractSet[str] | None) -> str:
    """What becomes of a field's text."""
    if field.column == "time":
        alone = sum(one.column == "time" for one in fields) == 1
        return "time" if alone and field.kind in _TIMES else "text"
    wanted = columns is None or fills(field, columns)
    if not wanted and step.check is None:
        return "nothing"
    # A status is a number where it cannot be anything else, and no other number is taken for one.
    is_number = field.kind in _COLUMN_KINDS.get(field.column or "", ())
    return ("real" if field.column == "duration_ms" else "integer") if is_number else "text"


#: Events columns that come of a field with this column.
_FILLED = {
    "request": {"method", "target", "path", "query", "protocol", "action"},
    "client": {"client_ip", "client_raw", "client_host", "client_rule", "peer_ip"},
    "peer": {"client_ip", "client_host", "client_rule", "peer_ip"},
    "forwarded": {"forwarded", "client_ip", "client_rule"},
}


def fills(field: Field, columns: AbstractSet[str]) -> bool:
    """Whether one of some events columns comes of a field."""
    if field.column is None:
        # An operation can have an outcome or a mode beside it, see logattr.reading.operations_text.
        return "extra" in columns or field.name in OUTCOMES or field.name in MODES
    if field.column in {
        "operation",
        "method",
        "path",
        "target",
        "query",
        "object_key",
        "bucket",
        "transferred",
    }:
        return True
    return not _FILLED.get(field.column, {field.column}).isdisjoint(columns)
