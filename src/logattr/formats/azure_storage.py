"""Azure's Storage Analytics logs.

Source: https://learn.microsoft.com/en-us/rest/api/storageservices/storage-analytics-log-format
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

_V1 = (
    "version-number request-start-time:iso8601=time operation-type:text=operation request-status "
    "http-status-code:status=status end-to-end-latency-in-ms:milliseconds=duration_ms server-latency-in-ms:integer "
    "authentication-type requester-account-name:text=user owner-account-name service-type request-url:text=target "
    "requested-object-key:text=object_key request-id-header:text=request_id operation-count:integer "
    "requester-ip-address:client=client request-version-header request-header-size:integer "
    "request-packet-size:integer=bytes_received response-header-size:integer response-packet-size:integer=bytes_sent "
    "request-content-length:integer request-md5 server-md5 etag-identifier last-modified-time conditions-used "
    "user-agent-header:text=user_agent referrer-header:text=referrer client-request-id"
)
_V2 = "user-object-id tenant-id application-id audience issuer user-principal-name reserved-field authorization-detail"

FORMATS = (
    Format(
        name="azure_storage",
        title="Azure Storage Analytics 1.0 and 2.0",
        url="https://learn.microsoft.com/en-us/rest/api/storageservices/storage-analytics-log-format",
        syntax="azure",
        template=f"{_V1} {_V2}\n{_V1}",
        actions="azure",
        escapes="html",
        samples={
            '1.0;2024-01-10T08:01:02.1234567Z;GetBlob;AnonymousSuccess;200;18;17;anonymous;;films;blob;"https://films.blob.'
            'core.windows.net/new/a.mov?timeout=5&amp;v=1";"/films/new/a.mov";7b9a;0;203.0.113.9:51754;2017-04-17;283;0;257;'
            '703;0;;;"&quot;0x8D4&quot;";Wednesday, 10-Jan-24 08:00:00 GMT;;"Mozilla/5.0 (X11; Linux)";;"c1"': {
                "client_ip": "203.0.113.9",
                "client_raw": "203.0.113.9:51754",
                "time": "2024-01-10T08:01:02.123456Z",
                "operation": "GetBlob",
                "action": "read",
                "bucket": "new",
                "object_key": "/films/new/a.mov",
                "path": "/new/a.mov",
                "bytes_sent": 703,
                "duration_ms": 18.0,
                "user_agent": "Mozilla/5.0 (X11; Linux)",
                "user": None,
            },
        },
        notes="30 columns in version 1.0, 38 in 2.0. Sizes are those of the content without headers. The URL is kept as "
        "logged, `&amp;` included; other texts are decoded. `bucket` is the container, the second part of the key.",
    ),
)
