"""Repeating a report: the same inputs, databases and lists must give the same findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from logattr.errors import SourceError

__all__ = ["differences"]

_EXPECTED = "a JSON file that `logattr report --json` wrote"
_TEXTS = ("logs", "places", "databases", "lists", "trusted_proxies", "self_networks")
_KEYS = (*_TEXTS, "format", "timezone", "max_ratio", "year", "evidence_lines")
_HASHES = ("sha256", "sha256_raw", "sha256_decoded")


def differences(path: str | Path, *, stdin: IO[bytes] | None = None) -> Iterator[str]:
    """Run the investigation that a JSON file of findings describes again, and say what differs.

    Parameters
    ----------
    path
        Findings as :meth:`Findings.to_json` wrote them. Paths in them are relative to the folder
        that the report was made in.
    stdin
        The log, again, where the report was made from standard input.

    Yields
    ------
    str
        One sentence per difference; none when the findings are the same to the byte.

    Raises
    ------
    SourceError
        If the file is no JSON of findings, or an input is missing.
    """
    old_text, old = _read(Path(path))
    options = old["options"]
    if "-" in options["logs"] and stdin is None:
        raise SourceError(
            f"{str(path)!r} was made from standard input",
            "the same log on standard input",
            "logattr verify FINDINGS.json < LOG",
        )
    from logattr.investigation import investigate

    new_text = investigate(**{key: options[key] for key in _KEYS}, stdin=stdin).to_json()
    if new_text.rstrip("\n") == old_text.rstrip("\n"):
        return
    new = json.loads(new_text)
    named = False
    for sentence in _changes(old, new):
        named = True
        yield sentence
    if not named:
        yield "the text of the file differs, its content does not"


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """What changed underneath, then what changed in the findings because of it."""
    for kind in ("inputs", "databases", "lists"):
        for before, after in _pairs(old.get(kind), new[kind]):
            for key in _HASHES:
                if before.get(key) != after.get(key):
                    name = after.get("name") or before.get("name")
                    yield f"{kind} {name}: {key} was {before.get(key)}, is {after.get(key)}"
    for key in sorted(set(old) | set(new)):
        if old.get(key) != new.get(key):
            yield f"{key}: not the same"


def _pairs(before: Any, after: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    rows = [row if isinstance(row, dict) else {} for row in before] if isinstance(before, list) else []
    for index in range(max(len(rows), len(after))):
        yield (rows[index] if index < len(rows) else {}, after[index] if index < len(after) else {})


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"{str(path)!r} cannot be read: {reason}", _EXPECTED) from error
    if not isinstance(found, dict) or not _are_options(found.get("options")):
        raise SourceError(f"{str(path)!r} holds no findings", _EXPECTED)
    return text, found


def _are_options(options: Any) -> bool:
    """Whether they are what ``investigate`` takes: anybody may have edited the file."""
    if not isinstance(options, dict) or not set(_KEYS) <= set(options):
        return False
    lists = all(
        isinstance(options[key], list) and all(isinstance(text, str) for text in options[key])
        for key in _TEXTS
    )
    return (
        lists
        and isinstance(options["format"], str | None)
        and isinstance(options["timezone"], str)
        and type(options["evidence_lines"]) is int
        and type(options["max_ratio"]) is int
        and type(options["year"]) in {int, type(None)}
    )
