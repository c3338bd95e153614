"""nginx's formats.

Source: https://nginx.org/en/docs/http/ngx_http_log_module.html and the nginx.conf of nginx's packages.
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

_COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent"'
)

FORMATS = (
    Format(
        name="nginx_main",
        title="nginx main, as the packages of nginx.org configure it",
        url="https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format",
        syntax="nginx",
        template=f'{_COMBINED} "$http_x_forwarded_for"',
        escapes="nginx",
        family="clf",
        samples={
            '10.0.0.2 - - [10/Jan/2024:08:01:02 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5" "203.0.113.9"': {
                "client_ip": "10.0.0.2",
                "peer_ip": "10.0.0.2",
                "forwarded": "203.0.113.9",
                "status": 200,
            },
        },
        notes="The forwarded list names the client only when --trusted-proxy says who may write it.",
    ),
    Format(
        name="nginx_combined",
        title="nginx combined",
        url="https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format",
        syntax="nginx",
        template=_COMBINED,
        escapes="nginx",
        family="clf",
        reads_also=frozenset({"combined", "openlitespeed", "varnishncsa", "tomcat", "caddy_clf"}),
        samples={
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /\\xE4 HTTP/1.1" 200 5 "-" "say \\x22hi\\x22"': {
                "client_ip": "203.0.113.9",
                "path": "/\\xE4",
                "user_agent": 'say "hi"',
            },
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "" 400 0 "-" "-"': {
                "target": "",
                "method": None,
                "status": 400,
                "bytes_sent": 0,
            },
        },
        notes="Only \\xHH is written for what is escaped; the same lines are read by `combined`.",
    ),
)
