"""JSON logs of delivery networks, firewalls, gateways and log shippers; tables of paths, no code.

How to read the tables: :mod:`logattr.reading.jsonmap`.
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

_AKAMAI = """
requires        cliIP
requires        reqTimeSec
requires        reqPath | reqHost | statusCode
client          cliIP
forwarded:percent_encoded  xForwardedFor
time            reqTimeSec
method          reqMethod
path:rooted     reqPath
query           queryStr
status          statusCode
bytes_sent      totalBytes | bytes
host            reqHost
referrer:percent_encoded    referer
user_agent:percent_encoded  UA
duration_ms     turnAroundTimeMSec
request_id      reqId
tls             tlsVersion
extra.country   country
extra.cacheStatus  cacheStatus
extra.edgeIP    edgeIP
"""

_WAF = """
requires        httpRequest.clientIp
requires        webaclId | terminatingRuleId | action
client          httpRequest.clientIp
time            timestamp
method          httpRequest.httpMethod
path            httpRequest.uri
query           httpRequest.args
protocol        httpRequest.httpVersion
status          responseCodeSent
request_id      httpRequest.requestId
extra.action             action
extra.country            httpRequest.country
extra.terminatingRuleId  terminatingRuleId
"""

_KONG = """
requires        client_ip
requires        request.uri | request.url
requires        latencies.request | response.status
client          client_ip
forwarded       request.headers.x-forwarded-for
time            started_at
method          request.method
target          request.uri | request.url
status          response.status
bytes_sent      response.size
bytes_received  request.size
duration_ms     latencies.request
host            request.headers.host
referrer        request.headers.referer
user_agent      request.headers.user-agent
request_id      request.id
tls             request.tls.version
user            consumer.username | authenticated_entity.id
extra.service   service.name
"""

# The Elastic Common Schema, as Filebeat and Elastic Agent write it to files.
_ECS = r"""
requires        source.ip | source.address | client.ip | client.address | source\.ip | client\.ip
requires        http.request.method | url.original | url.path | http.response.status_code | http\.request\.method | url\.path
client          client.ip | client.address | source.ip | source.address | client\.ip | source\.ip
time            @timestamp
user            user.name | user\.name
method          http.request.method | http\.request\.method
target          url.original | url.path | url\.original | url\.path
protocol:http_version  http.version | http\.version
status          http.response.status_code | http\.response\.status_code
bytes_sent      http.response.bytes | http.response.body.bytes | http\.response\.body\.bytes
bytes_received  http.request.bytes | http.request.body.bytes | http\.request\.body\.bytes
host            url.domain | destination.domain | url\.domain
referrer        http.request.referrer | http\.request\.referrer
user_agent      user_agent.original | user_agent\.original
request_id      http.request.id | event.id
"""

# Labels as http://ltsv.org recommends them; the record stands below a key that the reader adds.
_LTSV = """
requires        ltsv.host | ltsv.remote_addr | ltsv.ip
requires        ltsv.req | ltsv.request | ltsv.uri | ltsv.request_uri | ltsv.path | ltsv.status
client          ltsv.host | ltsv.remote_addr | ltsv.ip
forwarded       ltsv.forwardedfor | ltsv.x_forwarded_for
time            ltsv.time | ltsv.time_local | ltsv.time_iso8601
user            ltsv.user | ltsv.remote_user
request         ltsv.req | ltsv.request
method          ltsv.method | ltsv.request_method
target          ltsv.uri | ltsv.request_uri | ltsv.path
protocol        ltsv.protocol
status          ltsv.status
bytes_sent      ltsv.size | ltsv.body_bytes_sent | ltsv.bytes_sent
bytes_received  ltsv.reqsize | ltsv.request_length
duration_ms:seconds  ltsv.reqtime | ltsv.request_time
host            ltsv.vhost | ltsv.http_host
referrer        ltsv.referer | ltsv.http_referer
user_agent      ltsv.ua | ltsv.http_user_agent
request_id      ltsv.reqid | ltsv.request_id
"""

FORMATS = (
    Format(
        name="ltsv",
        title="LTSV, labels and values between TABs",
        url="https://web.archive.org/web/2024/http://ltsv.org/",
        syntax="json",
        template=_LTSV,
        family="json",
        samples={
            (
                '{"ltsv": {"time": "[10/Jan/2024:08:01:02 +0000]", "host": "203.0.113.9", "forwardedfor": "-", '
                '"req": "GET /a HTTP/1.1", "status": "200", "size": "512", "referer": "-", "ua": "curl/8.5", "reqtime": "0.012"}}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02Z",
                "path": "/a",
                "status": 200,
                "bytes_sent": 512,
                "duration_ms": 12.0,
                "user_agent": "curl/8.5",
                "forwarded": None,
            },
        },
        notes="Lines such as `time:[...]<TAB>host:203.0.113.9<TAB>req:GET / HTTP/1.1` are read as a JSON record below the key "
        "`ltsv`. The label `host` is the client, as ltsv.org says.",
    ),
    Format(
        name="akamai_datastream",
        title="Akamai DataStream 2 as JSON",
        url="https://techdocs.akamai.com/datastream2/docs/log-format",
        syntax="json",
        template=_AKAMAI,
        family="json",
        samples={
            (
                '{"version":1,"cp":"123456","reqId":"1239f220","reqTimeSec":"1704873662.345","bytes":"512","cliIP":"203.0.113.9",'
                '"statusCode":"206","proto":"HTTPS","reqHost":"films.example","reqMethod":"GET","reqPath":"reel/a.mov","reqPort":"443",'
                '"UA":"Mozilla%2F5.0%20(X11)","tlsVersion":"TLSv1.3","totalBytes":"844","queryStr":"b=c","turnAroundTimeMSec":"11"}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345000Z",
                "path": "/reel/a.mov",
                "query": "b=c",
                "status": 206,
                "bytes_sent": 844,
                "host": "films.example",
                "user_agent": "Mozilla/5.0 (X11)",
            },
        },
        notes="Fields are chosen per stream; those without a value are left out. The structured layout has no names: "
        "`--format '#Fields: ...'` with the chosen ones in their order.",
    ),
    Format(
        name="aws_waf",
        title="AWS WAF log",
        url="https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html",
        syntax="json",
        template=_WAF,
        family="json",
        samples={
            (
                '{"timestamp":1704873662345,"formatVersion":1,"webaclId":"arn:aws:wafv2:acl","terminatingRuleId":"Default_Action",'
                '"action":"ALLOW","httpRequest":{"clientIp":"203.0.113.9","country":"ES","headers":[{"name":"Host","value":"x"}],'
                '"uri":"/a","args":"b=c","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"r1"}}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345000Z",
                "target": "/a?b=c",
                "method": "GET",
                "request_id": "r1",
            },
        },
        notes="There is no status but where the firewall itself answered; headers are a list and not kept.",
    ),
    Format(
        name="kong_json",
        title="Kong, log plugins",
        url="https://developer.konghq.com/gateway/logs/",
        syntax="json",
        template=_KONG,
        family="json",
        samples={
            (
                '{"request":{"method":"GET","uri":"/a","size":123,"headers":{"host":"films.example","user-agent":"curl/8.5"}},'
                '"response":{"status":200,"size":512},"latencies":{"request":12,"kong":1,"proxy":11},"client_ip":"203.0.113.9",'
                '"started_at":1704873662345}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345000Z",
                "path": "/a",
                "status": 200,
                "bytes_sent": 512,
                "duration_ms": 12.0,
                "user_agent": "curl/8.5",
            },
        },
    ),
    Format(
        name="ecs",
        title="Elastic Common Schema, as Filebeat and Elastic Agent write it",
        url="https://www.elastic.co/docs/reference/ecs/ecs-field-reference",
        syntax="json",
        template=_ECS,
        family="json",
        samples={
            (
                '{"@timestamp":"2024-01-10T08:01:02.345Z","source":{"ip":"203.0.113.9","address":"203.0.113.9"},"url":{"original":"/a?b=c"},'
                '"http":{"request":{"method":"GET"},"response":{"status_code":200,"body":{"bytes":512}},"version":"1.1"},'
                '"user_agent":{"original":"curl/8.5"}}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345000Z",
                "path": "/a",
                "query": "b=c",
                "protocol": "HTTP/1.1",
                "status": 200,
                "bytes_sent": 512,
            },
        },
    ),
)
