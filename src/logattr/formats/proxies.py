"""Reverse proxies, forward proxies and load balancers that write text."""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

_COMMON = '{client} {ident:word} {user} [{time:clf}] "{request}" {status} {bytes_sent}'
_HEADERS = '"{referrer}" "{user_agent}"'
_INGRESS = (
    f'{{user}} [{{time:clf}}] "{{request}}" {{status}} {{bytes_sent}} {_HEADERS} '
    "{bytes_received} {duration_ms:seconds} [{upstream_name}] %s{upstream:list} {upstream_length:list} "
    "{upstream_time:list} {upstream_status:list}{?} {request_id:word}"
)
_NPM = (
    '{status} - {method:word} {scheme:word} {host:word} "{target}" [Client {client}] [Length {bytes_sent}] '
    '[Gzip {gzip_ratio:word}] %s"{user_agent}" "{referrer}"'
)
_HAPROXY = "{syslog:syslog}{client:client_and_port} [{time:clf_local}] {frontend:word} "
_HAPROXY_STATE = "{termination:word} {connections:word} {queues:word}"
_HAPROXY_HTTP = (
    f"{_HAPROXY}{{backend:between_slashes}}/{{server:word}} "
    "{request_wait:integer}/{queue_wait:integer}/{connect:integer}/{response_wait:integer}/{duration_ms:integer_or_more} "
    f"{{status:status_or_zero}} {{bytes_sent:integer_or_more}} {{request_cookie:word}} {{response_cookie:word}} {_HAPROXY_STATE}"
    '{captured:captures} "'
)
_ENVOY = '[{time:iso8601}] "{request}" {status:status_or_zero} {response_flags:word} '
_CITRIX = '"{request}" {status} {bytes_sent} "{referrer}" "{user_agent}" "Time: {duration_ms:microseconds} microsecs"{tail}'

