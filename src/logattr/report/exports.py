"""Findings as JSON and CSV, and any report written to a file."""

from __future__ import annotations

import dataclasses
import datetime
import io
import json
import math
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logattr.errors import OptionError, SourceError
from logattr.report.escape import iso_times, json_text, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    import pyarrow as pa

    from logattr.columns import Column
    from logattr.report.cells import Cells
    from logattr.report.findings import Findings

__all__ = ["findings_csv", "findings_json", "write_findings"]

SCHEMA_VERSION = 1
_BETWEEN = ",\n  "
_PLAIN_TEXT = r"\A[ !#-\[\]-~]*\z"  # what _NEEDS_NO_ESCAPE has
_NEEDS_NO_ESCAPE = bytes(set(range(32, 127)) - set(b'"\\\\'))


def findings_json(findings: Findings) -> str:
    """Everything in the findings as JSON; the same inputs give the same bytes.

    Keys are sorted, no wall clock is read, times are ISO 8601 with Z, null means what ``columns`` says,
    NaN and infinity become null. Invisible and direction-changing characters are written as JSON
    escapes: the text is exact, and the file is safe to show in a terminal. Rows of tables stand one
    on a line, so that tools that read lines can compare and search them.

    Parameters
    ----------
    findings
        The result of :func:`logattr.investigate`.

    Returns
    -------
    str
        JSON (RFC 8259) with ``"logattr_findings": 1`` as its schema version, ending in a line feed;
        ``docs/findings.md`` says what it holds.
    """
    return b"".join(_json_parts(findings)).decode()


def _json_parts(findings: Findings) -> Iterator[bytes | memoryview]:
    """The JSON in pieces: a million clients as one text, and as the objects behind it, fill a memory."""
    from logattr.columns import CLIENTS, EVIDENCE_LINES, REJECTS

    plain = {
        "logattr_findings": SCHEMA_VERSION,
        "version": findings.version,
        "question": {"places": findings.places},
        "options": findings.options,
        "inputs": findings.inputs,
        "databases": findings.databases,
        "lists": findings.lists,
        "counts": findings.counts,
        "classes": findings.classes,
        "warnings": findings.warnings,
        "alternatives": findings.alternatives,
        "limits": findings.limits,
    }
    tables = {
        "clients": (findings.clients, CLIENTS),
        "lines": (findings.lines, EVIDENCE_LINES),
        "rejects": (findings.rejects, REJECTS),
    }
    before = "{\n"
    for name in sorted([*plain, *tables]):
        yield f"{before} {json.dumps(name)}: ".encode()
        before = ",\n"
        if name in plain:
            text = json.dumps(
                _plain(plain[name]), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False
            )
            yield json_text(text.replace("\n", "\n ")).encode()  # JSON has line feeds only between values
            continue
        start = b"[\n  "
        for rows in _rows(*tables[name]):
            yield start
            yield rows[len(_BETWEEN) :]
            start = _BETWEEN.encode()
        yield b"[]" if start.startswith(b"[") else b"\n ]"
    yield b"\n}\n"


def _rows(table: pa.Table, columns: tuple[Column, ...]) -> Iterator[memoryview]:
    """Objects, one per row, each behind a comma and a line feed; columns of JSON give what they hold."""
    from logattr.report.cells import Cells, batches_of, joined_rows

    holds_json = {column.name for column in columns if column.type == "json"}
    values = Cells(_written, "null", write_texts=_written_texts)
    parsed = Cells(lambda text: _written(_parsed(text)), "null")
    names = sorted(table.column_names)
    for batch in batches_of(_numbers_encoded(table)):
        parts: list[pa.Array | str] = []
        for name in names:
            parts.append(f"{', ' if parts else f'{_BETWEEN}{{'}{_written(name)}: ")
            column = batch.column(name)
            constant = values.constant(name, column)
            if constant is not None:
                parts.append(constant)
            elif name in holds_json:
                parts.append(parsed.of(name, column))
            else:
                parts += _cells(values, name, column)
        yield joined_rows([*parts, "}"], batch.num_rows)


def _numbers_encoded(table: pa.Table) -> pa.Table:
    """The table with each distinct number that is no integer once, for all that is written of it."""
    import pyarrow as pa

    for index, column in enumerate(table.columns):
        if pa.types.is_floating(column.type):
            table = table.set_column(index, table.column_names[index], column.dictionary_encode())
    return table


