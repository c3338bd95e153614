"""Web and application servers beside Apache and nginx.

Most write Apache's common or combined format with a twist; what can be told from Apache's lines is
detected, the others are there to be asked for by name.
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS", "LOOK_ALIKES"]

_HEAD = "{client} {ident:word} {user} [{time:clf}]"
_COMMON = f'{_HEAD} "{{request}}" {{status}} {{bytes_sent}}'
_HEADERS = '"{referrer}" "{user_agent}"'
_LITESPEED = "{time:iso8601} [{level:word}] [{pid:integer}] "
_LITESPEED_CLIENTS = (
    "[{client}:{version:=HTTP2|HTTP3|QUIC}-{connection:integer}#{host}] ",
    "[{client}-{connection:integer}#{host}] ",
)
_UWSGI_MEMORY = (  # option memory-report
    "{{address space usage: {memory_bytes:integer} bytes/{memory:word}}} {{rss usage: {rss_bytes:integer} bytes/{rss:word}}} "
)
_UWSGI = (
    "[pid: {pid:integer}|app: {app:token}|req: {request_number:token}] {client:client_list_or_nothing} ({user}) "
    "{{{variables:integer} vars in {variables_bytes:integer} bytes}} [{time:ctime}] {method:word} {target} "
    "=> generated {bytes_sent} bytes in {duration_ms:%s} %s{via:=| via sendfile()| via route()| via offload()} "
    "({protocol:word} {status}) {headers:integer} headers in {header_bytes:integer} bytes "
    "({switches:integer} switches on core {core:integer})"
)
_BITBUCKET = (
    "{client} | {scheme:word} | {request_id:word} | {user:word} | {time:iso8601} | %s | "
    "{status:status_or_zero} | {bytes_received} | {bytes_sent} | {labels:list} | {duration_ms:milliseconds} | {session:word} |"
)
_ATLASSIAN = (
    "{user:word} {thread:word} {client} {method:method} {target:word} {protocol:word} {status} "
    "{duration_ms:milliseconds}ms {bytes_sent} {referrer:word} {user_agent}"
)

FORMATS = (
    Format(
        name="lighttpd",
        title="lighttpd, and OVH's shared hosting",
        url="https://redmine.lighttpd.net/projects/lighttpd/wiki/Mod_accesslog",
        syntax="template",
        template=f'{{client}} {{host:dotted}} {{user:word}} [{{time:clf}}] "{{request}}" {{status}} {{bytes_sent}} {_HEADERS}',
        escapes="apache",
        family="clf",
        samples={
            '203.0.113.9 files.example:8080 - [10/Jan/2024:08:01:02 +0100] "GET /a HTTP/1.1" 200 12 "-" "say \\"hi\\""': {
                "client_ip": "203.0.113.9",
                "host": "files.example:8080",
                "user": None,
                "time": "2024-01-10T07:01:02Z",
                "status": 200,
                "bytes_sent": 12,
                "user_agent": 'say "hi"',
            },
        },
        notes="The second column is the Host header, which the client writes. Where it is `-`, the lines are "
        "those of Apache's combined.",
    ),
    Format(
        name="varnishncsa",
        title="Varnish (varnishncsa)",
        url="https://varnish-cache.org/docs/trunk/reference/varnishncsa.html",
        syntax="apache",
        template='%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-agent}i"',
        detected=False,
        samples={
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET http://files.example/a?b HTTP/1.1" 200 12 "-" "curl/8.5"': {
                "client_ip": "203.0.113.9",
                "target": "http://files.example/a?b",
                "path": "/a",
                "query": "b",
                "status": 200,
            },
        },
        notes="Apache's combined, read as such when detected; the target is an absolute URL. In backend mode (-b) "
        "the first column is the backend, not the client.",
    ),
    Format(
        name="tomcat",
        title="Tomcat access log valve, combined",
        url="https://tomcat.apache.org/tomcat-10.1-doc/config/valve.html#Access_Log_Valve",
        syntax="apache",
        template='%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-Agent}i"',
        detected=False,
        samples={
            '0:0:0:0:0:0:0:1 - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 - "-" "caf\\u00e9"': {
                "client_ip": "::1",
                "bytes_sent": None,
                "user_agent": "café",
            },
        },
        notes="Apache's combined, read as such when detected. What cannot be printed is written \\uXXXX, IPv6 "
        "addresses uncompressed. The valve's `common` pattern is Apache's common.",
    ),
    Format(
        name="uvicorn",
        title="uvicorn",
        url="https://www.uvicorn.org/settings/#logging",
        syntax="template",
        escapes="plain",
        # The level is padded to the longest; a handler of the user's may write one blank.
        template="\n".join(
            f"INFO:{blanks}{shape}"
            for blanks in ("     ", " ")
            for shape in (
                '{client:client_and_port} - "{request}" {outcome:=[accepted]}',
                # A column of its own, for no port is to be cut off from this address.
                """('{peer:address}', {port:integer}) - "{request}" {outcome:=[accepted]|403}""",
                '{client:client_and_port} - "{request}" {status}{?} {reason}',
            )
        ),
        warning="give no time at all",
        samples={
            'INFO:     203.0.113.9:54321 - "GET /a?b=c HTTP/1.1" 404 Not Found': {
                "client_ip": "203.0.113.9",
                "time": None,
                "path": "/a",
                "query": "b=c",
                "status": 404,
                "extra": '{"reason": "Not Found"}',
            },
        },
        notes="The default format has no time.",
    ),
    Format(
        name="caddy_clf",
        title="Caddy, combined (version 1, or the transform encoder)",
        url="https://github.com/caddyserver/transform-encoder",
        syntax="template",
        template=f'{_HEAD} "{{request}}" {{status:status_or_zero}} {{bytes_sent}} {_HEADERS}',
        escapes="apache",
        detected=False,
        samples={
            '203.0.113.9 - kim [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/2.0" 200 12 "-" "curl/8.5"': {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "protocol": "HTTP/2.0",
            },
        },
        notes="Apache's combined, read as such when detected; without the headers it is Apache's common.",
    ),
    Format(
        name="jetty",
        title="Jetty's NCSA log where it differs from Apache's",
        url="https://jetty.org/docs/jetty/12/operations-guide/modules/standard.html#requestlog",
        syntax="template",
        template="\n".join(
            (
                *(
                    f'{{client}} -  -  [{{time:clf}}] "{{request}}" {{status}} {{bytes_sent}}{tail}'
                    for tail in (
                        "",
                        f" {_HEADERS}",
                        f" {_HEADERS} ",
                        f" {_HEADERS} {{duration_ms}}",
                        f" {_HEADERS}  {{duration_ms}}",
                    )
                ),
                f"{_COMMON} ",  # WebLogic, common
                f"{_COMMON} {_HEADERS} ",
                f"{_COMMON} {_HEADERS}  {{duration_ms}}",
            )
        ),
        escapes="apache",
        family="clf",
        samples={
            '203.0.113.9 -  -  [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "-"  8': {
                "client_ip": "203.0.113.9",
                "user": None,
                "status": 200,
                "user_agent": None,
                "duration_ms": 8.0,
            },
            '203.0.113.9 - kim [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "-" ': {
                "user": "kim",
                "duration_ms": None,
            },
        },
        notes="An absent user is padded with blanks, and two blanks stand before the latency where there is no "
        "user agent. All other lines are Apache's common and combined, and read as such.",
    ),
    Format(
        name="litespeed",
        title="LiteSpeed: failed log-ins between the lines of an access log",
        url="https://docs.litespeedtech.com/lsws/logging/",
        syntax="template",
        escapes="plain",
        template="\n".join(
            (
                *(
                    f"{_LITESPEED}{one}User '{{user}}' {{operation:=failed to authenticate}}."
                    for one in _LITESPEED_CLIENTS
                ),
                *(
                    f"{_LITESPEED}{one}[STDERR] [WebAdmin Console] {{operation:=Failed Login Attempt}} - "
                    "username:{user} ip:{logged_ip:token} url:{url}"
                    for one in _LITESPEED_CLIENTS
                ),
            )
        ),
        family="clf",
        actions="login",
        samples={
            "2022-06-09 12:22:07.353044 [INFO] [1226038] [203.0.113.9:61120-5#Example] User 'kim' failed to authenticate.": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "host": "Example",
                "time": "2022-06-09T12:22:07.353044Z",
                "time_zone_known": False,
                "operation": "failed to authenticate",
                "action": "other",
            },
            (
                "2022-06-08 22:49:20.774649 [NOTICE] [1226033] [203.0.113.9:45164:HTTP2-41#_AdminVHost] [STDERR] "
                "[WebAdmin Console] Failed Login Attempt - username:kim ip:127.0.0.1 url:"
            ): {"client_ip": "203.0.113.9", "user": "kim", "host": "_AdminVHost"},
        },
        notes="LiteSpeed's access lines are Apache's combined. Of its error log only failed log-ins are events.",
    ),
    Format(
        name="openlitespeed",
        title="OpenLiteSpeed, where the quotes around its format are written, too",
        url="https://docs.openlitespeed.org/config/logs/",
        syntax="template",
        template="\n".join(
            f'"{{client:address}} {{ident:word}} {{user}} [{{time:clf}}] "{{request}}" {{status}} {{bytes_sent}}{end}'
            for end in ("", '"', f" {_HEADERS}", f' {_HEADERS}"')
        ),
        escapes="plain",
        family="clf",
        samples={
            '"203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12"': {
                "client_ip": "203.0.113.9",
                "path": "/a",
                "status": 200,
                "bytes_sent": 12,
            },
            '"203.0.113.9 - kim [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8.5"': {
                "user": "kim",
                "user_agent": "curl/8.5",
            },
        },
        notes="All other lines are Apache's common and combined, and read as such.",
    ),
    Format(
        name="uwsgi",
        title="uWSGI request log",
        url="https://uwsgi-docs.readthedocs.io/en/latest/LogFormat.html",
        syntax="template",
        escapes="plain",
        template="\n".join(
            memory + _UWSGI % unit
            for memory in ("", _UWSGI_MEMORY)
            for unit in (("milliseconds", "msecs"), ("microseconds", "micros"))
        ),
        samples={
            (
                "[pid: 88185|app: 0|req: 1/1] 203.0.113.9 (kim) {38 vars in 696 bytes} [Sun Mar 13 22:49:12 2016] "
                "POST /update?a=b => generated 47 bytes in 129 msecs (HTTP/1.1 200) 9 headers in 378 bytes "
                "(1 switches on core 3)"
            ): {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2016-03-13T22:49:12Z",
                "time_zone_known": False,
                "method": "POST",
                "path": "/update",
                "query": "a=b",
                "status": 200,
                "bytes_sent": 47,
                "duration_ms": 129.0,
                "action": "write",
            },
            (
                "[pid: 9|app: -1|req: -1/2] 2001:db8::7 () {34 vars in 617 bytes} [Sun Mar  6 22:49:15 2016] "
                "GET /a => generated 215 bytes in 68 micros via sendfile() (HTTP/1.1 200) 9 headers in 373 bytes "
                "(0 switches on core 8)"
            ): {"client_ip": "2001:db8::7", "user": None, "duration_ms": 0.068},
        },
        notes="Local time without an offset. The bytes of the variables are no bytes of the request.",
    ),
    Format(
        name="atlassian",
        title="Confluence and Jira, Tomcat access log",
        url="https://confluence.atlassian.com/adminjiraserver/configuring-jira-application-logging-938847740.html",
        syntax="template",
        escapes="plain",
        template=f"[{{time:clf}}] {_ATLASSIAN}\n[{{time:clf}}] {{forwarded}} {_ATLASSIAN}",
        samples={
            "[17/Jun/2021:12:57:26 +0200] kim http-nio-8080-exec-6 203.0.113.9 GET /index.action HTTP/1.1 200 1020ms 7881 - curl/7.85.0 (x)": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2021-06-17T10:57:26Z",
                "path": "/index.action",
                "status": 200,
                "duration_ms": 1020.0,
                "bytes_sent": 7881,
                "referrer": None,
                "user_agent": "curl/7.85.0 (x)",
            },
            "[03/Oct/2022:09:00:01 +0000] 203.0.113.9 - http-nio-8080-exec-1 10.0.0.2 GET /login.jsp HTTP/1.1 200 125ms 8712 http://x.example/ curl/7.85.0": {
                "client_ip": "10.0.0.2",
                "forwarded": "203.0.113.9",
                "user": None,
                "method": "GET",
            },
        },
        notes="Jira from 9.4 and Confluence from 7.11 put the forwarded client first. Nothing is quoted.",
    ),
    Format(
        name="jira",
        title="Jira access log",
        url="https://confluence.atlassian.com/adminjiraserver/user-access-logging-938847718.html",
        syntax="template",
        template=(
            '{client} {request_id:word} {user:word} [{time:clf}] "{request}" {status} {bytes_sent} '
            '{time_taken:seconds} "{referrer}" "{user_agent}" "{session}"'
        ),
        escapes="apache",
        samples={
            '203.0.113.9 1034x1x1 kim [10/Jan/2024:08:01:02 +0000] "GET /secure/Dashboard.jspa HTTP/1.1" 200 1020 0.0460 "-" "curl/8.5" "1x6mkwk"': {
                "client_ip": "203.0.113.9",
                "request_id": "1034x1x1",
                "user": "kim",
                "path": "/secure/Dashboard.jspa",
            },
        },
        notes="The unit of the time taken depends on the version; it stays in `extra`.",
    ),
    Format(
        name="bitbucket",
        title="Bitbucket access log",
        url="https://confluence.atlassian.com/bitbucketserverkb/how-to-read-the-bitbucket-data-center-log-formats-779171668.html",
        syntax="template",
        escapes="plain",
        # Over SSH there is a command instead of a request, and a dash instead of two headers.
        template="\n".join(
            _BITBUCKET % request + end
            for request in (
                '"{request}" | "{referrer}" "{user_agent}"',
                "{command:between_bars} | {details:between_bars}",
            )
            for end in ("", " ", " -", " - ")
        ),
        samples={
            (
                "203.0.113.9,10.0.0.2 | https | o@9K7Z3NNx6x3112x1 | kim | 2012-10-29 00:06:26,838 | "
                '"GET /git/a.git/info/refs HTTP/1.1" | "" "git/1.7.4.1" | 200 | 13 | 7 | refs, cache:hit | 101 | tmpqqw | '
            ).rstrip(): {
                "client_ip": "10.0.0.2",
                "client_rule": "list_rightmost",
                "user": "kim",
                "time": "2012-10-29T00:06:26.838000Z",
                "time_zone_known": False,
                "path": "/git/a.git/info/refs",
                "referrer": None,
                "user_agent": "git/1.7.4.1",
                "status": 200,
                "bytes_received": 13,
                "bytes_sent": 7,
                "duration_ms": 101.0,
            },
        },
        notes="Identifiers with i@ mark the begin of a request, with o@ its end: most requests are two lines. "
        "Local time without an offset. The client column may be the forwarded list.",
    ),
    Format(
        name="couchbase",
        title="Couchbase HTTP access log",
        url="https://docs.couchbase.com/server/current/manage/manage-logging/manage-logging.html",
        syntax="template",
        escapes="plain",
        template='{client} {host:word} {user:word} [{time:clf}] "{request}" {status} {bytes_sent} {referrer:word} "{user_agent}" {message:unquoted}',
        samples={
            '203.0.113.9 db.example kim [18/Aug/2025:09:20:11 +0000] "GET /pools HTTP/1.1" 200 512 - "curl/7.68.0" Request took 5ms': {
                "client_ip": "203.0.113.9",
                "host": "db.example",
                "user": "kim",
                "referrer": None,
                "user_agent": "curl/7.68.0",
                "extra": '{"message": "Request took 5ms"}',
            },
        },
    ),
    Format(
        name="icecast",
        title="Icecast",
        url="https://icecast.org/docs/icecast-trunk/",
        syntax="template",
        template=f"{_COMMON} {_HEADERS} {{duration_ms:seconds}}",
        escapes="apache",
        detected=False,
        samples={
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /stream HTTP/1.1" 200 19000 "-" "VLC/3.0" 42': {
                "client_ip": "203.0.113.9",
                "duration_ms": 42000.0,
            },
        },
        notes="Combined and the seconds of listening. The same line may be another server's with another unit: "
        "detected, it is read as `combined_and_more`.",
    ),
    Format(
        name="gandi",
        title="Gandi simple hosting",
        url="https://docs.gandi.net/en/web_hosting/",
        syntax="template",
        template=(
            "{host:host} {client} {ident:word} {user} [{time:clf}] ({duration_ms:seconds} s) "
            f'"{{request}}" {{status}} {{bytes_sent}} {_HEADERS}'
        ),
        escapes="apache",
        samples={
            'www.example 203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] (0 s) "GET /a HTTP/1.1" 200 12 "-" "curl/8.5"': {
                "client_ip": "203.0.113.9",
                "host": "www.example",
                "duration_ms": 0.0,
            },
        },
    ),
)

# Lines that a format of Apache or nginx reads as well come after it.
LOOK_ALIKES = (
    Format(
        name="gunicorn",
        title="gunicorn",
        url="https://docs.gunicorn.org/en/stable/settings.html#access-log-format",
        syntax="template",
        template=f'{{client:client_or_nothing}} {{ident:word}} {{user}} [{{time:clf}}] "{{request}}" {{status}} {{bytes_sent}} {_HEADERS}',
        escapes="quotes",
        reads_also=frozenset(
            {"combined", "nginx_combined", "lighttpd", "varnishncsa", "tomcat", "caddy_clf"}
        ),
        samples={
            ' - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "a\\b \\"c\\""': {
                "client_ip": None,
                "client_rule": "no_address",
                "status": 200,
                "user_agent": 'a\\b "c"',
            },
        },
        notes="Apache's combined, and read as such when detected, but for the empty client of a Unix socket. Only "
        "quotes are escaped, so that a backslash before a quote can be read in two ways.",
    ),
)
