r"""A format in a file of the user's: TOML, a template or a table of JSON paths, and samples.

.. code-block:: toml

    name = "shop"                       # else the file's name
    template = '{client} [{time}] "{request}" {status} {bytes_sent}'
    time_format = "%d.%m.%Y %H:%M:%S"   # of {time}, as strftime writes it
    escapes = "apache"                  # apache, nginx, json or none

    [[sample]]
    line = '192.0.2.1 [10.01.2024 08:01:02] "GET / HTTP/1.1" 200 5'
    expected = { client_ip = "192.0.2.1", status = 200, time = "2024-01-10T08:01:02Z" }

``template`` may also be an Apache LogFormat or an nginx log_format. For JSON, ``[json]`` takes its
place; its keys are columns, its values paths as in :mod:`logattr.reading.jsonmap`, several in a list:

.. code-block:: toml

    [json]
    requires = ["http.ip", "type = access*"]
    client = ["http.forwarded_ip", "http.ip"]
    time = { path = "when", kind = "timestamp_utc" }
    status = "http.status"
    extra.level = "level"

The samples are read when the format is, and an error says what came out instead.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from logattr.errors import FormatError
from logattr.formats.model import Format

__all__ = ["load_format"]

_MOST_BYTES = 1 << 20
_SYNTAXES = ("apache", "nginx", "template")
_ESCAPES = ("apache", "nginx", "json", "none")
_ACTIONS = ("http", "s3", "operations")
_TEXT_KEYS = ("name", "title", "url", "notes", "template", "syntax", "escapes", "time_format", "actions")
_KEYS = (*_TEXT_KEYS, "json", "sample")


def load_format(path: str) -> Format:
    """Read a format from a TOML file, and check it by its samples.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    FormatError
        If the file cannot be read or is no TOML, a key is unknown or of the wrong type, the template or
        a path cannot be understood, or a sample is not read as it says; with file and key.
    """
    given = _Given(path, _read(path))
    syntax, template = _template(given)
    format_ = Format(
        name=given.text("name") or Path(path).stem,
        title=given.text("title") or f"format of {Path(path).name}",
        syntax=syntax,
        template=template,
        url=given.text("url"),
        escapes=given.one_of("escapes", _ESCAPES) or "none",
        actions=given.one_of("actions", _ACTIONS) or "http",
        notes=given.text("notes"),
        samples=dict(_samples(given)),
    )
    _check_samples(given, format_)
    return format_


class _Given:
    """The file's table, with errors that name file and key."""

    def __init__(self, path: str, table: dict[str, Any]) -> None:
        self.path = path
        self.table = table
        for key in table:
            if key not in _KEYS:
                raise self.wrong(key, "an unknown key", f"one of {', '.join(_KEYS)}")

    def wrong(self, key: str, what: str, expected: str) -> FormatError:
        return FormatError(f"{self.path}: {key}: {what}", expected)

    def text(self, key: str) -> str:
        value = self.table.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(key, repr(value), "a text")
        return value

    def one_of(self, key: str, known: tuple[str, ...]) -> str:
        value = self.text(key)
        if value and value not in known:
            raise self.wrong(key, repr(value), f"one of {', '.join(known)}")
        return value


def _read(path: str) -> dict[str, Any]:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise FormatError(
            f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}",
            "a file that describes a format",
        ) from None
    if len(data) > _MOST_BYTES:
        raise FormatError(f"{path}: more than {_MOST_BYTES >> 20} MB", "a file that describes a format")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"{path}: {error}", "TOML in UTF-8", "https://toml.io for its rules") from None


