"""How the first lines of a log parse with a format: for whoever writes one."""

from __future__ import annotations

from typing import IO, Any

from logattr.reading.readers import reader_for
from logattr.reading.scan import ReadOptions, Scan
from logattr.report.escape import iso_times, shorten, terminal_text

__all__ = ["check_page"]

LINES_SHOWN = 10
_WIDTH = 200  # characters of a value
_LEFT_OUT = frozenset({"source", "line", "offset", "format"})


def check_page(format_: str, log: str, *, stdin: IO[bytes] | None = None) -> str:
    """The first lines of a log, each with the columns that a format reads from it, or why it reads none.

    Parameters
    ----------
    format_
        Name, format string, or a file as :mod:`logattr.formats.userfile` describes it.
    log
        Path, or ``-`` for ``stdin``.
    stdin
        Stream that ``-`` means.

    Raises
    ------
    FormatError, SourceError
        If the format or the log cannot be read.
    """
    scan = Scan(log, ReadOptions(format=format_), stdin=stdin)
    for block, batch in scan.with_blocks():
        events = batch.events.set_column(
            batch.events.schema.get_field_index("time"), "time", iso_times(batch.events["time"])
        )
        rows = events.slice(0, LINES_SHOWN).to_pylist() + batch.rejects.slice(0, LINES_SHOWN).to_pylist()
        rows = sorted(rows, key=lambda row: int(row["offset"]))[:LINES_SHOWN]
        if not rows:
            continue
        shown = "\n\n".join(_shown(row, block.text_at(row["offset"])) for row in rows)
        return (
            f"{shown}\n\n{len(batch.events):,} of the first {batch.lines - batch.blank:,} lines are read "
            f"as {reader_for(format_).format.name}"
        )
    return "no line in this log"


def _shown(row: dict[str, Any], text: bytes) -> str:
    line = shorten(text[: _WIDTH * 4].decode("utf-8", "backslashreplace"), _WIDTH)
    head = f"line {row['line']}: {terminal_text(line)}"
    if "reason" in row:
        return f"{head}\n  not read: {terminal_text(row['reason'])}"
    cells = {name: value for name, value in row.items() if name not in _LEFT_OUT and value is not None}
    width = max(map(len, cells), default=0)
    return "\n".join(
        [
            head,
            *(
                f"  {name:{width}}  {terminal_text(shorten(str(value), _WIDTH))}"
                for name, value in cells.items()
            ),
        ]
    )
