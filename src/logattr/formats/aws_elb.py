"""Access and connection logs of Amazon's load balancers."""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

_DOCS = "https://docs.aws.amazon.com/elasticloadbalancing/latest"
_TIMES = (
    "{request_processing_time:seconds} {target_processing_time:seconds} {response_processing_time:seconds}"
)

FORMATS = (
    Format(
        name="alb",
        title="Amazon Application Load Balancer access log",
        url=f"{_DOCS}/application/load-balancer-access-logs.html#access-log-entry-format",
        syntax="template",
        template=(
            "{type:word} {time:iso8601} {load_balancer:word} {client:client_and_port} {target_address:word} "
            f"{_TIMES} {{status:status_or_zero}} {{target_status:word}} {{bytes_received}} {{bytes_sent}} "
            "{request:quoted} {user_agent:quoted} {cipher:word} {tls:word} {target_group_arn:word} "
            "{trace_id:quoted}{?} {host:quoted} {certificate_arn:quoted} {rule_priority:word} "
            "{request_creation_time:iso8601} {actions_executed:quoted} {redirect_url:quoted} {error_reason:quoted}"
            " {targets:quoted} {target_statuses:quoted} {classification:quoted} {classification_reason:quoted} "
            "{request_id:word}{tail}"
        ),
        escapes="apache",
        samples={
            (
                "https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 203.0.113.9:2817 10.0.0.1:80 "
                '0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/a?b HTTP/1.1" "curl/7.46.0" '
                "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/t/73e2 "
                '"Root=1-58337281" "www.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/1234" 1 '
                '2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234abcd'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2018-07-02T22:23:00.186641Z",
                "time_zone_known": True,
                "path": "/a",
                "status": 200,
                "bytes_sent": 57,
                "bytes_received": 0,
                "host": "www.example.com",
                "tls": "TLSv1.2",
                "request_id": "TID_1234abcd",
                "user_agent": "curl/7.46.0",
            },
            (
                "http 2018-11-30T22:23:00.186641Z app/my-lb/50dc 2001:db8::7:2817 - -1 -1 -1 460 - 0 0 "
                '"- http://x.example:80- -" "-" - - - "-" "-" "-" 0 2018-11-30T22:22:48.364000Z "-" "-" "-"'
            ): {
                "client_ip": "2001:db8::7",
                "method": None,
                "target": "- http://x.example:80- -",
                "status": 460,
                "duration_ms": None,
                "user_agent": None,
            },
        },
        notes="17 fields in 2016, 25 and more today; unknown ones behind them are kept. The port of an IPv6 client is not set off by "
        "brackets. The time is that of the response; -1 stands for times that were not taken.",
    ),
    Format(
        name="alb_connection",
        title="Amazon Application Load Balancer connection log",
        url=f"{_DOCS}/application/load-balancer-connection-logs.html",
        syntax="template",
        escapes="plain",
        template=(
            "{time:iso8601} {client:token} {client_port:integer} {listener_port:integer} {tls:word} {cipher:word} "
            "{handshake_seconds:seconds} {certificate_subject:quoted} {certificate_validity:word} "
            "{certificate_serial:word} {verify_status:word}{?} {request_id:word}{tail}"
        ),
        samples={
            (
                "2023-10-04T17:05:15.514108Z 203.0.113.9 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "
                '"CN=a.example,O=Organization" NotBefore=2023-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z '
                "FEF257372D5C14D4 Success TID_3180a73013c8ca4bac2f731159d4b0fe"
            ): {
                "client_ip": "203.0.113.9",
                "time": "2023-10-04T17:05:15.514108Z",
                "tls": "TLSv1.2",
                "request_id": "TID_3180a73013c8ca4bac2f731159d4b0fe",
                "action": None,
            },
        },
        notes="One line a TLS connection; its identifier is that of the access log's lines. The first ones had none.",
    ),
    Format(
        name="elb",
        title="Amazon Classic Load Balancer access log",
        url=f"{_DOCS}/classic/access-log-collection.html#access-log-entry-format",
        syntax="template",
        template=(
            "{time:iso8601} {load_balancer:word} {client:client_and_port} {target_address:word} "
            f"{_TIMES} {{status:status_or_zero}} {{target_status:word}} {{bytes_received}} {{bytes_sent}} "
            "{request:quoted}{?} {user_agent:quoted} {cipher:word} {tls:word}{tail}"
        ),
        escapes="apache",
        samples={
            (
                "2015-05-13T23:39:43.945958Z my-loadbalancer 203.0.113.9:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 200 0 57 "
                '"GET https://www.example.com:443/a HTTP/1.1" "curl/7.38.0" DHE-RSA-AES128-SHA TLSv1.2'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2015-05-13T23:39:43.945958Z",
                "path": "/a",
                "status": 200,
                "bytes_sent": 57,
                "tls": "TLSv1.2",
            },
            '2015-04-10T08:11:09.865823Z lb 203.0.113.9:55128 - -1 -1 -1 - - 1294336 0 "- - - "': {
                "status": None,
                "method": None,
                "bytes_received": 1294336,
            },
        },
        notes="12 fields, 15 since 2015. The time is that of the response.",
    ),
    Format(
        name="nlb_tls",
        title="Amazon Network Load Balancer TLS log",
        url=f"{_DOCS}/network/load-balancer-access-logs.html#access-log-entry-format",
        syntax="template",
        escapes="plain",
        template=(
            "tls {version:word} {time:iso8601_utc} {load_balancer:word} {listener:word} {client:client_and_port} "
            "{destination:word} {duration_ms:milliseconds} {handshake_ms:integer} {bytes_received} {bytes_sent} "
            "{tls_alert:word} {certificate_arn:word} {certificate_serial:word} {cipher:word} {tls:word} "
            "{named_group:word} {host:word} {alpn_frontend:word} {alpn_backend:word} {alpn_client_list:token}"
            "{?} {connection_time:iso8601_utc}{tail}"
        ),
        samples={
            (
                "tls 2.0 2018-12-20T02:59:40 net/my-lb/c6e77e28c25b2234 g3d4b5e8bb8464cd 203.0.113.9:51341 10.0.0.1:443 5 2 98 246 - "
                "arn:aws:acm:us-east-2:671290407336:certificate/2a10 - ECDHE-RSA-AES128-SHA tlsv12 - files.example h2 h2 "
                '"h2","http/1.1" 2020-04-01T08:51:20'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2018-12-20T02:59:40Z",
                "time_zone_known": True,
                "duration_ms": 5.0,
                "bytes_received": 98,
                "bytes_sent": 246,
                "tls": "tlsv12",
                "host": "files.example",
            },
        },
        notes="UTC, though no offset is written. There is no request: only connections are seen.",
    ),
)
