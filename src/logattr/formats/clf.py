"""Apache's formats, as httpd.conf and Debian's apache2.conf name them.

Source: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html and Debian's apache2 2.4 package.
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FALLBACKS", "FORMATS"]

_DOCS = "https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#examples"
_COMMON = '%h %l %u %t "%r" %>s %b'
_HEADERS = '"%{Referer}i" "%{User-Agent}i"'

FORMATS = (
    Format(
        name="vhost_combined",
        title="Apache vhost_combined (Debian)",
        url="https://sources.debian.org/src/apache2/2.4.62-1/debian/config-dir/apache2.conf.in/",
        syntax="apache",
        template=f'%v:%p %h %l %u %t "%r" %>s %O {_HEADERS}',
        family="clf",
        samples={
            'files.example:443 203.0.113.9 - - [10/Jan/2024:08:01:02 +0800] "GET /a?b=c HTTP/1.1" 200 512 "-" "curl/8.5"': {
                "host": "files.example",
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T00:01:02Z",
                "path": "/a",
                "query": "b=c",
                "status": 200,
                "bytes_sent": 512,
                "user_agent": "curl/8.5",
                "extra": '{"%p": 443}',
            },
        },
        notes="The size is %O, headers included, not %b.",
    ),
    Format(
        name="vhost_common",
        title="Apache vhost_common",
        url=_DOCS,
        syntax="apache",
        template=f"%v {_COMMON}",
        family="clf",
        samples={
            'files.example 203.0.113.9 - - [10/Jan/2024:08:01:02 +0800] "GET / HTTP/1.1" 304 -': {
                "host": "files.example",
                "client_ip": "203.0.113.9",
                "status": 304,
                "bytes_sent": None,
                "action": "list",
            },
        },
    ),
    Format(
        name="combinedio",
        title="Apache combinedio",
        url=_DOCS,
        syntax="apache",
        template=f"{_COMMON} {_HEADERS} %I %O",
        family="clf",
        samples={
            '2001:db8::7 - kim [10/Jan/2024:08:01:02 +0530] "PUT /up/scene.mov HTTP/1.1" 201 0 "-" "curl/8.5" 10485760 301': {
                "client_ip": "2001:db8::7",
                "user": "kim",
                "time": "2024-01-10T02:31:02Z",
                "action": "write",
                "bytes_sent": 0,
                "bytes_received": 10485760,
                "extra": '{"%O": 301}',
            },
        },
    ),
    Format(
        name="combined",
        title="Apache combined",
        url="https://httpd.apache.org/docs/2.4/logs.html#combined",
        syntax="apache",
        template=f"{_COMMON} {_HEADERS}",
        family="clf",
        # nginx writes \xHH only, which is one of Apache's own forms: both decode to the same text.
        reads_also=frozenset(
            {"nginx_combined", "openlitespeed", "lighttpd", "varnishncsa", "tomcat", "caddy_clf"}
        ),
        samples={
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0800] "GET /a HTTP/1.1" 200 12 "-" "say \\"\\xe4\\xbd\\xa0\\""': {
                "client_ip": "203.0.113.9",
                "client_rule": "peer",
                "time": "2024-01-10T00:01:02Z",
                "method": "GET",
                "path": "/a",
                "protocol": "HTTP/1.1",
                "status": 200,
                "bytes_sent": 12,
                "referrer": None,
                "user_agent": 'say "你"',
                "action": "read",
            },
            '198.51.100.4 - - [10/Jan/2024:08:01:02 +0000] "\\x16\\x03\\x01" 400 226 "-" "-"': {
                "client_ip": "198.51.100.4",
                "method": None,
                "path": None,
                "target": "\\x16\\x03\\x01",
                "status": 400,
                "user_agent": None,
            },
        },
        notes="Read the same way as nginx's combined. `-` is null; an empty user is written as two quotes.",
    ),
    Format(
        name="common",
        title="Apache common (NCSA)",
        url="https://httpd.apache.org/docs/2.4/logs.html#common",
        syntax="apache",
        template=_COMMON,
        family="clf",
        reads_also=frozenset({"proftpd_extended", "pureftpd_clf", "pureftpd_clf_mended"}),
        samples={
            'host.example - john doe [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326': {
                "client_ip": None,
                "client_host": "host.example",
                "client_rule": "hostname",
                "user": "john doe",
                "time": "2000-10-10T20:55:36Z",
                "bytes_sent": 2326,
            },
            '192.0.2.7 - "" [10/Oct/2000:13:55:36 -0700] "-" 408 -': {
                "client_ip": "192.0.2.7",
                "user": "",
                "target": None,
                "status": 408,
                "bytes_sent": None,
            },
        },
    ),
)

FALLBACKS = (
    Format(
        name="combined_and_more",
        title="Apache or nginx combined with further fields behind it",
        url="https://httpd.apache.org/docs/2.4/logs.html#combined",
        syntax="template",
        template='{client} {ident} {user} [{time:clf}] "{request}" {status:only_status} {bytes_sent} "{referrer}" "{user_agent}"{tail}',
        escapes="apache",
        family="clf",
        reads_also=frozenset(
            {
                "combined",
                "openlitespeed",
                "combinedio",
                "nginx_combined",
                "nginx_main",
                "lighttpd",
                "varnishncsa",
                "tomcat",
            }
            | {"caddy_clf", "haproxy_clf", "icecast", "ingress_nginx", "squid_combined", "traefik"}
        ),
        fallback=True,
        samples={
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0800] "GET /a HTTP/1.1" 200 12 "-" "curl/8.5" 0.003 "r 1"': {
                "client_ip": "203.0.113.9",
                "status": 200,
                "user_agent": "curl/8.5",
                "extra": '{"tail": "0.003 \\"r 1\\""}',
            },
        },
        warning="hold fields behind the user agent that were not interpreted; --format with the server's own "
        "format string reads them",
        notes="What follows the user agent is kept as it stands in `extra`; name the server's own "
        "LogFormat or log_format to have it read.",
    ),
)
