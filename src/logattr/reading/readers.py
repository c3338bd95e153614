"""From a format to what reads its lines: one table of languages, one contract for parsers."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from logattr.errors import FormatError
from logattr.formats import FORMATS, Format
from logattr.reading.apache import parse_logformat
from logattr.reading.dialects import DIALECTS, record_template
from logattr.reading.jsonlines import JsonParser
from logattr.reading.jsonmap import parse_mapping
from logattr.reading.nginx import parse_log_format
from logattr.reading.records import RecordParser
from logattr.reading.reference import ReferenceParser
from logattr.reading.sftp import SftpParser, sftp_template
from logattr.reading.shapes import ShapesParser, parse_shapes
from logattr.reading.template import Field, Template
from logattr.reading.tokens import Tokens

__all__ = ["SYNTAXES", "Parser", "Reader", "reader_for", "syntax_of"]


class Parser(Protocol):
    """What a parser must do; lines come without line ends, in the order of the input."""

    def strict(self, lines: Sequence[bytes]) -> Tokens:
        """The lines that follow the format to the letter."""

    def loose(self, lines: Sequence[bytes]) -> Tokens:
        """More lines that can be read in one way only."""

    def progress(self, line: bytes) -> tuple[int, Field | None]:
        """How many fields a line gets through, and the first that it does not fit."""


@dataclass(frozen=True)
class Reader:
    """A format, its template and the parser made from it, which are made when somebody asks for them.

    A ``stateful`` parser remembers headers, and so reads one input only, from front to back.
    """

    format: Format
    given: tuple[Template, Parser] | None = None

    @cached_property
    def _made(self) -> tuple[Template, Parser]:
        return self.given or SYNTAXES[self.format.syntax](self.format)

    @property
    def template(self) -> Template:
        """The fields."""
        return self._made[0]

    @property
    def parser(self) -> Parser:
        """What reads the lines."""
        return self._made[1]

    @property
    def stateful(self) -> bool:
        """Whether the parser remembers what it has read."""
        return self.format.syntax in _STATEFUL

    def fresh(self) -> Reader:
        """A reader of the same format that has seen no line yet."""
        return Reader(self.format) if self.stateful else self

    def forked(self, block: bytes) -> Reader:
        """A reader that stands where this one does, which then passes over a block of whole lines."""
        if not isinstance(self.parser, RecordParser):
            return self
        return Reader(self.format, (self.template, self.parser.forked(block)))


def _by_expressions(template: Template) -> tuple[Template, Parser]:
    return template, ReferenceParser(template)


def _by_shapes(format_: Format) -> tuple[Template, Parser]:
    shapes = parse_shapes(format_.template, escapes=format_.escapes)
    if len(shapes) == 1:
        return _by_expressions(shapes[0])
    parser = ShapesParser(shapes)
    return parser.template, parser


def _by_mapping(format_: Format) -> tuple[Template, Parser]:
    parser = JsonParser(parse_mapping(format_.template))
    return Template(parser.fields), parser


# Language of the template -> what makes template and parser of a format that is written in it.
SYNTAXES: dict[str, Callable[[Format], tuple[Template, Parser]]] = {
    "apache": lambda one: _by_expressions(parse_logformat(one.template)),
    "nginx": lambda one: _by_expressions(parse_log_format(one.template)),
    "template": _by_shapes,
    "sftp": lambda one: (sftp_template(one), SftpParser()),
    **dict.fromkeys(DIALECTS, record_template),
    "json": _by_mapping,
}
_STATEFUL = frozenset({"sftp", *DIALECTS})


def reader_for(format_: str | Format) -> Reader:
    """The reader of a named format, a ``Format``, a format string of Apache, nginx or our own, or a file.

    A file ends in ``.toml`` and is described in :mod:`logattr.formats.userfile`.

    A string that begins with ``#Fields:`` lists the columns of a log without a header.

    Raises
    ------
    FormatError
        If the name is unknown or the string cannot be read unambiguously.

    Examples
    --------
    >>> reader_for("common").format.title
    'Apache common (NCSA)'
    >>> reader_for('%h "%r" %>s').format.syntax
    'apache'
    """
    if isinstance(format_, str):
        format_ = FORMATS.get(format_) or _from_file(format_) or _from_string(format_)
    if format_.syntax not in SYNTAXES:
        raise FormatError(f"the syntax {format_.syntax!r}", f"one of {', '.join(SYNTAXES)}")
    return Reader(format_, SYNTAXES[format_.syntax](format_))


def _from_file(text: str) -> Format | None:
    if not text.lower().endswith(".toml"):
        return None
    from logattr.formats.userfile import load_format

    return load_format(text)


def _from_string(text: str) -> Format:
    syntax = syntax_of(text)
    actions = "w3c" if syntax == "w3c" else "http"
    return Format(
        name="custom", title="format given by the user", syntax=syntax, template=text, actions=actions
    )


def syntax_of(text: str) -> str:
    """Which of the languages a format string is written in, as its fields show.

    Raises
    ------
    FormatError
        If it has no fields.

    Examples
    --------
    >>> syntax_of("$remote_addr $status")
    'nginx'
    """
    if text.lstrip().lower().startswith("#fields"):
        syntax = "w3c"
    elif text.lstrip().startswith("log_format") or text.lstrip().startswith("escape="):
        syntax = "nginx"
    elif "{" in text and "$" not in text and re.search(r"\{(?:time:strftime:|client\b)", text):
        syntax = "template"
    elif "%" in text and not ("$" in text and text.count("$") > text.count("%")):
        syntax = "apache"
    elif "$" in text:
        syntax = "nginx"
    elif "{" in text:
        syntax = "template"
    else:
        near = difflib.get_close_matches(text, FORMATS, n=3)
        raise FormatError(
            f"the format {text!r} is neither a known name nor a format string",
            "a name that `logattr formats` lists, an Apache LogFormat, an nginx log_format, '#Fields: ...' "
            "with the names of columns, or FILE.toml",
            f"--format {near[0]}" if near else "`logattr formats` for what is read",
        )
    return syntax