def _template(given: _Given) -> tuple[str, str]:
    """Syntax and template; what is wrong with them is said with file and key."""
    from logattr.reading.readers import reader_for, syntax_of

    template, time_format = given.text("template"), given.text("time_format")
    if ("json" in given.table) == bool(template):
        raise given.wrong(
            "template", "given beside [json]" if template else "missing", "either template or [json]"
        )
    if template:
        key, syntax = "template", given.one_of("syntax", _SYNTAXES)
        if time_format:
            if "{time}" not in template:
                raise given.wrong(
                    "time_format", "the template has no {time}", "a template with the field {time}"
                )
            template = template.replace("{time}", f"{{time:strftime:{time_format}}}")
    else:
        key, syntax = "json", "json"
        rows = [*_rows(given, given.table["json"]), *([f"time_format {time_format}"] if time_format else [])]
        template = "\n".join(rows) + "\n"
    try:
        syntax = syntax or syntax_of(template)
        reader_for(
            Format(
                name="-", title="-", syntax=syntax, template=template, escapes=given.text("escapes") or "none"
            )
        )
    except FormatError as error:
        raise FormatError(f"{given.path}: {key}: {error.given}", error.expected, error.try_) from None
    except KeyError as error:  # an escape dialect that does not exist
        raise given.wrong("escapes", str(error), f"one of {', '.join(_ESCAPES)}") from None
    return syntax, template


def _rows(given: _Given, table: Any, prefix: str = "") -> Iterator[str]:
    """Rows of the language of :mod:`logattr.reading.jsonmap`."""
    if not isinstance(table, dict):
        raise given.wrong("json", repr(table), "a table of columns and paths")
    for name, value in table.items():
        key = f"json.{prefix}{name}"
        if any(char.isspace() for char in name):
            raise given.wrong(key, "a name with blanks", "a column")
        if name == "requires":
            yield from (f"requires  {one}" for one in _texts(given, key, value))
        elif name == "nulls":
            yield f"nulls  {' '.join(_texts(given, key, value))}"
        elif name == "embedded":
            yield from (f"embedded  {one}" for one in _texts(given, key, value))
        elif name == "extra" and not prefix:
            yield from _rows(given, value, "extra.")
        elif isinstance(value, dict):
            if set(value) != {"path", "kind"} or not isinstance(value["kind"], str):
                raise given.wrong(key, "a table", "path and kind")
            yield f"{prefix}{name}:{value['kind']}  {' | '.join(_texts(given, key, value['path']))}"
        else:
            yield f"{prefix}{name}  {' | '.join(_texts(given, key, value))}"


def _texts(given: _Given, key: str, value: Any) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(one, str) and one.strip() and one.isprintable() for one in texts):
        raise given.wrong(key, repr(value), "a path, or a list of paths")
    return texts


def _samples(given: _Given) -> Iterator[tuple[str, Mapping[str, Any]]]:
    samples = given.table.get("sample", [])
    if not isinstance(samples, list):
        raise given.wrong("sample", "a single table", "[[sample]], with two brackets")
    for number, sample in enumerate(samples, 1):
        key = f"sample {number}"
        if not isinstance(sample, dict) or not isinstance(sample.get("line"), str) or "\n" in sample["line"]:
            raise given.wrong(key, "no line", "line = '...', one line of the log")
        expected = sample.get("expected", {})
        if not isinstance(expected, dict) or set(sample) - {"line", "expected"}:
            raise given.wrong(key, f"the keys {', '.join(sample)}", "line, and expected = { column = value }")
        yield sample["line"], expected


def _check_samples(given: _Given, format_: Format) -> None:
    from zoneinfo import ZoneInfo

    from logattr.reading.assemble import Context
    from logattr.reading.parse import parse_block
    from logattr.reading.readers import reader_for
    from logattr.reading.sources import Block

    reader, context = reader_for(format_), Context("sample", ZoneInfo("UTC"))
    for number, (line, expected) in enumerate(format_.samples.items(), 1):
        key = f"sample {number}"
        batch = parse_block(Block("sample", line.encode("utf-8", "surrogatepass"), 1, 0), [reader], context)
        if not len(batch.events):
            reasons = batch.rejects["reason"].to_pylist()
            raise given.wrong(
                key, f"the line is not read: {(reasons or ['it is blank'])[0]}", "a line of the format"
            )
        (event,) = batch.events.to_pylist()
        for column, value in expected.items():
            if column not in event:
                raise given.wrong(key, f"the column {column!r}", f"one of {', '.join(event)}")
            got = event[column]
            if hasattr(got, "isoformat"):
                got = got.isoformat().replace("+00:00", "Z")
            wanted = value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value
            if got != wanted:
                raise given.wrong(key, f"{column} is read as {got!r}", repr(wanted))
