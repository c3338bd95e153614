"""Text from a log made harmless for a terminal and for a spreadsheet, in one place."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from logattr.patterns import lazily

if TYPE_CHECKING:
    from typing import Any, Protocol

    import pyarrow as pa

    from logattr.report.cells import Cells

    class Writable(Protocol):
        """Anything with ``write(str)``: an open text file, ``sys.stdout``, ``io.StringIO``."""

        def write(self, text: str, /) -> object: ...


__all__ = ["csv_cell", "iso_times", "json_text", "shorten", "terminal_text", "write_csv"]

LIST_SEPARATOR = " | "

# What a terminal obeys or a reader cannot see. Sources: ECMA-48 (control functions), Unicode Standard
# Annex #9 (bidirectional controls, "Trojan Source" CVE-2021-42574), Unicode general category Cf.
_CONTROLS = "\x00-\x1f"  # C0; ESC starts ANSI sequences
_INVISIBLE = (
    "\x7f-\x9f"  # DEL and C1 control characters; CSI starts ANSI sequences
    "\u00ad\u034f\u061c"  # soft hyphen, grapheme joiner, Arabic letter mark
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers: letters without ink
    "\u180b-\u180e\u200b-\u200f"  # Mongolian selectors, zero-width characters, direction marks
    "\u2028-\u202e\u2060-\u206f"  # line and paragraph separators, bidi embeddings, overrides and isolates
    "\ud800-\udfff"  # surrogates: bytes that were no UTF-8, and no valid output either
    # Byte order mark, annotations, object mark, noncharacters; U+FFFD, the mark of a bad byte, shows.
    "\ufeff\ufff9-\ufffc\ufffe\uffff"
    "\U000e0000-\U000e0fff"  # tags: invisible ASCII
)
_FOR_TERMINALS = lazily(f"[{_CONTROLS}{_INVISIBLE}]")
# JSON escapes C0 itself inside strings; what is left of it is the line feeds between values.
_FOR_JSON = lazily(f"[{_INVISIBLE}]")

# OWASP "CSV Injection": a cell that starts with one of these is a formula. Spreadsheets skip leading
# blanks and read full-width forms (U+FF1D and so on) as the plain ones.
_FORMULA = lazily(
    "[\\s\u200b-\u200f\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62-\ufe66\ufe6b]|[\t\r\n]"
)

_NEEDS_NO_ESCAPE = bytes(set(range(32, 127)) - set(b'",'))


def terminal_text(text: str) -> str:
    r"""Make every character visible that a terminal would obey or a reader would not see.

    Not reversible: a log may itself contain the four characters ``\x1b``. JSON keeps the exact text.

    Parameters
    ----------
    text
        Any text, also with lone surrogates.

    Examples
    --------
    >>> print(terminal_text("a\x1b[31mb\u202ec"))
    a\x1b[31mb\u202ec
    >>> terminal_text("\u8fbd\u5b81") == "\u8fbd\u5b81"
    True
    """
    if text.isascii() and text.isprintable():  # nearly all are, and a search takes longer
        return text
    return _FOR_TERMINALS.sub(_backslash_escape, text)


def _backslash_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def json_text(text: str) -> str:
    r"""Do the same in text that is already JSON, with JSON's own escapes, so that nothing is lost.

    Examples
    --------
    >>> print(json_text('{"a": "\u202e"}'))
    {"a": "\u202e"}
    """
    if text.isascii() and text.isprintable():
        return text
    return _FOR_JSON.sub(_json_escape, text)


def _json_escape(match: re.Match[str]) -> str:
    # RFC 8259, section 7: beyond the Basic Multilingual Plane an escape is a pair of UTF-16 units.
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def shorten(text: str, length: int) -> str:
    """Cut a long text and say how much is left out.

    Examples
    --------
    >>> shorten("abcdefgh", 3)
    'abc… (5 characters more)'
    """
    left_out = len(text) - length
    return text if left_out <= 0 else f"{text[:length]}… ({left_out:,} characters more)"


def csv_cell(value: object) -> str:
    r"""Give one value as the content of a CSV cell that no spreadsheet takes for a formula.

    Text that begins like a formula gets a leading apostrophe and invisible characters become visible
    (RFC 4180 allows none of them); numbers stay numbers, null and NaN become the empty cell.
    Quoting is left to the CSV writer.

    Examples
    --------
    >>> csv_cell('=HYPERLINK("http://example.com")')
    '\'=HYPERLINK("http://example.com")'
    >>> csv_cell(-5), csv_cell("-5"), csv_cell(None), csv_cell(True)
    ('-5', "'-5", '', 'true')
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    text = LIST_SEPARATOR.join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return ("'" if _FORMULA.match(text) else "") + terminal_text(text)


def iso_times(times: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Write times (microseconds, UTC) as ISO 8601 text with Z, and a fraction only where there is one.

    Examples
    --------
    >>> import pyarrow as pa
    >>> iso_times(pa.array([0, 1500000, None], pa.timestamp("us", tz="UTC"))).to_pylist()
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:01.500000Z', None]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    # Without a time zone Arrow asks no time-zone database, which some systems do not have. Its strftime
    # takes thirty times as long as the cast.
    times = times.cast(pa.timestamp("us"))
    seconds = times.cast(pa.timestamp("s"), safe=False)
    exact = pc.equal(seconds.cast(times.type), times)
    text = seconds.cast(pa.string())
    if pc.all(exact).as_py() is False:
        text = pc.if_else(exact, text, times.cast(pa.string()))
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T"), "Z", "")


def write_csv(table: pa.Table, stream: Writable, *, header: bool = True) -> None:
    r"""Write a table as CSV (RFC 4180: CRLF, quotes doubled), batch by batch.

    Parameters
    ----------
    table
        Any table of ``logattr.columns``; lists are joined with ``" | "``, times are ISO 8601 with Z.
    stream
        Open text file; open it with ``newline=""`` or line ends come out twice.
    header
        Whether the first row holds the column names.

    Examples
    --------
    >>> import io, pyarrow as pa
    >>> out = io.StringIO()
    >>> write_csv(pa.table({"path": ["/a", "=1+1", None], "status": [200, -1, None]}), out)
    >>> out.getvalue()
    "path,status\r\n/a,200\r\n'=1+1,-1\r\n,\r\n"
    """
    from logattr.report.cells import Cells, batches_of, joined_rows

    if header:
        stream.write(",".join(_quoted(csv_cell(name)) for name in table.column_names) + "\r\n")
    values = Cells(lambda value: _quoted(csv_cell(value)), "")
    for batch in batches_of(table):
        parts: list[pa.Array | str] = []
        for name, column in zip(table.column_names, batch.columns, strict=True):
            constant = values.constant(name, column)
            parts += [",", _cells(values, name, column) if constant is None else constant]
        if len(parts) == 2:  # a row of one empty cell would be a blank line
            only = parts[1]
            parts[1] = (only or '""') if isinstance(only, str) else _empty_quoted(only)
        stream.write(str(joined_rows([*parts[1:], "\r\n"], batch.num_rows), "utf-8"))


def _quoted(cell: str) -> str:
    """As ``csv.QUOTE_MINIMAL`` does; line ends are escapes already."""
    return '"' + cell.replace('"', '""') + '"' if "," in cell or '"' in cell else cell


def _empty_quoted(cells: Any) -> pa.Array:
    import pyarrow.compute as pc

    return pc.if_else(pc.equal(cells, ""), '""', cells)


def _cells(values: Cells, name: str, column: pa.Array) -> pa.Array:
    """Each cell of a column; texts are escaped once per distinct value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from logattr.report.cells import only_holds

    if pa.types.is_timestamp(column.type):
        return values.filled(iso_times(column))
    if pa.types.is_list(column.type):
        column = pc.binary_join(column.cast(pa.list_(pa.string())), LIST_SEPARATOR)
    # Where nothing but these bytes occurs, only the first of a text can make a formula of a cell.
    if (
        pa.types.is_string(column.type)
        and only_holds(column, _NEEDS_NO_ESCAPE)
        and not pc.any(pc.match_substring_regex(column, pattern=r"\A[\s=+@-]")).as_py()
    ):
        return values.filled(column)
    return values.of(name, column)
