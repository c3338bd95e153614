"""nginx's ``log_format`` language: a format string becomes a template.

Variables and escapes: https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format and
https://nginx.org/en/docs/varindex.html; ngx_http_log_module.c of nginx 1.29.
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

__all__ = ["VARIABLES", "parse_log_format"]


@dataclass(frozen=True, slots=True)
class Variable:
    """What one variable writes; of two for one column the lower ``rank`` fills it."""

    column: str | None
    kind: str = "text"
    rank: int = 0


# Variables with a column of their own, or with a text that is no free text. All others, among them
# those that `map` and `set` define, are free text and go to `extra`.
VARIABLES: dict[str, Variable] = {
    "args": Variable("query", rank=1),
    "body_bytes_sent": Variable("bytes_sent", "integer"),
    "bytes_sent": Variable("bytes_sent", "integer", 1),
    "connection": Variable(None, "integer"),
    "connection_requests": Variable(None, "integer"),
    "host": Variable("host", rank=1),
    "http_forwarded": Variable("forwarded", "client", 2),
    "http_host": Variable("host"),
    **{
        f"http_{one.name.replace('-', '_')}": Variable("forwarded", one.kind, one.rank)
        for one in CLIENT_HEADERS
    },
    "http_referer": Variable("referrer"),
    "http_user_agent": Variable("user_agent"),
    "http_x_forwarded_for": Variable("forwarded", "client"),
    "msec": Variable("time", "epoch_seconds", 2),
    "proxy_add_x_forwarded_for": Variable("forwarded", "client", 1),
    "query_string": Variable("query"),
    "realip_remote_addr": Variable("peer", "client"),
    "remote_addr": Variable("client", "client"),
    "remote_port": Variable(None, "integer"),
    "remote_user": Variable("user"),
    "req_id": Variable("request_id", rank=1),
    "request": Variable("request", "request"),
    "request_id": Variable("request_id"),
    "request_length": Variable("bytes_received", "integer"),
    "request_method": Variable("method"),
    "request_time": Variable("duration_ms", "seconds"),
    "request_uri": Variable("target"),
    "server_name": Variable("host", "host", 2),
    "server_port": Variable(None, "integer"),
    "server_protocol": Variable("protocol"),
    "ssl_protocol": Variable("tls"),
    "status": Variable("status", "status"),
    "the_real_ip": Variable("client", "client", 1),
    "time_iso8601": Variable("time", "iso8601", 1),
    "time_local": Variable("time", "clf"),
    # One entry per upstream that was tried, with blanks between them.
    "upstream_addr": Variable(None, "list"),
    "upstream_response_length": Variable(None, "list"),
    "upstream_response_time": Variable(None, "list"),
    "upstream_status": Variable(None, "list"),
    "uri": Variable("path"),
}
_ESCAPES = {"default": "nginx", "json": "json", "none": "none"}
_DIRECTIVE = lazily(r"\s*log_format\s+\S+\s+(?:escape=(?P<escape>\S+)\s+)?(?P<strings>.+?);?\s*", re.DOTALL)
_STRING = lazily(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(?P<space>\s+)", re.DOTALL)
_PREFIX = lazily(r"\s*escape=(\w+)\s+")
_PART = lazily(r"\$(?:\{(?P<braced>[A-Za-z0-9_]*)\}|(?P<bare>[A-Za-z0-9_]+)|(?P<wrong>.?))|[^$]+", re.DOTALL)


def parse_log_format(text: str) -> Template:
    """Translate a ``log_format`` string.

    Parameters
    ----------
    text
        The format string itself, optionally with ``escape=default|json|none`` in front, or a whole
        ``log_format NAME [escape=…] '…' '…';`` directive; several strings are joined as nginx does.

    Raises
    ------
    FormatError
        If a variable's name is incomplete, the escape mode unknown, or lines could be read in more
        than one way; the message names the position.

    Examples
    --------
    >>> parse_log_format('$remote_addr [$time_local] "$request" $status').fields[1].kind
    'clf'
    """
    source, escape = _strings(text)
    if escape not in _ESCAPES:
        raise FormatError(f"escape={escape} in the log_format {text!r}", "escape=default, json or none")
    items: list[str | Field] = []
    ranks: list[int] = []
    for match in _PART.finditer(source):
        name = match["braced"] or match["bare"]
        if name:
            variable = VARIABLES.get(name, Variable(None))
            items.append(Field(f"${name}", variable.column, variable.kind, match.start() + 1))
            ranks.append(variable.rank)
        elif match[0].startswith("$"):
            raise FormatError(
                f"the variable {match[0]!r} at position {match.start() + 1} of the log_format {source!r}",
                "$name or ${name} with letters, digits and underscores",
            )
        else:
            append_literal(items, match[0])
    template = Template(one_field_per_column(items, ranks), _ESCAPES[escape])
    check_unambiguous(template, text)
    return template


def _strings(text: str) -> tuple[str, str]:
    """The joined strings and the escape mode of a directive, or of a bare format string."""
    directive = _DIRECTIVE.fullmatch(text)
    if directive is None:
        prefix = _PREFIX.match(text)
        return (text[prefix.end() :], prefix[1]) if prefix else (text, "default")
    strings, at = directive["strings"], 0
    out: list[str] = []
    while at < len(strings):
        match = _STRING.match(strings, at)
        if match is None:
            if out:
                raise FormatError(
                    f"the text {strings[at : at + 12]!r} at position {directive.start('strings') + at + 1} "
                    f"of the log_format directive",
                    "strings in quotes, then a semicolon",
                )
            return strings, directive["escape"] or "default"
        if match["space"] is None:
            quoted = match[1] if match[1] is not None else match[2]
            out.append(re.sub(r"\\(['\"\\])", r"\1", quoted))
        at = match.end()
    return "".join(out), directive["escape"] or "default"
