"""OpenStack Swift and Ceph's object gateway."""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

_RADOSGW = "{written:iso8601} {thread:word} {level:padded} "

FORMATS = (
    Format(
        name="swift_proxy",
        title="OpenStack Swift proxy",
        url="https://docs.openstack.org/swift/latest/logs.html",
        syntax="template",
        template=(
            "{syslog:syslog}{forwarded:token} {client:token} {end:strftime:%d/%b/%Y/%H/%M/%S} {method:word} {path:word} "
            "{protocol:word} {status} {referrer:token} {user_agent:token} {token:token} {bytes_received} {bytes_sent} "
            "{etag:token} {request_id:token} {headers:token} {duration_ms:seconds} {swift_source:token} {log_info:token} "
            "{time:epoch_seconds} {end_time:epoch_seconds}{?} {policy_index:word}{tail}"
        ),
        escapes="percent",
        actions="swift",
        samples={
            (
                "Jun 10 12:00:01 proxy proxy-server: 198.51.100.6 203.0.113.9 10/Jun/2024/12/00/01 GET /v1/AUTH_test/films/a%2520b.mov "
                "HTTP/1.0 200 - python-swiftclient-3.1%20x AUTH_tk11 - 1024 - tx0001-0066 - 0.0121 - - 1718020800.123456789 "
                "1718020800.135556789 0"
            ): {
                "client_ip": "203.0.113.9",
                "forwarded": "198.51.100.6",
                "time": "2024-06-10T12:00:00.123456Z",
                "time_zone_known": True,
                "method": "GET",
                "bucket": "films",
                "object_key": "a%20b.mov",
                "action": "read",
                "status": 200,
                "bytes_sent": 1024,
                "duration_ms": 12.1,
                "request_id": "tx0001-0066",
                "user_agent": "python-swiftclient-3.1 x",
            },
        },
        notes="Every field is percent-encoded once more, the path with its query. The first column is the first entry of the forwarded list, "
        "which the client writes; the second is the peer, and taken for the client. A syslog prefix may stand "
        "before each line.",
    ),
    Format(
        name="ceph_beast",
        title="Ceph object gateway, beast frontend",
        url="https://docs.ceph.com/en/latest/radosgw/frontends/",
        syntax="template",
        escapes="plain",
        template="\n".join(
            f"{head}beast: {{pointer:word}}: {{client}} - {{user:word}} "
            '[{time:timestamp}] "{request}" {status} {bytes_sent} {referrer:quoted} {user_agent:quoted} {range:token}'
            + latency
            for latency in (" latency={duration_ms:seconds}s", "")  # not before Pacific
            # What a file has, what cephadm's containers print, and what other loggers leave.
            for head in (_RADOSGW, f"debug {_RADOSGW}", "")
        ),
        samples={
            (
                "2024-06-06T12:34:56.789+0000 7f2b7c0d1700  1 beast: 0x7f2b7c0d1700: 203.0.113.9 - kim "
                '[06/Jun/2024:12:34:56.785 +0000] "GET /films/a.mov HTTP/1.1" 200 512 - "aws-cli/2.15" - latency=0.004000000s'
            ): {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2024-06-06T12:34:56.785000Z",
                "time_zone_known": True,
                "path": "/films/a.mov",
                "status": 200,
                "bytes_sent": 512,
                "action": "read",
                "user_agent": "aws-cli/2.15",
                "duration_ms": 4.0,
            },
        },
        notes="A line of radosgw.log. The bucket is the first part of the path, unless it is in the host name, "
        "which is not logged; so no bucket is given.",
    ),
)