FORMATS = (
    Format(
        name="traefik",
        title="Traefik, common log format",
        url="https://doc.traefik.io/traefik/observability/access-logs/#format",
        syntax="template",
        template="\n".join(
            f"{_COMMON} {headers} {{request_count:integer}} {names} {{duration_ms:milliseconds}}ms"
            for names in ('"{router}" "{server_url}"', "{router:=-} {server_url:=-}")
            for headers in (
                _HEADERS,
                '{referrer:=-} "{user_agent}"',
                '"{referrer}" {user_agent:=-}',
                "{referrer:=-} {user_agent:=-}",
            )
        ),
        escapes="apache",
        samples={
            '203.0.113.9 - - [28/Sep/2022:13:38:04 +0000] "GET /a HTTP/2.0" - - "-" "curl/8.5" 42 "a@docker -> b@docker" "http://10.0.0.3:80" 7ms': {
                "client_ip": "203.0.113.9",
                "status": None,
                "bytes_sent": None,
                "user_agent": "curl/8.5",
                "duration_ms": 7.0,
                "extra": '{"request_count": 42, "router": "a@docker -> b@docker", "server_url": "http://10.0.0.3:80"}',
            },
        },
        notes="Status and size may be `-`.",
    ),
    Format(
        name="ingress_nginx",
        title="ingress-nginx (Kubernetes)",
        url="https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/",
        syntax="template",
        template="\n".join(
            head + _INGRESS % alternative
            for head in ("{client} - ", "{client} - [{real_ip}] - ")
            for alternative in ("[{alternative_upstream}] ", "")
        ),
        escapes="nginx",
        samples={
            (
                '203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8.5" 102 0.007 '
                "[default-web-80] [] 10.0.0.3:80, 10.0.0.4:80 0, 12 0.001, 0.006 502, 200 8f1c"
            ): {
                "client_ip": "203.0.113.9",
                "status": 200,
                "bytes_received": 102,
                "duration_ms": 7.0,
                "request_id": "8f1c",
            },
            (
                '203.0.113.9 - [203.0.113.9] - kim [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8.5" '
                "102 0.007 [default-web-80] 10.0.0.3:80 12 0.006 200"
            ): {"client_ip": "203.0.113.9", "user": "kim", "request_id": None},
        },
        notes="Both generations: with and without the client in brackets and the alternative upstream. Several "
        "upstreams that were tried stand as lists.",
    ),
    Format(
        name="nginx_proxy_manager",
        title="nginx proxy manager",
        url="https://nginxproxymanager.com/",
        syntax="template",
        template="\n".join(
            (
                "[{time:clf}] {cache:word} {upstream_status:list} " + _NPM % "[Sent-to {server:word}] ",
                "[{time:clf}] " + _NPM % "",
            )
        ),
        escapes="nginx",
        samples={
            '[10/Jan/2024:08:01:02 +0000] - 200 200 - GET https files.example "/a?b" [Client 203.0.113.9] [Length 12] [Gzip 1.5] [Sent-to 10.0.0.3] "curl/8.5" "-"': {
                "client_ip": "203.0.113.9",
                "host": "files.example",
                "method": "GET",
                "path": "/a",
                "query": "b",
                "status": 200,
                "bytes_sent": 12,
                "user_agent": "curl/8.5",
                "referrer": None,
            },
            '[10/Jan/2024:08:01:02 +0000] 404 - GET http localhost "/" [Client 203.0.113.9] [Length 150] [Gzip -] "curl/8.5" "-"': {
                "client_ip": "203.0.113.9",
                "status": 404,
                "action": "list",
            },
        },
        notes="Proxy hosts name the upstream, the default host does not.",
    ),
    Format(
        name="squid_combined",
        title="Squid, combined",
        url="https://www.squid-cache.org/Doc/config/logformat/",
        syntax="template",
        escapes="plain",
        template="\n".join(
            '{client} {ident:word} {user} [{time:clf}] "{request}" {status:status_or_zero} {bytes_sent} '
            f'"{{referrer}}" "{{user_agent}}" {{result:squid_result}}{mime_headers}'
            for mime_headers in ("", "{tail}")
        ),
        samples={
            '203.0.113.9 - kim [10/Jan/2024:08:01:02 +0100] "GET http://files.example/a HTTP/1.1" 200 12 "-" "curl/8.5" TCP_MISS:HIER_DIRECT': {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "path": "/a",
                "extra": '{"result": "TCP_MISS:HIER_DIRECT"}',
            },
        },
        notes="Referrer and user agent are not escaped. With log_mime_hdrs the headers follow in brackets.",
    ),
    Format(
        name="squid_common",
        title="Squid, common",
        url="https://www.squid-cache.org/Doc/config/logformat/",
        syntax="template",
        escapes="plain",
        template=(
            '{client} {ident:word} {user} [{time:clf}] "{request}" {status:status_or_zero} {bytes_sent} '
            "{result:squid_result}{tail}"
        ),
        samples={
            '203.0.113.9 - - [10/Jan/2024:08:01:02 +0100] "CONNECT files.example:443 HTTP/1.1" 000 0 NONE_NONE:HIER_NONE': {
                "client_ip": "203.0.113.9",
                "method": "CONNECT",
                "path": None,
                "status": None,
                "bytes_sent": 0,
            },
        },
        notes="The status may be 000 or 0: there was no response.",
    ),
    Format(
        name="squid",
        title="Squid, native",
        url="https://wiki.squid-cache.org/Features/LogFormat#squid-native-accesslog-format-in-detail",
        syntax="template",
        escapes="plain",
        template=(
            "{time:epoch_seconds} {duration_ms:padded} {client} {result:between_slashes}/{status:status_or_zero} "
            "{bytes_sent} {method:word} {target:word} {user:word} {hierarchy:word} {content_type:word}{tail}"
        ),
        samples={
            "1525334330.556      3 203.0.113.9 TCP_REFRESH_MISS/200 2014 GET http://www.example/a kim HIER_DIRECT/192.0.2.3 text/plain": {
                "client_ip": "203.0.113.9",
                "time": "2018-05-03T07:58:50.556000Z",
                "duration_ms": 3.0,
                "status": 200,
                "bytes_sent": 2014,
                "path": "/a",
                "user": "kim",
                "action": "read",
            },
            "1525344856.899  16867 203.0.113.9 TCP_TUNNEL/000 6256 CONNECT www.example:443 - HIER_DIRECT/192.0.2.3 -": {
                "status": None,
                "target": "www.example:443",
                "path": None,
                "user": None,
            },
        },
        notes="The time is the end of the request.",
    ),
    Format(
        name="haproxy_clf",
        title="HAProxy, `option httplog clf`",
        url="https://docs.haproxy.org/3.0/configuration.html#8.2.3",
        syntax="template",
        template=(
            '{syslog:syslog}{client} - - [{time:clf}] "{request}" {status:status_or_zero} {bytes_sent:integer_or_more} '
            '"" "" {port:integer} {milliseconds:integer} "{frontend}" "{backend}" "{server}" {request_wait:integer} '
            "{queue_wait:integer} {connect:integer} {response_wait:integer} {duration_ms:integer_or_more}{tail}"
        ),
        escapes="haproxy",
        samples={
            (
                '203.0.113.9 - - [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12 "" "" 57933 123 "http" "back" "srv" '
                '0 0 1 2 3 "----" 1 1 0 0 0 0 0 "" "" "" ""'
            ): {
                "client_ip": "203.0.113.9",
                "status": 200,
                "duration_ms": 3.0,
                "user_agent": None,
            },
        },
        notes="Referrer and user agent are always empty; unlabelled numbers and captures follow.",
    ),
    Format(
        name="haproxy",
        title="HAProxy: httplog, httpslog, tcplog and failed connections",
        url="https://docs.haproxy.org/3.0/configuration.html#8.2",
        syntax="template",
        template="\n".join(
            (
                f'{_HAPROXY_HTTP}{{request}}"',
                f'{_HAPROXY_HTTP}{{request}}" {{tls_errors:word}} -/-/-',
                f'{_HAPROXY_HTTP}{{request}}" {{tls_errors:word}} {{host:between_slashes}}/{{tls:word}}',
                f"{_HAPROXY_HTTP}{{request:unquoted}}",
                f"{_HAPROXY}{{backend:between_slashes}}/{{server:word}} "
                f"{{queue_wait:integer}}/{{connect:integer}}/{{duration_ms:integer_or_more}} {{bytes_sent:integer_or_more}} {_HAPROXY_STATE}",
                f"{_HAPROXY.rstrip()}: {{message}}",
                "{syslog:syslog}Connect from {client:client_and_port} to {destination:word} ({frontend:between_slashes}/{mode:=HTTP|TCP})",
            )
        ),
        escapes="haproxy",
        samples={
            (
                "2001:db8::7:14853 [14/Jan/2015:12:48:57.127] https-in~ back/srv 170/0/0/3/+173 200 +739 - - --NN 0/0/0/0/0 0/0 "
                '{files.example|curl/8 (x y)} {} "GET /a#22b HTTP/1.1"'
            ): {
                "client_ip": "2001:db8::7",
                "time": "2015-01-14T12:48:57.127000Z",
                "time_zone_known": False,
                "duration_ms": 173.0,
                "status": 200,
                "bytes_sent": 739,
                "target": "/a#22b",
            },
            (
                "Feb 25 16:19:49 lb haproxy[7]: 203.0.113.9:53332 [25/Feb/2019:16:19:48.143] in back/<NOSRV> 0/-1/-1/-1/0 "
                '-1 0 - - PR-- 2/1/0/0/0 0/0 "<BADREQ>"'
            ): {
                "client_ip": "203.0.113.9",
                "status": None,
                "method": None,
                "target": "<BADREQ>",
            },
            "203.0.113.9:50033 [28/Feb/2025:02:43:10.123] in back/srv -1/-1/0 0 SC 0/0/0/0/0 0/0": {
                "client_ip": "203.0.113.9",
                "duration_ms": 0.0,
                "bytes_sent": 0,
                "action": None,
            },
            "203.0.113.9:50033 [28/Feb/2025:02:43:10.123] in/1: SSL handshake failure": {
                "client_ip": "203.0.113.9",
                "status": None,
                "extra": '{"frontend": "in/1", "message": "SSL handshake failure"}',
            },
            (
                '203.0.113.9:50033 [28/Feb/2025:02:43:10.123] in~ back/srv 0/0/0/1/1 200 12 - - ---- 1/1/0/0/0 0/0 "GET /a HTTP/1.1" '
                "0/0/0/0/0 files.example/TLSv1.3/TLS_AES_256_GCM_SHA384"
            ): {"host": "files.example", "tls": "TLSv1.3/TLS_AES_256_GCM_SHA384"},
        },
        notes="Local time without an offset. Captured headers have no names and stay in `extra`. A request line "
        "that was cut off has no closing quote. A syslog prefix may stand before each line; lines about "
        "proxies starting and stopping are no events.",
    ),
    Format(
        name="envoy",
        title="Envoy, default format",
        url="https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
        syntax="template",
        escapes="plain",
        # Emissary-ingress (Ambassador) puts a word before the line.
        template="\n".join(
            f"{before}{_ENVOY}{{bytes_received}} {{bytes_sent}} {{duration_ms}} {{upstream_time:word}} "
            '"{client}" "{user_agent}" "{request_id}" "{host}" "{upstream}"'
            for before in ("", "ACCESS ")
        ),
        samples={
            '[2016-04-15T20:17:00.310Z] "POST /api/v1/a HTTP/2" 204 - 154 0 226 100 "198.51.100.6,203.0.113.9" "nsq2http" "cc21d9b0" "files.example" "tcp://10.0.35.28:80"': {
                "client_ip": "203.0.113.9",
                "client_rule": "list_rightmost",
                "time": "2016-04-15T20:17:00.310000Z",
                "status": 204,
                "bytes_received": 154,
                "bytes_sent": 0,
                "duration_ms": 226.0,
                "host": "files.example",
                "request_id": "cc21d9b0",
            },
        },
        notes="The only client is the forwarded list, to which Envoy adds its peer at the right unless "
        "use_remote_address is off.",
    ),
    Format(
        name="istio",
        title="Istio (Envoy), default text format",
        url="https://istio.io/latest/docs/tasks/observability/logs/access-log/#default-access-log-format",
        syntax="template",
        escapes="plain",
        # Up to 1.8 there were no details, and up to 1.5 a quoted status of Mixer.
        template="\n".join(
            f'{_ENVOY}{details}"{{upstream_failure}}" {{bytes_received}} '
            '{bytes_sent} {duration_ms} {upstream_time:word} "{forwarded}" "{user_agent}" "{request_id}" "{host}" "{upstream}" '
            "{upstream_cluster:token} {upstream_local:word} {downstream_local:word} {client} {server_name:word}{?} {route_name:word}"
            for details in ("{response_details:word} {termination_details:word} ", '"{mixer_status}" ', "")
        ),
        samples={
            (
                '[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "203.0.113.9" "curl/7.73.0" '
                '"84961386" "httpbin:8000" "10.44.1.27:80" outbound|8000||httpbin.foo.svc.cluster.local 10.44.1.23:37652 '
                "10.0.45.184:8000 10.44.1.23:46520 - default"
            ): {
                "client_ip": "10.44.1.23",
                "forwarded": "203.0.113.9",
                "status": 418,
                "bytes_sent": 135,
                "host": "httpbin:8000",
            },
        },
    ),
    Format(
        name="fastly",
        title="Fastly, default format",
        url="https://www.fastly.com/documentation/guides/integrations/streaming-logs/custom-log-formats/",
        syntax="template",
        # Version 1 of its log formats writes the time as HTTP does.
        template="\n".join(
            f'{{client}} "{{ident:word}}" "{{user}}" {time} "{{request}}" {{status}} {{bytes_sent}}'
            for time in ("[{time:clf}]", "{time:strftime:%a, %d %b %Y %H:%M:%S %Z}")
        ),
        escapes="apache",
        samples={
            '203.0.113.9 "-" "-" [10/Jan/2024:08:01:02 +0000] "GET /a HTTP/1.1" 200 12': {
                "client_ip": "203.0.113.9",
                "user": None,
                "status": 200,
            },
        },
        notes="Identity and user are quoted.",
    ),
    Format(
        name="zoraxy",
        title="Zoraxy",
        url="https://github.com/tobychui/zoraxy",
        syntax="template",
        escapes="plain",
        # Not all versions write a time in front, or the user agent.
        template="\n".join(
            f"{written}[{{time:iso8601}}] [router:{{router}}] [origin:{{host}}] {client} {{method:word}} {{target:word}} {{status}}"
            for client in (
                "[client: {client}] [useragent: {user_agent}]",
                "[client: {client}]",
                "[client {client}]",
            )
            for written in ("{written:strftime:%Y/%m/%d %H:%M:%S} ", "")
        ),
        samples={
            "2025/05/01 07:57:03 [2025-05-01 07:57:03.150624] [router:host-http] [origin:files.example] [client: 203.0.113.9] [useragent: curl/8.5 (x)] GET /a?b 404": {
                "client_ip": "203.0.113.9",
                "host": "files.example",
                "time": "2025-05-01T07:57:03.150624Z",
                "time_zone_known": False,
                "path": "/a",
                "query": "b",
                "status": 404,
                "user_agent": "curl/8.5 (x)",
            },
        },
        notes="Local time without an offset.",
    ),
    Format(
        name="citrix",
        title="Citrix NetScaler httpaccess.log",
        url="https://docs.netscaler.com/en-us/citrix-adc/current-release/system.html",
        syntax="template",
        template="\n".join(
            f"{{client}} -> {{destination:word}} {{ident:word}} {{user}} [{{time:clf}}] {pid}{_CITRIX}"
            for pid in ("[{pid:integer}] ", "")
        ),
        escapes="apache",
        samples={
            '203.0.113.9 -> 127.0.0.1 - - [10/Jan/2024:08:01:02 +0000] [1234] "GET /vpn/ HTTP/1.1" 200 12 "-" "curl/8.5" "Time: 1500 microsecs"': {
                "client_ip": "203.0.113.9",
                "duration_ms": 1.5,
                "user_agent": "curl/8.5",
            },
        },
    ),
)