def _cells(values: Cells, name: str, column: pa.Array) -> list[pa.Array | str]:
    """A column as JSON, in parts; the commonest types without an object per row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from logattr.report.cells import only_holds

    before, behind = '"', '"'
    if pa.types.is_boolean(column.type):
        return [values.filled(column.cast(pa.string()))]
    if pa.types.is_list(column.type):
        before, column, behind = "[", values.lists(name, column, ", "), "]"
    elif pa.types.is_timestamp(column.type):
        column = iso_times(column)
    elif not pa.types.is_string(column.type) or not only_holds(column, _NEEDS_NO_ESCAPE):
        return [values.of(name, column)]
    if not column.null_count:
        return [before, column, behind]
    return [values.filled(pc.binary_join_element_wise(before, column, behind, ""))]


# Made once: json.dumps makes one per call, which takes ten times as long as a short text does.
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False).encode


def _written(value: Any) -> str:
    plain = _plain(value)
    # What the encoder does with a number too, after a tenfold preparation.
    return repr(plain) if type(plain) is float else json_text(_encode(plain))


def _written_texts(texts: pa.Array) -> pa.Array:
    """Texts as JSON: nearly all of them need nothing but quotation marks."""
    import pyarrow as pa
    import pyarrow.compute as pc

    odd = pc.invert(pc.match_substring_regex(texts, pattern=_PLAIN_TEXT))
    quoted = pc.binary_join_element_wise('"', texts, '"', "")
    return pc.replace_with_mask(
        quoted, odd, pa.array(map(_written, texts.filter(odd).to_pylist()), pa.string())
    )


def _parsed(text: str | None) -> Any:
    """JSON inside a cell; text that is none stays text, because a report must not fail on it."""
    if text is None:
        return None
    try:
        return _plain(json.loads(text))
    except ValueError:
        return text


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one line per kind of value is the clearest table
    """Only what JSON knows, in an order that does not depend on hashing."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime.datetime):
        return iso_time(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=str)
    return str(value)


def iso_time(time: datetime.datetime) -> str:
    """ISO 8601 in UTC with Z; a time without a zone is taken for UTC.

    Examples
    --------
    >>> iso_time(datetime.datetime(2024, 1, 10, 8, 1, 2, tzinfo=datetime.UTC))
    '2024-01-10T08:01:02Z'
    """
    if time.tzinfo is not None:
        time = time.astimezone(datetime.UTC).replace(tzinfo=None)
    return time.isoformat() + "Z"


def findings_csv(findings: Findings) -> str:
    """One row per client with all columns of ``columns.CLIENTS``, safe to open in a spreadsheet.

    Parameters
    ----------
    findings
        The result of :func:`logattr.investigate`.

    Returns
    -------
    str
        CSV (RFC 4180) with a header row.
    """
    stream = io.StringIO(newline="")
    write_csv(findings.clients, stream)
    return stream.getvalue()


def write_findings(findings: Findings, path: str | Path) -> None:
    """Write the findings to a file; its name's ending (.html .json .csv .txt) says how.

    The file appears whole or not at all: it is written under a temporary name in the same folder and
    then renamed, so that nobody ever reads half a report.

    Parameters
    ----------
    findings
        The result of :func:`logattr.investigate`.
    path
        Where to; an existing file is replaced.

    Raises
    ------
    OptionError
        If the ending is none of these.
    SourceError
        If the folder does not exist or cannot be written to.
    """
    path = Path(path)
    writers: dict[str, Callable[[TextIO], object]] = {
        ".html": lambda stream: stream.write(findings.to_html()),
        # Its own bytes: to make text of 50 MB and bytes of the text takes as long as to make the JSON.
        ".json": lambda stream: stream.buffer.writelines(_json_parts(findings)),
        ".csv": lambda stream: write_csv(findings.clients, stream),
        ".txt": lambda stream: stream.write(findings.to_text()),
    }
    write = writers.get(path.suffix.lower())
    if write is None:
        raise OptionError(
            f"a report named {path.name!r}",
            "a name that ends in " + ", ".join(writers),
            f"{path.stem or 'report'}.html",
        )
    try:
        _replace(path, write)
    except OSError as error:
        given = f"the report {str(path)!r} cannot be written: {error.strerror or error}"
        raise SourceError(given, "a file in a folder that can be written to", "another name") from None


def _replace(path: Path, write: Callable[[TextIO], object]) -> None:
    if not path.parent.is_dir():
        folder = str(path.parent)
        raise SourceError(
            f"the folder {folder!r} does not exist", "a folder to write to", f"mkdir -p {folder!r}"
        )
    if "\0" in path.name:
        given = f"the report {str(path)!r} cannot be written: its name holds a NUL"
        raise SourceError(given, "the name of a file", "another name")
    # Renaming would replace a device or a pipe by a file.
    if path.exists() and not path.is_file():
        raise SourceError(f"{str(path)!r} is not a regular file", "the name of a file", "another name")
    temporary = path.with_name(f".logattr-{secrets.token_hex(8)}")
    try:
        with temporary.open("x", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            write(stream)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
