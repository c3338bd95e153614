"""What the column names of logs with a header mean: the one table from their names to ours.

Sources: W3C working draft WD-logfile-960323, Microsoft "W3C Logging" and "HTTP Server API error logs",
IIS Advanced Logging "Logging Fields", CloudFront "Standard logging reference" and "Real-time log fields",
Tomcat ``ExtendedAccessLogValve``, Imperva "Log file structure", Zeek ``base/protocols/http/main.zeek``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from logattr.reading.client_headers import CLIENT_HEADERS
from logattr.reading.template import Field, one_field_per_column

__all__ = ["Layout", "layout_of", "meaning"]

# name | column | kind | rank: of several names for one column the one with the lowest rank fills it,
# the others stay in `extra`. A name that is not here stays in `extra` as text.
_TABLE = """
timestamp(ms) | time | epoch_milliseconds | 0
timestamp | time | epoch_seconds | 1
date | time | w3c_date | 2
time | time | w3c_time | 2
date-local | time | strftime:%Y-%m-%d | 3
time-local | time | local_time | 3
c-ip | client | client | 0
c-dns | client | client | 2
cs-ip | client | client | 1
x-forwarded-for | forwarded | text | 0
cs(x-forwarded-for) | forwarded | text | 0
cs-x-forwarded-for | forwarded | text | 0
x_forwarded_for | forwarded | text | 0
s-xff | forwarded | text | 0
forwarded | forwarded | text | 1
cs(forwarded) | forwarded | text | 1
originalip | forwarded | text | 9
x-fullpath | object_key | text | 0
bytessent | bytes_sent | integer | 2
bytesreceived | bytes_received | integer | 2
cs-username | user | text | 0
x-h(remoteuser) | user | text | 1
cs-method | method | text | 0
cs-uri | target | text | 0
cs-uri-stem | path | text | 0
cs-uri-path | path | text | 1
cs-uri-query | query | text | 0
cs-version | protocol | text | 0
cs-protocol-version | protocol | text | 0
x-h(protocol) | protocol | text | 1
sc-status | status | status | 0
c-status | status | status | 1
sc-bytes | bytes_sent | integer | 0
bytes | bytes_sent | integer | 1
cs-bytes | bytes_received | integer | 0
timetakenms | duration_ms | milliseconds | 0
time-taken-ms | duration_ms | milliseconds | 0
time-taken | duration_ms | seconds | 1
cs(referer) | referrer | text | 0
cs(referrer) | referrer | text | 0
cs-referer | referrer | text | 0
cs(user-agent) | user_agent | text | 0
cs-user-agent | user_agent | text | 0
x-host-header | host | text | 0
cs-host | host | text | 1
cs(host) | host | text | 2
x-edge-request-id | request_id | text | 0
x-requestid | request_id | text | 1
ssl-protocol | tls | text | 0
s-port | | integer | 0
c-port | | integer | 0
sc-substatus | | integer | 0
sc-win32-status | | integer | 0
s-siteid | | text | 0
sc-content-len | | integer | 0
time-to-first-byte | | seconds | 0
id.orig_h | client | client | 0
id.orig_p | | integer | 0
id.resp_p | | integer | 0
ts | time | epoch_seconds | 0
method | method | text | 0
host | host | text | 1
uri | target | text | 0
referrer | referrer | text | 0
version | protocol | text | 0
user_agent | user_agent | text | 0
request_body_len | bytes_received | integer | 0
response_body_len | bytes_sent | integer | 0
status_code | status | status | 0
username | user | text | 0
proxied | forwarded | text | 0
trans_depth | | integer | 0
info_code | | integer | 0
uid | request_id | text | 2
time_micros | time | epoch_microseconds | 0
c_ip | client | client | 0
c_ip_type | | integer | 0
cs_method | method | text | 0
cs_uri | target | text | 0
sc_status | status | status | 0
cs_bytes | bytes_received | integer | 0
sc_bytes | bytes_sent | integer | 0
time_taken_micros | duration_ms | microseconds | 0
cs_host | host | text | 0
cs_referer | referrer | text | 0
cs_user_agent | user_agent | text | 0
s_request_id | request_id | text | 0
cs_operation | operation | text | 0
cs_bucket | bucket | text | 0
cs_object | object_key | text | 0
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of the rows under one header.

    Parameters
    ----------
    fields
        One per column, in the order of the row.
    needs_date
        Whether the rows give the time of day only, so that the date comes from a ``#Date`` line.
    """

    fields: tuple[Field, ...]
    needs_date: bool = False


def _read_table() -> dict[str, tuple[str | None, str, int]]:
    rows = (line.split("|") for line in _TABLE.strip().splitlines())
    table = {
        name.strip(): (column.strip() or None, kind.strip(), int(rank)) for name, column, kind, rank in rows
    }
    for one in CLIENT_HEADERS:
        kind = "text" if one.kind == "client" else one.kind
        table |= dict.fromkeys((one.name, f"cs({one.name})"), ("forwarded", kind, one.rank))
    return table


_MEANINGS = _read_table()


def meaning(name: str) -> tuple[str | None, str, int]:
    """Column, kind and rank of a name; names of headers are compared without regard to case.

    Examples
    --------
    >>> meaning("cs-Method"), meaning("x-unknown")
    (('method', 'text', 0), (None, 'text', 0))
    """
    return _MEANINGS.get(name.lower(), (None, "text", 0))


def layout_of(names: Sequence[str], declared: Mapping[str, tuple[str | None, str]] | None = None) -> Layout:
    """The layout that a list of column names describes.

    Parameters
    ----------
    names
        As the header writes them.
    declared
        Column and kind by lower-case name, where a format knows better than the common table.

    Examples
    --------
    >>> layout_of(["time", "c-ip", "time-taken"]).needs_date
    True
    >>> [field.column for field in layout_of(["time", "c-ip", "x-a"]).fields]
    ['time', 'client', None]
    """
    fields, ranks = [], []
    seen: dict[str, int] = {}
    for position, name in enumerate(names, 1):
        column, kind, rank = meaning(name)
        if declared and name.lower() in declared:
            column, kind = declared[name.lower()]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            # Of two columns of one name the first counts; the other is kept under a name of its own.
            column, kind = None, "text"
        shown = name if seen[name] == 1 else f"{name} ({seen[name]})"
        fields.append(Field(shown, column, kind, position))
        ranks.append(rank)
    assigned = [item for item in one_field_per_column(fields, ranks) if isinstance(item, Field)]
    kinds = {field.kind for field in assigned if field.column == "time"}
    return Layout(tuple(assigned), needs_date="w3c_time" in kinds and "w3c_date" not in kinds)
