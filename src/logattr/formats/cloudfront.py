"""Amazon CloudFront's access logs.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

# Fields were only ever added at the end.
_FIELDS = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken:seconds "
    "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
    "sc-range-start sc-range-end"
)
_LENGTHS = (33, 26, 24, 23, 19, 18, 12)
_REAL_TIME = (
    "timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes "
    "x-edge-location x-edge-request-id x-host-header time-taken:seconds cs-protocol-version c-ip-version cs-user-agent "
    "cs-referer cs-cookie cs-uri-query x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher "
    "x-edge-result-type fle-encrypted-fields fle-status sc-content-type sc-content-len sc-range-start sc-range-end c-port "
    "x-edge-detailed-result-type c-country cs-accept-encoding cs-accept cache-behavior-path-pattern cs-headers "
    "cs-header-names cs-headers-count"
)
_ROW = (
    "2024-01-10 08:01:02 CDG50-P2 703 203.0.113.9 GET d111.cloudfront.net /a%2520b 200 - curl/8.5 v=1 - Hit REQ== "
    "files.example https 62 0.113 198.51.100.4 TLSv1.3 TLS_AES_128_GCM_SHA256 Hit HTTP/2.0"
)
_REAL_TIME_ROW = (
    "1704873662.123 203.0.113.9 0.002 200 703 GET https d111.cloudfront.net /a 62 CDG50-P2 REQ== files.example "
    "0.113 HTTP/2.0 IPv4 curl/8.5 - - v=1 Hit - TLSv1.3 TLS_AES_128_GCM_SHA256 Hit - - video/mp4 512 - - 51754 "
    "Hit ES - */* * - - 5"
)

FORMATS = (
    Format(
        name="cloudfront",
        title="Amazon CloudFront standard log",
        url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
        syntax="w3c_tabs",
        header=r"^#\s*Fields:.*\b(x-edge-location|x-edge-request-id|x-edge-result-type|x-edge-detailed-result-type)\b",
        template="\n".join(" ".join(_FIELDS.split()[:length]) for length in _LENGTHS),
        samples={
            "#Version: 1.0\n#Fields: "
            + " ".join(_FIELDS.replace(":seconds", "").split()[:24])
            + "\n"
            + _ROW.replace(" ", "\t"): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02Z",
                "target": "/a%2520b?v=1",
                "host": "files.example",
                "bytes_sent": 703,
                "bytes_received": 62,
                "duration_ms": 113.0,
                "forwarded": "198.51.100.4",
                "request_id": "REQ==",
                "tls": "TLSv1.3",
                "protocol": "HTTP/2.0",
            },
        },
        notes="Times are UTC. The `#Fields` line separates names by blanks, rows separate values by TABs. Texts are "
        "percent-encoded by CloudFront, some twice, and kept as logged. `sc-bytes` counts headers as well.",
    ),
    Format(
        name="cloudfront_realtime",
        title="Amazon CloudFront real-time log, all fields",
        url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html",
        syntax="w3c_tabs",
        template=_REAL_TIME,
        reads_also=frozenset({"cloudfront"}),
        samples={
            _REAL_TIME_ROW.replace(" ", "\t"): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.123000Z",
                "target": "/a?v=1",
                "user_agent": "curl/8.5",
                "duration_ms": 113.0,
                "request_id": "REQ==",
            },
        },
        notes="The fields are chosen per distribution and no header names them: `--format '#Fields: timestamp c-ip ...'` "
        "with the chosen ones in their order. This name reads logs with the first 40 documented fields.",
    ),
)
