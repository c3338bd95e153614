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
        (this package's own, see :mod:`logattr.reading.template`), ``json`` (a table of paths, see
        :mod:`logattr.reading.jsonmap`), or one of :mod:`logattr.reading.dialects`, whose templates
        list column names.
    template
        The format string. In the package's own language there may be several, one a line, for lines
        of different shapes; the first that fits reads a line.
    escapes
        How the writer escapes what clients send: a key of ``logattr.reading.escapes.DIALECTS``.
    family
        Formats of one family may be mixed in one file; they are then told apart line by line.
    reads_also
        Names of formats whose lines this one reads as well, because it is more general or the same.
    fallback
        Whether the format is tried only on lines that no other format reads.
    detected
        Whether detection considers it; false where lines look just like another format's.
    actions
        What says what was done: ``http`` for the request, or a table of
        :mod:`logattr.reading.operations_text`.
    warning
        What whoever uses the result must know about every line that this format reads.
    header
        Regular expression for what the header lines of such a file hold: a file that begins so is
        taken at its word. Searched without regard to case; ``^`` and ``$`` match at every line.
    twin
        Name of the format that gives the same lines another meaning; who reads a file that fits both is
        warned.
    samples
        Raw line to the expected event, by column; columns that are left out are not checked. Header
        lines may stand before the line.
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
    detected: bool = True
    actions: str = "http"
    warning: str = ""
    header: str = ""
    twin: str = ""
    samples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    notes: str = ""
