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
    import pyarrow as pa

    from logattr.columns import Column
    from logattr.report.findings import Findings

__all__ = ["findings_csv", "findings_json", "write_findings"]

SCHEMA_VERSION = 1


def findings_json(findings: Findings) -> str:
    """Everything in the findings as JSON; the same inputs give the same bytes.

    Keys are sorted, no wall clock is read, times are ISO 8601 with Z, null means what ``columns`` says,
    NaN and infinity become null. Invisible and direction-changing characters are written as JSON
    escapes: the text is exact, and the file is safe to show in a terminal.

    Parameters
    ----------
    findings
        The result of :func:`logattr.investigate`.

    Returns
    -------
    str
        JSON (RFC 8259) with ``"logattr_findings": 1`` as its schema version, ending in a line feed.
    """
    from logattr.columns import CLIENTS, EVIDENCE_LINES, REJECTS

    document = {
        "logattr_findings": SCHEMA_VERSION,
        "version": findings.version,
        "question": {"places": _plain(findings.places)},
        "options": _plain(findings.options),
        "inputs": _plain(findings.inputs),
        "databases": _plain(findings.databases),
        "lists": _plain(findings.lists),
        "counts": _plain(findings.counts),
        "classes": _plain(findings.classes),
        "clients": _rows(findings.clients, CLIENTS),
        "lines": _rows(findings.lines, EVIDENCE_LINES),
        "rejects": _rows(findings.rejects, REJECTS),
        "warnings": _plain(findings.warnings),
        "alternatives": _plain(findings.alternatives),
        "limits": _plain(findings.limits),
    }
    text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return json_text(text) + "\n"


def _rows(table: pa.Table, columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    """One object per row; columns that hold JSON become what they hold."""
    import pyarrow as pa

    holds_json = {column.name for column in columns if column.type == "json"}
    values = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_timestamp(column.type):
            column = iso_times(column)  # noqa: PLW2901 - the same column, readable
        cells = column.to_pylist()
        values.append([_parsed(cell) if name in holds_json else _plain(cell) for cell in cells])
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*values, strict=True)]


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
    renderers = {
        ".html": findings.to_html,
        ".json": findings.to_json,
        ".csv": findings.to_csv,
        ".txt": findings.to_text,
    }
    render = renderers.get(path.suffix.lower())
    if render is None:
        raise OptionError(
            f"a report named {path.name!r}",
            "a name that ends in " + ", ".join(renderers),
            f"{path.stem or 'report'}.html",
        )
    content = render().encode("utf-8", "backslashreplace")
    try:
        _replace(path, content)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        given = f"the report {str(path)!r} cannot be written: {reason}"
        raise SourceError(given, "a file in a folder that can be written to", "another name") from None


def _replace(path: Path, content: bytes) -> None:
    if not path.parent.is_dir():
        folder = str(path.parent)
        raise SourceError(
            f"the folder {folder!r} does not exist", "a folder to write to", f"mkdir -p {folder!r}"
        )
    # Renaming would replace a device or a pipe by a file.
    if path.exists() and not path.is_file():
        raise SourceError(f"{str(path)!r} is not a regular file", "the name of a file", "another name")
    temporary = path.with_name(f".logattr-{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as stream:
            stream.write(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
