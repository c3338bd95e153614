"""What people make of Apache's and nginx's formats: a column in front, others behind, other times.

The shapes come from the documented examples of servers and frameworks. Columns whose meaning no shape
can tell from what stands in them are kept as they are, and whoever uses the result is told so.
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FALLBACKS", "FORMATS"]

_NAMES = "{ident:word} {user:word}"
_ADDRESS_NAMES = f"{{client:address}} {_NAMES}"
_COMMON = '[{time:clf}] "{request}" {status} {bytes_sent}'
_HEADERS = '"{referrer}" "{user_agent}"'
_TIME = "[{time:timestamp}]"
# In front of the address: a second address (the server's, or one that was forwarded), a host, a header.
_FRONTS = (
    "{front:address} ",
    "{host:host_name} ",
    '"{forwarded}" ',
    '{host:host_name} "{forwarded}" ',
    "{host:host_name} {front:address} ",
    "{host:host_name} {forwarded:address_list} ",
    "{host:dotted_name} {forwarded:=-} ",
    "{forwarded:address_list} ",
)

_HEADS = (
    f"{{client}} {{ident:word}} {{user}} {_TIME} ",
    *(f"{front}{_ADDRESS_NAMES} {_TIME} " for front in _FRONTS),
    f"{{host:host_name}} {{client:address_list}} {_NAMES} {_TIME} ",
    *(f"{{client:{kind}}} {{user:word}} {_TIME} " for kind in ("address", "address_list")),
    f"{{client:address}} {_TIME} ",
    f"{_TIME} {_ADDRESS_NAMES} ",
    f"{_TIME} {{client:address}} ",
    f"{_TIME} {{host:host_name}} {{client:address}} ",
    "{client:address} {ident:name} {user:name} ",  # behind syslog, which has the time
)
_BODIES = (
    f'"{{request}}" {{status:only_status}} {{bytes_sent}} {_HEADERS}{{tail}}',
    '"{request}" {status:only_status} {bytes_sent} {more:unquoted} "{referrer:url_or_nothing}" "{user_agent}"{tail}',
    '"{request}" {status:only_status} {bytes_sent} {referrer:=-} "{user_agent}"{tail}',
    '"{request}" {status:only_status} {bytes_sent} "{user_agent:product}"{tail}',
    '"{request}" {status:only_status} {bytes_sent}{tail}',
    '"{request}" {status:only_status} {next:token}{tail}',
)
# A list in the place of the client, with more behind: without, `combined` reads it.
_LIST_AND_MORE = (
    f'{{client:address_list}} {_NAMES} {_TIME} "{{request}}" {{status:only_status}} {{bytes_sent}} {_HEADERS} '
    "{next:word}{tail}"
)
_WARNING = (
    "were read by what Apache's formats have in common; further columns were not interpreted; --format "
    "with the server's own format string reads them"
)

FORMATS = (
    Format(
        name="host_combined",
        title="Combined with a column in front: a host, an address, or a forwarded header in quotes",
        url="https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats",
        syntax="template",
        template="\n".join(
            f"{head} {_COMMON} {_HEADERS}"
            for head in (
                *(f"{front}{_ADDRESS_NAMES}" for front in _FRONTS),
                f"{{host:host_name}} {{client:address_list}} {_NAMES}",  # forwarded, and no other address
                *(
                    f"{{client:address}} - {{forwarded:{kind}}} {_NAMES}"
                    for kind in ("address", "address_list")
                ),
                "{client:address} {forwarded:address_list} {user:word}",
                f"{{client:address}} {{host:dotted_name}} {_NAMES}",
                f"{{host:dotted_name}} {{client:dotted_name}} {_NAMES}",  # HostnameLookups
                "{client:address} - - {user:word}",
            )
        ),
        escapes="apache",
        family="clf",
        reads_also=frozenset({"vhost_combined"}),
        samples={
            'www.example 203.0.113.9 - kim [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8.5"': {
                "client_ip": "203.0.113.9",
                "host": "www.example",
                "user": "kim",
                "status": 200,
                "user_agent": "curl/8.5",
            },
            '198.51.100.6 203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8.5"': {
                "client_ip": "203.0.113.9",
                "extra": '{"front": "198.51.100.6"}',
            },
            '"198.51.100.6" 203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8.5"': {
                "client_ip": "203.0.113.9",
                "forwarded": "198.51.100.6",
            },
            'www.example 198.51.100.6, 192.0.2.4 203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8.5"': {
                "client_ip": "203.0.113.9",
                "forwarded": "198.51.100.6, 192.0.2.4",
                "host": "www.example",
                "user": None,
            },
        },
        notes="The address right before the two names is the client, or the only one there is. One before that may be the server's or one that "
        "was forwarded: nothing tells which, so it stays in `extra`. Several with commas between them were forwarded; where no other "
        "address is there, the last of them is the client.",
    ),
    Format(
        name="ssl_request",
        title="Apache ssl_request_log",
        url="https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#logformats",
        syntax="template",
        template='[{time:clf}] {client} {tls:word} {cipher:word} "{request}" {bytes_sent}',
        escapes="apache",
        samples={
            '[10/Jan/2024:08:01:02 +0000] 203.0.113.9 TLSv1.3 TLS_AES_256_GCM_SHA384 "GET /a HTTP/1.1" 12': {
                "client_ip": "203.0.113.9",
                "tls": "TLSv1.3",
                "path": "/a",
                "status": None,
                "bytes_sent": 12,
            },
        },
        notes="As Red Hat's and Apache's own ssl.conf write it. There is no status.",
    ),
    Format(
        name="http_server",
        title="Python http.server and Werkzeug (Flask)",
        url="https://docs.python.org/3/library/http.server.html#http.server.BaseHTTPRequestHandler.log_message",
        syntax="template",
        # werkzeug/serving.py, log_request: on a terminal, a colour for most statuses.
        template="\n".join(
            f'{{client}} - - [{{time:strftime:%d/%b/%Y %H:%M:%S}}] "{request}" {{status}} {{bytes_sent}}'
            for request in ("{colour:colour}{request}\x1b[0m", "{request}")
        ),
        escapes="apache",
        samples={
            '203.0.113.9 - - [10/Jan/2024 08:01:02] "GET /a HTTP/1.1" 200 -': {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02Z",
                "time_zone_known": False,
                "status": 200,
                "bytes_sent": None,
            },
        },
        notes="Local time without an offset, in the order of CLF.",
    ),
    Format(
        name="glassfish",
        title="GlassFish and Payara",
        url="https://docs.payara.fish/community/docs/Technical%20Documentation/Payara%20Server%20Documentation/Logging/Access%20Logging%20Date%20Stamp.html",
        syntax="template",
        template='"{client}" "{user}" "{time:clf}" "{request}" {status} {bytes_sent}{tail}',
        escapes="apache",
        samples={
            '"203.0.113.9" "NULL-AUTH-USER" "10/Jan/2024:08:01:02 +0000" "GET /a HTTP/1.1" 200 12': {
                "client_ip": "203.0.113.9",
                "user": "NULL-AUTH-USER",
                "status": 200,
                "bytes_sent": 12,
            },
        },
    ),
    Format(
        name="api_gateway",
        title="Amazon API Gateway, access log in CLF",
        url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html#apigateway-cloudwatch-log-formats",
        syntax="template",
        template='{client} {caller:word} {user:word} [{time:clf}]"{request}" {status} {bytes_sent} {request_id:word}{tail}',
        escapes="apache",
        samples={
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0000]"GET /a HTTP/1.1" 200 512 c6af9ac6-7b61': {
                "client_ip": "203.0.113.9",
                "path": "/a",
                "status": 200,
                "bytes_sent": 512,
                "request_id": "c6af9ac6-7b61",
            },
        },
        notes="No blank stands before the request. Its JSON is read as `json_access`.",
    ),
    Format(
        name="apisix",
        title="Apache APISIX, default format",
        url="https://apisix.apache.org/docs/apisix/plugins/file-logger/",
        syntax="nginx",
        template=(
            '$remote_addr - $remote_user [$time_local] $http_host "$request" $status $body_bytes_sent $request_time '
            '"$http_referer" "$http_user_agent" $upstream_addr $upstream_status $upstream_response_time '
            '"$upstream_scheme://$upstream_host$upstream_uri"'
        ).replace("$upstream_host$upstream_uri", "$upstream_host_and_uri"),
        escapes="nginx",
        samples={
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] www.example "GET /a HTTP/1.1" 200 12 0.005 "-" "curl/8.5" - - - '
            '"http://www.example"': {
                "client_ip": "203.0.113.9",
                "host": "www.example",
                "status": 200,
                "duration_ms": 5.0,
                "user_agent": "curl/8.5",
            },
        },
    ),
)

# Tried only on lines that no other format reads, and after `combined_and_more`.
FALLBACKS = (
    Format(
        name="clf_unquoted",
        title="Lines like Apache's whose request stands in no quotes",
        url="https://tomcat.apache.org/tomcat-10.1-doc/config/valve.html#Access_Log_Valve",
        syntax="template",
        template=f"{_HEADS[0]}{{method:method}} {{target:word}} {{protocol:=HTTP/1.0|HTTP/1.1|HTTP/2.0}} {{status}} {{bytes_sent}}{{tail}}",
        escapes="apache",
        family="clf",
        fallback=True,
        samples={
            "203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] GET /a?b=c HTTP/1.1 200 12 5": {
                "client_ip": "203.0.113.9",
                "method": "GET",
                "path": "/a",
                "status": 200,
                "bytes_sent": 12,
                "extra": '{"tail": "5"}',
            },
        },
        warning=_WARNING,
        notes="As %m %U %H of Tomcat's valve and of Apache give it.",
    ),
    Format(
        name="clf_variant",
        title="Lines like Apache's with other columns or another time",
        url="https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats",
        syntax="template",
        template="\n".join([*(f"{head}{body}" for body in _BODIES for head in _HEADS), _LIST_AND_MORE]),
        escapes="apache",
        family="clf",
        fallback=True,
        reads_also=frozenset(
            {
                "combined",
                "openlitespeed",
                "nginx_combined",
                "combinedio",
                "nginx_main",
                "host_combined",
                "vhost_combined",
            }
            | {
                "vhost_common",
                "common",
                "varnishncsa",
                "tomcat",
                "caddy_clf",
                "icecast",
                "traefik",
                "squid_common",
            }
            | {"squid_combined", "combined_and_more", "http_server", "lighttpd", "gunicorn", "jetty"}
            | {
                "alibaba_oss",
                "jira",
                "ingress_nginx",
                "couchbase",
                "haproxy_clf",
                "proftpd_extended",
                "pureftpd_clf",
                "pureftpd_clf_mended",
            }
        ),
        samples={
            '203.0.113.9 - kim [2024-01-10T08:01:02+01:00] "GET /a HTTP/1.1" 200 12 "-" "curl/8.5" 0.003': {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2024-01-10T07:01:02Z",
                "status": 200,
                "bytes_sent": 12,
                "user_agent": "curl/8.5",
                "extra": '{"tail": "0.003"}',
            },
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 0.003 "-" "curl/8.5"': {
                "referrer": None,
                "user_agent": "curl/8.5",
                "extra": '{"more": "0.003"}',
            },
            'www.example:443 203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8.5" 1234': {
                "client_ip": "203.0.113.9",
                "host": "www.example:443",
                "user_agent": "curl/8.5",
            },
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 0.003 12 "-" "curl/8.5"': {
                "client_ip": "203.0.113.9",
                "status": 200,
                "bytes_sent": None,
                "user_agent": None,
                "extra": '{"next": "0.003", "tail": "12 \\"-\\" \\"curl/8.5\\""}',
            },
        },
        warning=_WARNING,
        notes="A column may stand in front or be missing there; the time may be ISO 8601, have a fraction or no "
        "offset, or be left to syslog. Columns behind status and size are read only where they show what they are, else kept in `extra`.",
    ),
)
