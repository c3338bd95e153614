"""Repeating a report: the same inputs, databases and lists must give the same findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from logattr.errors import SourceError

__all__ = ["differences"]

_KEYS = (
    "logs",
    "places",
    "databases",
    "lists",
    "format",
    "timezone",
    "trusted_proxies",
    "self_networks",
    "evidence_lines",
)


def differences(path: str | Path) -> Iterator[str]:
    """Run the investigation that a JSON file of findings describes again, and say what differs.

    Parameters
    ----------
    path
        Findings as :meth:`Findings.to_json` wrote them. Paths in them are relative to the folder
        that the report was made in.

    Yields
    ------
    str
        One sentence per difference; none when the findings are the same to the byte.

    Raises
    ------
    SourceError
        If the file is no JSON of findings.
    """
    old_text, old = _read(Path(path))
    options = old["options"]
    from logattr.pipeline import investigate

    again = investigate(**{key: options[key] for key in _KEYS})
    new_text = again.to_json()
    if new_text.rstrip("\n") == old_text.rstrip("\n"):
        return
    new = json.loads(new_text)
    named = 0
    for kind in ("inputs", "databases", "lists"):
        for before, after in _pairs(old.get(kind, []), new[kind]):
            for key in ("sha256", "sha256_raw", "sha256_decoded"):
                if before.get(key) != after.get(key):
                    named += 1
                    yield f"{kind} {after.get('name')}: {key} was {before.get(key)}, is {after.get(key)}"
    for key in sorted(set(old) | set(new)):
        if old.get(key) != new.get(key):
            named += 1
            yield f"{key} differs"
    if not named:
        yield "the text of the file differs, its content does not"


def _pairs(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for index in range(max(len(before), len(after))):
        yield (before[index] if index < len(before) else {}, after[index] if index < len(after) else {})


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    expected = "a JSON file that `logattr report --json` wrote"
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, ValueError) as error:
        raise SourceError(f"{str(path)!r} cannot be read: {error}", expected) from error
    if (
        not isinstance(found, dict)
        or not isinstance(found.get("options"), dict)
        or not set(_KEYS) <= set(found["options"])
    ):
        raise SourceError(f"{str(path)!r} holds no findings", expected)
    return text, found
