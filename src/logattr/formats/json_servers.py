"""JSON logs of proxies, file servers, object stores and network monitors; tables of paths, no code.

How to read the tables: :mod:`logattr.reading.jsonmap`.
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FALLBACKS", "FORMATS", "SAMBA"]

_CADDY = """
requires        logger = http.log.access* | msg = handled request | bytes_read | size
requires        request.method
requires        request.remote_ip | request.remote_addr
client          request.client_ip | request.remote_ip | request.remote_addr
peer:address    request.remote_ip | request.remote_addr
forwarded       request.headers.X-Forwarded-For
time            ts
user            user_id
method          request.method
target          request.uri
protocol        request.proto
status          status
bytes_sent      size
bytes_received  bytes_read
duration_ms:go_duration  duration
host            request.host
referrer        request.headers.Referer
user_agent      request.headers.User-Agent
extra.logger    logger
"""

_TRAEFIK = """
requires        ClientHost | ClientAddr
requires        RequestMethod
requires        DownstreamStatus | RequestPath
client          ClientHost | ClientAddr
peer:address    ClientAddr
forwarded       request_X-Forwarded-For
time            StartUTC | StartLocal
user            ClientUsername
method          RequestMethod
target          RequestPath
protocol        RequestProtocol
status          DownstreamStatus
bytes_sent      DownstreamContentSize
bytes_received  RequestContentSize
duration_ms:nanoseconds  Duration
host            RequestHost
referrer        request_Referer
user_agent      request_User-Agent
tls             TLSVersion
extra.RouterName   RouterName
"""

# The names that Istio gives; other meshes use those of the request's headers.
_ENVOY = """
requires        start_time
requires        response_code
requires        response_flags | upstream_host | upstream_cluster
client          downstream_remote_address | downstream_remote_address_without_port | downstream_direct_remote_address | downstream_remote | x_forwarded_for | x-forwarded-for
forwarded       x_forwarded_for | x-forwarded-for
time            start_time
method          method
target          path | x-envoy-origin-path | x-envoy-original-path
protocol        protocol
status          response_code
bytes_sent      bytes_sent
bytes_received  bytes_received
duration_ms     duration
host            authority | :authority
referrer        referer
user_agent      user_agent | user-agent
request_id      request_id | x-request-id
tls             downstream_tls_version
extra.response_flags    response_flags
extra.upstream_cluster  upstream_cluster
"""

# ownCloud's admin_audit adds `action`; Nextcloud's says it in words.
_NEXTCLOUD = """
requires        reqId
requires        remoteAddr | app
requires        message
nulls           --
client          remoteAddr
time            time
user            user
method          method
target          url
operation:audit_operation  action | extraFields.action | message
object_key:audit_object    path | extraFields.path | message
user_agent      userAgent
request_id      reqId
extra.app       app
extra.message   message
extra.outcome   success | extraFields.success
"""

_ZEEK = r"""
requires        id\.orig_h | id.orig_h | id_orig_h
requires        method | uri | status_code | status_msg
requires        trans_depth | uid
client          id\.orig_h | id.orig_h | id_orig_h
forwarded:zeek_proxied  proxied
time            ts
user            username
method          method
target          uri
protocol:http_version  version
status          status_code
bytes_sent      response_body_len
bytes_received  request_body_len
host            host
referrer        referrer
user_agent      user_agent
request_id      uid
extra.id\.resp_h          id\.resp_h | id.resp_h | id_resp_h
extra.id\.resp_p:integer  id\.resp_p | id.resp_p | id_resp_p
"""

_SURICATA = """
requires        event_type = http
requires        http.hostname | http.url | http.http_method
client          src_ip
forwarded       http.xff
time            timestamp
method          http.http_method
target          http.url
protocol        http.protocol
status          http.status
bytes_sent      http.length
host            http.hostname
referrer        http.http_refer
user_agent      http.http_user_agent
request_id      flow_id
extra.dest_ip            dest_ip
extra.dest_port:integer  dest_port
"""

_MINIO = """
requires        api.name
requires        remotehost
requires        time
client          remotehost
time            time
user            accessKey | requestClaims.accessKey
target          requestPath
status          api.statusCode
bytes_sent      api.tx
bytes_received  api.rx
duration_ms:go_duration  api.timeToResponse
operation       api.name
bucket          api.bucket
object_key      api.object
host            requestHost
referrer        requestHeader.Referer
user_agent      userAgent
request_id      requestID
extra.status    api.status
"""

_RGW = """
requires        remote_addr
requires        http_status
requires        operation
requires        bucket | object | trans_id
client          remote_addr
time:timestamp_utc  time | time_local
user            user
request         uri
status          http_status
bytes_sent      bytes_sent
bytes_received  bytes_received
duration_ms     total_time
operation       operation
bucket          bucket
object_key:rgw_object  object | bucket + uri
referrer        referrer
user_agent      user_agent
request_id      trans_id
extra.error_code  error_code
"""

# {0} is the column that an upload or a download fills.
_SFTPGO = """
requires        sender = {1}
requires        remote_addr | client_ip | ip
client          remote_addr | client_ip | ip
time            time
user            username
method          method
target          uri
protocol        proto | protocol
status          resp_status
{0}      size_bytes | resp_size
duration_ms     elapsed_ms
operation       sender
object_key      file_path
user_agent      user_agent
request_id      connection_id | request_id
extra.target_path  target_path
extra.error        error
"""
_SFTPGO_COMMANDS = (
    "Download | sender = Rename | sender = Rmdir | sender = Mkdir | sender = Symlink | sender = Remove | "
    "sender = Chmod | sender = Chown | sender = Chtimes | sender = Truncate | sender = Copy | "
    "sender = SSHCommand | sender = httpd | sender = webdavd"
)
# `method` is not that of a request here, but how somebody logged in.
_SFTPGO_LOGIN = """
requires        sender = login | sender = connection_failed
requires        client_ip | ip | remote_addr
client          client_ip | ip | remote_addr
time            time
user            username
protocol        protocol
operation       sender
request_id      connection_id
extra.method    login_type | method
extra.error     error
"""

_SAMBA = """
requires        type = Authentication | type = Authorization | type = KDC Authorization
requires        Authentication.remoteAddress | Authorization.remoteAddress
client          Authentication.remoteAddress | Authorization.remoteAddress
time            timestamp
user            Authentication.clientAccount | Authentication.mappedAccount | Authorization.account
operation       type
request_id      Authentication.logonId | Authorization.sessionId
extra.outcome   Authentication.status
extra.service   Authentication.serviceDescription | Authorization.serviceDescription
extra.domain    Authentication.clientDomain | Authorization.domain
extra.workstation  Authentication.workstation
"""

# Names that nginx's variables have, and those that people give them in log formats.
_ACCESS = """
requires  remote_addr | client_ip | clientip | clientIp | clientIP | ClientIP | remote_ip | remoteIp | remoteIP | ip | src_ip | remoteAddr | remote_address | client_addr | client_address | ip_address | remote_host | remote | client | c_ip | c-ip | source_ip | sourceIp | fwd
requires  request | request_uri | uri | url | path | request_url | request_path | requestURI | requestUri | resourcePath | request_method | method | http_method | httpMethod | verb
requires  status | response_status | status_code | statusCode | http_status | code | response | http_user_agent | user_agent | agent | request | request_method | method
client    remote_addr | client_ip | clientip | clientIp | clientIP | ClientIP | remote_ip | remoteIp | remoteIP | ip | src_ip | remoteAddr | remote_address | client_addr | client_address | ip_address | remote_host | remote | client | c_ip | c-ip | source_ip | sourceIp | fwd
peer      realip_remote_addr
forwarded http_x_forwarded_for | x_forwarded_for | x-forwarded-for | X-Forwarded-For | xff | forwarded_for | xForwardedFor | http_forwarded | http_true_client_ip | http_cf_connecting_ip | http_fastly_client_ip | http_x_real_ip | true_client_ip | cf_connecting_ip | fastly_client_ip | x_real_ip
time      time_iso8601 | requestTime | @timestamp | timestamp | time_local | time | ts | datetime | date | msec | time_msec | timestamp_iso8601 | requestTimeEpoch
user      remote_user | user | username | auth_user
request:request_line   request | request_line | http_request
method    request_method | method | http_method | httpMethod | verb
target:target    request_uri | uri | url | request_url | requestURI | requestUri | path | request_path | resourcePath | request
query:query  args | query_string | query | request_query | urlquery
protocol  server_protocol | protocol | request_proto | http_version | proto
status    status | response_status | status_code | statusCode | http_status | code | response | response_code
bytes_sent body_bytes_sent | bytes_sent | bytes | size | response_size | response_length | responseLength | body_bytes | bytes_out
bytes_received request_length | bytes_received | request_size | bytes_in
duration_ms:seconds  request_time
host      http_host | host | vhost | server_name | domain | hostname
referrer  http_referer | http_referrer | referer | referrer
user_agent http_user_agent | user_agent | user-agent | userAgent | useragent | agent | ua
request_id request_id | req_id | requestId | trace_id
tls       ssl_protocol | tls_version
"""

FORMATS = (
    Format(
        name="caddy_json",
        title="Caddy access log",
        url="https://caddyserver.com/docs/caddyfile/directives/log",
        syntax="json",
        template=_CADDY,
        family="json",
        samples={
            (
                '{"level":"info","ts":1704873662.3456789,"logger":"http.log.access.log0","msg":"handled request","request":'
                '{"remote_ip":"10.0.0.2","remote_port":"51022","client_ip":"203.0.113.9","proto":"HTTP/2.0","method":"GET",'
                '"host":"films.example","uri":"/a?b=c","headers":{"User-Agent":["curl/8.5.0"],"X-Forwarded-For":["203.0.113.9"]}},'
                '"bytes_read":0,"user_id":"","duration":0.012,"size":512,"status":200,"resp_headers":{"Server":["Caddy"]}}'
            ): {
                "client_ip": "203.0.113.9",
                "peer_ip": "10.0.0.2",
                "client_rule": "server",
                "time": "2024-01-10T08:01:02.345678Z",
                "path": "/a",
                "status": 200,
                "bytes_sent": 512,
                "duration_ms": 12.0,
                "user": None,
                "user_agent": "curl/8.5.0",
            },
        },
        notes="client_ip is the server's own choice by its trusted proxies (2.7 and later); before, the peer is the "
        "client. Records of other loggers stand between those of access and are rejects.",
    ),
    Format(
        name="traefik_json",
        title="Traefik access log as JSON",
        url="https://doc.traefik.io/traefik/observe/logs-and-access-logs/",
        syntax="json",
        template=_TRAEFIK,
        family="json",
        samples={
            (
                '{"ClientAddr":"203.0.113.9:39490","ClientHost":"203.0.113.9","ClientPort":"39490","ClientUsername":"-",'
                '"DownstreamContentSize":356,"DownstreamStatus":404,"Duration":215563,"RequestContentSize":0,'
                '"RequestHost":"films.example","RequestMethod":"GET","RequestPath":"/a?b=c","RequestProtocol":"HTTP/1.1",'
                '"RouterName":"films@docker","StartUTC":"2024-01-10T08:01:02.345678901Z","request_User-Agent":"curl/8.5.0"}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345678Z",
                "target": "/a?b=c",
                "status": 404,
                "bytes_sent": 356,
                "duration_ms": 0.215563,
                "user": None,
            },
        },
        notes="Headers are there only if the server is told to keep them. ClientHost is what a forwarded header says, "
        "where the server lets one through; ClientAddr is the peer.",
    ),
    Format(
        name="envoy_json",
        title="Envoy access log as JSON, with the names that Istio gives",
        url="https://istio.io/latest/docs/tasks/observability/logs/access-log/",
        syntax="json",
        template=_ENVOY,
        family="json",
        samples={
            (
                '{"start_time":"2024-01-10T08:01:02.345Z","method":"GET","path":"/a","protocol":"HTTP/2","response_code":200,'
                '"response_flags":"-","bytes_received":0,"bytes_sent":512,"duration":12,"x_forwarded_for":"203.0.113.9",'
                '"user_agent":"curl/8.5.0","request_id":"r1","authority":"films.example","upstream_host":"10.0.0.7:8080",'
                '"upstream_cluster":"outbound|80||films","downstream_remote_address":"203.0.113.9:51022"}'
            ): {
                "client_ip": "203.0.113.9",
                "path": "/a",
                "status": 200,
                "duration_ms": 12.0,
                "host": "films.example",
            },
        },
        notes="Where the downstream's address is not logged, the right-most address of the forwarded list is the client.",
    ),
    Format(
        name="nextcloud_json",
        title="Nextcloud and ownCloud log and audit log",
        url="https://docs.nextcloud.com/server/latest/admin_manual/configuration_server/logging_configuration.html",
        syntax="json",
        template=_NEXTCLOUD,
        family="json",
        actions="operations",
        samples={
            (
                '{"reqId":"a1","level":1,"time":"2024-01-10T08:01:02+00:00","remoteAddr":"203.0.113.9","user":"kim",'
                '"app":"admin_audit","method":"GET","url":"/remote.php/dav/files/kim/a.mov","message":'
                '"File with id \\"42\\" accessed: \\"/kim/files/a.mov\\"","userAgent":"Mozilla/5.0","version":"29.0.1.1"}'
            ): {
                "client_ip": "203.0.113.9",
                "operation": "File accessed",
                "action": "read",
                "object_key": "/kim/files/a.mov",
                "path": "/remote.php/dav/files/kim/a.mov",
                "user": "kim",
            },
            (
                '{"reqId":"a1","level":1,"time":"2024-01-10T08:01:02+00:00","remoteAddr":"","user":"--","app":"core",'
                '"method":"","url":"--","message":"Tried to scan","userAgent":"--"}'
            ): {"client_ip": None, "user": None, "target": None, "user_agent": None, "operation": None},
        },
        notes="What was done to files is said by the app admin_audit, which is off by default.",
    ),
    Format(
        name="zeek_http_json",
        title="Zeek http.log as JSON",
        url="https://docs.zeek.org/en/master/logs/http.html",
        syntax="json",
        template=_ZEEK,
        family="json",
        samples={
            (
                '{"ts":1704873662.345678,"uid":"CHhAvVGS1DHFjwGM9","id.orig_h":"203.0.113.9","id.orig_p":51022,'
                '"id.resp_h":"198.51.100.7","id.resp_p":80,"trans_depth":1,"method":"GET","host":"films.example","uri":"/a",'
                '"version":"1.1","user_agent":"curl/8.5.0","request_body_len":0,"response_body_len":512,"status_code":200}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345678Z",
                "protocol": "HTTP/1.1",
                "status": 200,
                "bytes_sent": 512,
            },
        },
        notes="Other logs of Zeek, such as conn.log, are no access logs and are refused.",
    ),
    Format(
        name="suricata_http",
        title="Suricata EVE, events of http",
        url="https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-http",
        syntax="json",
        template=_SURICATA,
        family="json",
        samples={
            (
                '{"timestamp":"2024-01-10T08:01:02.345678+0000","flow_id":1234567890,"event_type":"http","src_ip":"203.0.113.9",'
                '"src_port":51022,"dest_ip":"198.51.100.7","dest_port":80,"proto":"TCP","tx_id":0,"http":{"hostname":"films.example",'
                '"url":"/a","http_user_agent":"curl/8.5.0","http_method":"GET","protocol":"HTTP/1.1","status":200,"length":512}}'
            ): {
                "client_ip": "203.0.113.9",
                "path": "/a",
                "status": 200,
                "bytes_sent": 512,
                "host": "films.example",
            },
        },
        notes="Events of other types stand between those of http and are rejects.",
    ),
    Format(
        name="minio_audit",
        title="MinIO audit log",
        url="https://min.io/docs/minio/linux/operations/monitoring/minio-logging.html",
        syntax="json",
        template=_MINIO,
        family="json",
        actions="operations",
        samples={
            (
                '{"version":"1","deploymentid":"d1","time":"2024-01-10T08:01:02.345678901Z","api":{"name":"GetObject",'
                '"bucket":"films","object":"reel/a.mov","status":"OK","statusCode":200,"rx":0,"tx":512,"timeToResponse":"1.5ms"},'
                '"remotehost":"203.0.113.9","requestID":"r1","userAgent":"curl/8.5.0","requestPath":"/films/reel/a.mov"}'
            ): {
                "client_ip": "203.0.113.9",
                "operation": "GetObject",
                "action": "read",
                "bucket": "films",
                "object_key": "reel/a.mov",
                "status": 200,
                "bytes_sent": 512,
                "duration_ms": 1.5,
            },
        },
        notes="remotehost is what a forwarded header says, where the request has one.",
    ),
    Format(
        name="ceph_rgw_ops",
        title="Ceph RADOS Gateway ops log",
        url="https://docs.ceph.com/en/latest/radosgw/config-ref/#logging-settings",
        syntax="json",
        template=_RGW,
        family="json",
        actions="operations",
        samples={
            (
                '{"bucket":"films","object":"reel/a.mov","time":"2024-01-10 08:01:02.345678Z","remote_addr":"203.0.113.9",'
                '"user":"anonymous","operation":"get_obj","uri":"GET /films/reel/a.mov HTTP/1.1","http_status":"200",'
                '"error_code":"","bytes_sent":512,"bytes_received":0,"total_time":12,"user_agent":"curl/8.5.0",'
                '"referrer":"","trans_id":"tx1"}'
            ): {
                "client_ip": "203.0.113.9",
                "operation": "get_obj",
                "action": "read",
                "path": "/films/reel/a.mov",
                "status": 200,
                "bytes_sent": 512,
                "duration_ms": 12.0,
            },
        },
        notes="Objects follow each other, with or without line ends, commas and brackets between them.",
    ),
    Format(
        name="sftpgo_upload",
        title="SFTPGo, uploads",
        url="https://docs.sftpgo.com/latest/logs/",
        syntax="json",
        template=_SFTPGO.format("bytes_received", "Upload"),
        family="json",
        actions="operations",
        samples={
            (
                '{"level":"info","time":"2024-01-10T08:01:02.345","sender":"Upload","remote_addr":"203.0.113.9:51022",'
                '"elapsed_ms":12,"size_bytes":512,"username":"kim","file_path":"/srv/kim/a.mov","connection_id":"c1","protocol":"SFTP"}'
            ): {
                "client_ip": "203.0.113.9",
                "action": "write",
                "bytes_received": 512,
                "bytes_sent": None,
                "user": "kim",
            },
        },
    ),
    Format(
        name="sftpgo_login",
        title="SFTPGo, log-ins",
        url="https://docs.sftpgo.com/latest/logs/",
        syntax="json",
        template=_SFTPGO_LOGIN,
        family="json",
        actions="operations",
        samples={
            (
                '{"level":"info","time":"2024-01-10T08:01:02.345","sender":"login","username":"kim","ip":"203.0.113.9",'
                '"method":"publickey","protocol":"SSH","connection_id":"c1"}'
            ): {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "operation": "login",
                "action": "login",
                "method": None,
            },
            (
                '{"level":"debug","time":"2024-01-10T08:01:02.345","sender":"connection_failed","client_ip":"203.0.113.9",'
                '"username":"kim","login_type":"password","protocol":"SSH","error":"invalid credentials"}'
            ): {"client_ip": "203.0.113.9", "operation": "connection_failed", "action": "other"},
        },
        notes="Failed log-ins have the action `other`.",
    ),
    Format(
        name="sftpgo",
        title="SFTPGo, downloads, commands and web requests",
        url="https://docs.sftpgo.com/latest/logs/",
        syntax="json",
        template=_SFTPGO.format("bytes_sent", _SFTPGO_COMMANDS),
        family="json",
        actions="operations",
        samples={
            (
                '{"level":"info","time":"2024-01-10T08:01:02.345","sender":"Download","remote_addr":"203.0.113.9:51022",'
                '"elapsed_ms":12,"size_bytes":512,"username":"kim","file_path":"/srv/kim/a.mov","connection_id":"c1","protocol":"SFTP"}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345000Z",
                "time_zone_known": False,
                "operation": "Download",
                "action": "read",
                "object_key": "/srv/kim/a.mov",
                "bytes_sent": 512,
            },
        },
        notes="Times are local unless the server is told to use UTC. What the server says of itself is rejects.",
    ),
)

SAMBA = (
    Format(
        name="samba_json",
        title="Samba authentication audit as JSON",
        url="https://wiki.samba.org/index.php/Interpreting_JSON_Audit_Logs",
        syntax="json",
        template=_SAMBA,
        family="json",
        actions="login",
        samples={
            (
                '{"timestamp": "2023-01-12T22:50:50.123456+0100", "type": "Authentication", "Authentication": {"version": {"major": 1, '
                '"minor": 2}, "eventId": 4624, "logonId": "a1", "logonType": 3, "status": "NT_STATUS_OK", "localAddress": '
                '"ipv4:192.0.2.1:445", "remoteAddress": "ipv4:203.0.113.9:44890", "serviceDescription": "SMB2", "clientDomain": '
                '"WORKGROUP", "clientAccount": "kim", "workstation": "DESK", "becameAccount": "kim"}}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2023-01-12T21:50:50.123456Z",
                "user": "kim",
                "operation": "Authentication",
                "action": "login",
            },
        },
        notes="The words `JSON Authentication: ` before a record are taken off. Failed log-ins have the action `other`; "
        "changes of the directory are no events.",
    ),
)

# Tried only on lines that no other format reads.
FALLBACKS = (
    Format(
        name="json_access",
        title="JSON access log with names that nginx or its users give",
        url="https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format",
        syntax="json",
        template=_ACCESS,
        family="json",
        reads_also=frozenset(
            {"ceph_rgw_ops", "fastly_json", "kong_json", "nextcloud_json", "s3_json", "sftpgo_login"}
        ),
        fallback=True,
        samples={
            (
                '{"time_iso8601":"2024-01-10T08:01:02+00:00","remote_addr":"203.0.113.9","remote_user":"","request":'
                '"GET /a?b=c HTTP/1.1","status":200,"body_bytes_sent":512,"http_referer":"","http_user_agent":"curl/8.5.0",'
                '"http_x_forwarded_for":"","request_time":0.012}'
            ): {
                "client_ip": "203.0.113.9",
                "path": "/a",
                "query": "b=c",
                "status": 200,
                "bytes_sent": 512,
                "duration_ms": 12.0,
                "user": None,
                "forwarded": None,
            },
            (
                '{"@timestamp":"2024-01-10T08:01:02.345Z","clientip":"203.0.113.9","verb":"GET","url":"/a","response":"404",'
                '"bytes":"-","agent":"curl/8.5.0"}'
            ): {"client_ip": "203.0.113.9", "method": "GET", "path": "/a", "status": 404, "bytes_sent": None},
        },
        notes="Values under other names are not kept; a format of your own, given as a file, names them.",
    ),
)
