"""What a format is: a declaration, no code path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Format"]


@dataclass(frozen=True, slots=True)
class Format:
    """How the lines of one kind of access log look.

    Parameters
    ----------
    name
        The value of ``format=`` and ``--format``.
    title
        What a reader sees.
    url
        Where the writer documents the format.
    syntax
        Language of the template: ``apache`` (LogFormat), ``nginx`` (log_format), ``template``
        (this package's own, see :mod:`logattr.reading.template`) or ``json`` (a table of paths, see
        :mod:`logattr.reading.jsonmap`).
    template
        The format string.
    escapes
        How the writer escapes what clients send: ``apache``, ``nginx``, ``json`` or ``none``.
    family
        Formats of one family may be mixed in one file; they are then told apart line by line.
    reads_also
        Names of formats whose lines this one reads as well, because it is more general or the same.
    fallback
        Whether the format is tried only on lines that no other of its family reads.
    actions
        Which table says what was done: ``http`` or ``s3`` (:mod:`logattr.reading.requests`), or
        ``operations`` (:mod:`logattr.reading.operations`).
    samples
        Raw line to the expected event, by column; columns that are left out are not checked.
    notes
        Quirks a reader should know.

    Examples
    --------
    >>> Format(name="mine", title="Mine", syntax="apache", template='%h "%r"').family
    ''
    """

    name: str
    title: str
    syntax: str
    template: str
    url: str = ""
    escapes: str = "none"
    family: str = ""
    reads_also: frozenset[str] = frozenset()
    fallback: bool = False
    actions: str = "http"
    samples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    notes: str = ""
