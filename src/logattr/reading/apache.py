"""Apache's ``LogFormat`` language: a format string becomes a template.

Grammar and meanings: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats and
mod_log_config.c of httpd trunk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from logattr.errors import FormatError
from logattr.patterns import lazily
from logattr.reading.client_headers import CLIENT_HEADERS
from logattr.reading.template import (
    Field,
    Template,
    append_literal,
    check_unambiguous,
    one_field_per_column,
)

__all__ = ["DIRECTIVES", "parse_logformat"]


@dataclass(frozen=True, slots=True)
class Directive:
    """What one directive writes: the column it fills, how its text looks, and what it is.

    Where two directives of one format could fill a column, the lower ``rank`` does.
    """

    column: str | None
    kind: str
    meaning: str
    rank: int = 0


# Letter, or letter with a fixed argument -> what it writes.
DIRECTIVES: dict[str, Directive] = {
    "a": Directive("client", "client", "client address, after mod_remoteip"),
    "{c}a": Directive("peer", "client", "address of the connecting peer"),
    "A": Directive(None, "text", "local address"),
    "b": Directive("bytes_sent", "integer", "bytes of the response body, - for none"),
    "B": Directive("bytes_sent", "integer", "bytes of the response body, 0 for none", 1),
    "C": Directive(None, "text", "cookie of the request"),
    "D": Directive("duration_ms", "microseconds", "time taken, microseconds"),
    "e": Directive(None, "text", "environment variable"),
    "{unique_id}e": Directive("request_id", "text", "mod_unique_id"),
    "f": Directive(None, "text", "file name"),
    "h": Directive("client", "client", "client host name or address", 1),
    "H": Directive("protocol", "text", "request protocol"),
    "i": Directive(None, "text", "request header"),
    "{referer}i": Directive("referrer", "text", "Referer header"),
    "{user-agent}i": Directive("user_agent", "text", "User-Agent header"),
    "{host}i": Directive("host", "text", "Host header", 2),
    "{x-forwarded-for}i": Directive("forwarded", "client", "X-Forwarded-For header"),
    "{forwarded}i": Directive("forwarded", "client", "Forwarded header (RFC 7239)", 1),
    **{
        f"{{{one.name}}}i": Directive("forwarded", one.kind, f"{one.name} header", one.rank)
        for one in CLIENT_HEADERS
    },
    "{x-request-id}i": Directive("request_id", "text", "X-Request-Id header", 2),
    "I": Directive("bytes_received", "integer", "bytes received (mod_logio)"),
    "k": Directive(None, "integer", "keep-alive requests on the connection"),
    "l": Directive(None, "word", "remote log name (RFC 1413)"),
    "L": Directive("request_id", "text", "log identifier of the request", 1),
    "m": Directive("method", "text", "request method"),
    "n": Directive(None, "text", "note of another module"),
    "o": Directive(None, "text", "response header"),
    "O": Directive("bytes_sent", "integer", "bytes sent with headers (mod_logio)", 2),
    "p": Directive(None, "integer", "canonical port of the server"),
    "{canonical}p": Directive(None, "integer", "canonical port of the server"),
    "{local}p": Directive(None, "integer", "port of the server"),
    "{remote}p": Directive(None, "integer", "port of the client"),
    "P": Directive(None, "integer", "process id"),
    "{pid}P": Directive(None, "integer", "process id"),
    "{tid}P": Directive(None, "integer", "thread id"),
    "{hextid}P": Directive(None, "hex", "thread id, hexadecimal"),
    "q": Directive("query", "query", "query string with its question mark"),
    "r": Directive("request", "request", "request line"),
    "R": Directive(None, "text", "handler of the response"),
    "s": Directive("status", "status", "status"),
    "S": Directive(None, "integer", "bytes received and sent (mod_logio)"),
    "t": Directive("time", "clf", "time the request was received"),
    "T": Directive("duration_ms", "seconds", "time taken, seconds", 2),
    "{us}T": Directive("duration_ms", "microseconds", "time taken, microseconds"),
    "{ms}T": Directive("duration_ms", "milliseconds", "time taken, milliseconds", 1),
    "{s}T": Directive("duration_ms", "seconds", "time taken, seconds", 2),
    "u": Directive("user", "text", "authenticated user"),
    "U": Directive("path", "text", "path of the request, without query"),
    "v": Directive("host", "host", "canonical name of the server"),
    "V": Directive("host", "host", "name of the server by UseCanonicalName", 1),
    "x": Directive(None, "text", "variable of mod_ssl"),
    "{ssl_protocol}x": Directive("tls", "text", "TLS version"),
    "c": Directive(None, "text", "variable of mod_ssl, old form"),
    "X": Directive(None, "connection_status", "connection status: X aborted, + kept, - closed"),
    "^FB": Directive(None, "microseconds", "delay until the first byte, microseconds"),
    "^ti": Directive(None, "text", "request trailer"),
    "^to": Directive(None, "text", "response trailer"),
}
# Arguments that Apache compares without regard to case; the others are names of headers and the like.
_NEEDS_ARGUMENT = frozenset({"C", "e", "i", "n", "o", "x", "c", "^ti", "^to"})
_FIXED_ARGUMENT = frozenset({"a", "p", "P", "T"})

_TIME_KINDS = {
    "sec": "epoch_seconds",
    "msec": "epoch_milliseconds",
    "usec": "epoch_microseconds",
    "msec_frac": "millisecond_fraction",
    "usec_frac": "microsecond_fraction",
}
_DIRECTIVE = lazily(r"%(?P<modifiers>(?:[!<>,0-9]|\{(?P<arg>[^}]*)\})*)(?P<letter>\^[A-Za-z]{2}|[A-Za-z%])?")
_CONFIG_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"'}
_CONFIG_LINE = lazily(r'\s*(?:LogFormat|CustomLog\s+\S+)\s+"((?:[^"\\]|\\.)*)"', re.IGNORECASE)


def parse_logformat(text: str) -> Template:
    """Translate a ``LogFormat`` string.

    Parameters
    ----------
    text
        The format string, with or without the backslashes of the configuration file, or a whole
        ``LogFormat "…" nickname`` line.

    Raises
    ------
    FormatError
        If a directive is unknown or incomplete, or lines could be read in more than one way; the
        message names the position.

    Examples
    --------
    >>> [f.column for f in parse_logformat('%h %l %u %t "%r" %>s %b').fields]
    ['client', None, 'user', 'time', 'request', 'status', 'bytes_sent']
    """
    line = _CONFIG_LINE.match(text)
    source = line[1] if line else text
    items: list[str | Field] = []
    ranks: list[int] = []
    at = 0
    while at < len(source):
        if source[at] == "%":
            match = _DIRECTIVE.match(source, at)
            if match is None or match["letter"] is None:
                raise _unknown(source, at)
            if match["letter"] == "%":
                append_literal(items, "%")
            else:
                _append_directive(items, ranks, match, source)
            at = match.end()
        else:
            pair = source[at : at + 2]
            append_literal(items, _CONFIG_ESCAPES.get(pair, source[at]))
            at += 2 if pair in _CONFIG_ESCAPES else 1
    template = Template(one_field_per_column(items, ranks), "apache")
    check_unambiguous(template, text)
    return template


def _unknown(source: str, at: int) -> FormatError:
    return FormatError(
        f"the directive {source[at : at + 12]!r} at position {at + 1} of the LogFormat {source!r}",
        "% with optional modifiers (! < > status codes {argument}) and one of "
        + " ".join(dict.fromkeys(key.rpartition("}")[2] for key in DIRECTIVES)),
        "%% for a literal percent sign",
    )


def _append_directive(items: list[str | Field], ranks: list[int], match: re.Match[str], source: str) -> None:
    """Add the field of one directive; ``ranks`` gets one entry a field."""
    letter, argument = match["letter"], match["arg"]
    position, modifiers = match.start() + 1, match["modifiers"]
    if letter == "t":
        _append_time(items, ranks, match, source)
        return
    if (letter in _NEEDS_ARGUMENT) != (argument is not None) and letter not in _FIXED_ARGUMENT:
        raise _unknown(source, match.start())
    directive = DIRECTIVES.get(f"{{{(argument or '').lower()}}}{letter}" if argument is not None else letter)
    if directive is None and argument is not None and letter in _NEEDS_ARGUMENT:
        directive = DIRECTIVES.get(letter)
    if directive is None:
        raise _unknown(source, match.start())
    kind = directive.kind
    if kind == "client" and any(isinstance(item, Field) and item.kind == "host" for item in items):
        kind = "client_behind_host"
    items.append(Field(match[0], directive.column, kind, position))
    # %s, %T and the like default to the original request, the others to the final one; the final
    # status is the one that the client got.
    original = re.sub(r"\{[^}]*\}|[^<>]", "", modifiers)[-1:] == "<"
    final = re.sub(r"\{[^}]*\}|[^<>]", "", modifiers)[-1:] == ">"
    ranks.append(directive.rank * 10 + 5 * original + (not final) + 2 * _is_conditional(match))


def _is_conditional(match: re.Match[str]) -> bool:
    """Whether a directive is written only for some statuses, ``-`` for the others."""
    return re.search(r"\d", re.sub(r"\{[^}]*\}", "", match["modifiers"])) is not None


def _append_time(items: list[str | Field], ranks: list[int], match: re.Match[str], source: str) -> None:
    """Add a time: brackets belong to the plain form only, and not to an unmet condition."""
    argument = match["arg"] or ""
    prefix, _, rest = (
        argument.rpartition(":") if argument.startswith(("begin:", "end:")) else ("", "", argument)
    )
    if argument.startswith(("begin:", "end:")):
        prefix, rest = argument.split(":", 1)
    position = match.start() + 1
    # The request's begin is preferred to its end; all parts of one of them make one time.
    ranks.append(1 if prefix == "end" else 0)
    if rest in _TIME_KINDS:
        items.append(Field(match[0], "time", _TIME_KINDS[rest], position))
    elif rest:
        from logattr.reading.times import strftime_pattern

        strftime_pattern(rest)  # raises where the strftime string cannot be read
        items.append(Field(match[0], "time", f"strftime:{rest}", position))
    elif _is_conditional(match):
        items.append(Field(match[0], "time", "clf_bracketed", position))
    else:
        append_literal(items, "[")
        items.append(Field(match[0], "time", "clf", position))
        append_literal(items, "]")
