"""JSON logs of cloud storage, content delivery and audit trails; tables of paths, no code.

How to read the tables: :mod:`logattr.reading.jsonmap`.
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

# "CloudTrail record contents"; {0} is where the event stands in the record.
_CLOUDTRAIL = """
requires        {0}eventSource
requires        {0}eventName
requires        {0}eventTime
client          {0}sourceIPAddress
time            {0}eventTime
user            {0}userIdentity.userName | {0}userIdentity.arn | {0}userIdentity.principalId | {0}userIdentity.invokedBy | {0}userIdentity.type
operation       {0}eventName
bucket          {0}requestParameters.bucketName
object_key      {0}requestParameters.key
bytes_sent      {0}additionalEventData.bytesTransferredOut
bytes_received  {0}additionalEventData.bytesTransferredIn
user_agent:bracketed  {0}userAgent
host            {0}tlsDetails.clientProvidedHostHeader
request_id      {0}requestID | {0}eventID
tls             {0}tlsDetails.tlsVersion
extra.eventSource  {0}eventSource
extra.errorCode    {0}errorCode | {0}errorMessage
"""

# Names as in the W3C logs; time-taken is in seconds, texts are percent-encoded once.
_CLOUDFRONT = r"""
requires        c-ip | c_ip
requires        sc-status | sc_status
requires        x-edge-location | x-edge-request-id | x-edge-result-type | x_edge_location | x_edge_request_id | x_edge_result_type
client          c-ip | c_ip
forwarded       x-forwarded-for | x_forwarded_for
time:timestamp_utc  timestamp(ms) | timestamp_ms | timestamp | date + time
method          cs-method | cs_method
path            cs-uri-stem | cs_uri_stem
query           cs-uri-query | cs_uri_query
protocol        cs-protocol-version | cs_protocol_version
status          sc-status | sc_status
bytes_sent      sc-bytes | sc_bytes
bytes_received  cs-bytes | cs_bytes
duration_ms:seconds  time-taken | time_taken
host            x-host-header | x_host_header | cs(Host) | cs_host
referrer:percent_encoded    cs(Referer) | cs_referer
user_agent:percent_encoded  cs(User-Agent) | cs_user_agent
request_id      x-edge-request-id | x_edge_request_id
tls             ssl-protocol | ssl_protocol
extra.x-edge-location     x-edge-location | x_edge_location
extra.x-edge-result-type  x-edge-result-type | x_edge_result_type
extra.c-country           c-country | c_country
extra.asn                 asn
"""

_S3 = """
requires        bucket_arn
requires        operation
requires        request_time
client          remote_ip
time:timestamp_utc  request_time
user            requester
request         request_uri
status          http_status | http_status_code
bytes_sent      bytes_sent
duration_ms     total_time | total_time_ms
operation       operation
bucket:arn_name  bucket_name | bucket | bucket_arn
object_key      key | object_key
referrer        referer | referrer
user_agent      user_agent
host            host_header
request_id      request_id
tls             tls_version
extra.error_code     error_code
extra.object_size:integer  object_size
extra.source_region  source_region
"""

_LOGPUSH = """
requires        ClientIP
requires        EdgeStartTimestamp | EdgeEndTimestamp | EdgeResponseStatus
requires        ClientRequestMethod | ClientRequestURI | ClientRequestHost | ClientRequestPath
client          ClientIP
time            EdgeStartTimestamp | EdgeEndTimestamp | Datetime
method          ClientRequestMethod
target          ClientRequestURI | ClientRequestPath
protocol        ClientRequestProtocol
status          EdgeResponseStatus
bytes_sent      EdgeResponseBytes
bytes_received  ClientRequestBytes
host            ClientRequestHost
referrer        ClientRequestReferer
user_agent      ClientRequestUserAgent | UserAgent
request_id      RayID
tls             ClientSSLProtocol
extra.ClientASN:integer  ClientASN
extra.ClientCountry      ClientCountry
extra.EdgeColoCode       EdgeColoCode
extra.CacheCacheStatus   CacheCacheStatus
extra.WAFAction          WAFAction | SecurityAction | Action
"""

_FASTLY = """
requires        fastly_server | fastly_is_edge | fastly_is_shield
requires        client_ip
client          client_ip
time            timestamp | time_start | start_time
method          request_method | method
target          url
protocol        request_protocol | protocol
status          response_status | status
bytes_sent      response_body_size | resp_body_size
host            host
referrer        request_referer
user_agent      request_user_agent
extra.response_state  response_state
extra.fastly_server   fastly_server
extra.geo_country     geo_country
"""

_GOOGLE_AUDIT = """
requires        logName
requires        protoPayload.methodName | protopayload_auditlog.methodName
client          protoPayload.requestMetadata.callerIp | protopayload_auditlog.requestMetadata.callerIp
time            timestamp | receiveTimestamp
user            protoPayload.authenticationInfo.principalEmail | protopayload_auditlog.authenticationInfo.principalEmail
operation       protoPayload.methodName | protopayload_auditlog.methodName
bucket          resource.labels.bucket_name
object_key:gcs_object  protoPayload.resourceName | protopayload_auditlog.resourceName
user_agent      protoPayload.requestMetadata.callerSuppliedUserAgent | protopayload_auditlog.requestMetadata.callerSuppliedUserAgent
request_id      insertId
extra.resourceName  protoPayload.resourceName | protopayload_auditlog.resourceName
extra.status_code:integer  protoPayload.status.code | protopayload_auditlog.status.code
"""

_GOOGLE_HTTP = """
requires        httpRequest.remoteIp | httpRequest.requestUrl
client          httpRequest.remoteIp
time            timestamp | receiveTimestamp
method          httpRequest.requestMethod
target          httpRequest.requestUrl
protocol        httpRequest.protocol
status          httpRequest.status
bytes_sent      httpRequest.responseSize
bytes_received  httpRequest.requestSize
duration_ms:go_duration  httpRequest.latency
referrer        httpRequest.referer
user_agent      httpRequest.userAgent
request_id      insertId
extra.statusDetails  jsonPayload.statusDetails
extra.serverIp       httpRequest.serverIp
"""

_GOOGLE_ENTRY = """
requires        logName
requires        insertId
requires        timestamp | receiveTimestamp
time            timestamp | receiveTimestamp
request_id      insertId
extra.logName   logName
"""

# Resource logs (blobs, files, queues and tables alike), and rows of the tables in Log Analytics.
_AZURE_STORAGE = """
requires        callerIpAddress | CallerIpAddress
requires        operationName | OperationName
requires        category = Storage* | Category = Storage* | properties.accountName | AccountName
client          callerIpAddress | CallerIpAddress
time:timestamp_utc  time | TimeGenerated | TimeGenerated [UTC]
user            identity.requester.upn | identity.requester.objectId | RequesterUpn | RequesterObjectId | identity.type | AuthenticationType
operation       operationName | OperationName
target          uri | Uri
protocol        protocol | Protocol
status          statusCode | StatusCode
bytes_sent      properties.responseBodySize | ResponseBodySize
bytes_received  properties.requestBodySize | RequestBodySize
duration_ms     durationMs | DurationMs
bucket:azure_container  properties.objectKey | ObjectKey
object_key      properties.objectKey | ObjectKey
referrer        properties.referrerHeader | ReferrerHeader
user_agent      properties.userAgentHeader | UserAgentHeader
request_id      correlationId | CorrelationId
tls             properties.tlsVersion | TlsVersion
extra.statusText   statusText | StatusText
extra.accountName  properties.accountName | AccountName
"""

# clientIp is taken from X-Forwarded-For where the request has one; socketIp is the connection's.
_FRONT_DOOR = """
requires        category = Front?oorAccessLog | Category = Front?oorAccessLog
requires        properties.httpMethod | properties.requestUri
embedded        properties
client          properties.socketIp | properties.clientIp
forwarded       properties.clientIp
time:timestamp_utc  time
method          properties.httpMethod
target          properties.requestUri
protocol:http_version  properties.httpVersion
status          properties.httpStatusCode
bytes_sent      properties.responseBytes
bytes_received  properties.requestBytes
duration_ms:seconds  properties.timeTaken
host            properties.hostName | properties.hostname | properties.host
referrer        properties.referer | properties.referrer
user_agent      properties.userAgent
request_id      properties.trackingReference
tls             properties.securityProtocol
extra.pop          properties.pop
extra.cacheStatus  properties.cacheStatus
"""

_APP_GATEWAY = """
requires        category = ApplicationGatewayAccessLog
requires        properties.clientIP
embedded        properties
client          properties.clientIP
time:timestamp_utc  timeStamp | timestamp | time
method          properties.httpMethod
target          properties.originalRequestUriWithArgs | properties.requestUri
protocol        properties.httpVersion
status          properties.httpStatus
bytes_sent      properties.sentBytes
bytes_received  properties.receivedBytes
host            properties.originalHost | properties.host
user_agent      properties.userAgent
request_id      properties.transactionId
tls             properties.sslProtocol
extra.timeTaken:number  properties.timeTaken
extra.ruleName          ruleName
"""

_APP_SERVICE = """
requires        properties.CIp | CIp
requires        properties.CsMethod | CsMethod
embedded        properties
client          properties.CIp | CIp
time:timestamp_utc  EventTime | time | TimeGenerated | TimeGenerated [UTC]
user            properties.CsUsername | CsUsername
method          properties.CsMethod | CsMethod
path            properties.CsUriStem | CsUriStem
query           properties.CsUriQuery | CsUriQuery
protocol        properties.Protocol | Protocol
status          properties.ScStatus | ScStatus
bytes_sent      properties.ScBytes | ScBytes
bytes_received  properties.CsBytes | CsBytes
duration_ms     properties.TimeTaken | TimeTaken
host            properties.CsHost | CsHost
referrer        properties.Referer | Referer
user_agent      properties.UserAgent | UserAgent
"""

FORMATS = (
    Format(
        name="cloudtrail",
        title="AWS CloudTrail events",
        url="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
        syntax="json",
        template=_CLOUDTRAIL.format(""),
        family="json",
        actions="operations",
        samples={
            (
                '{"eventVersion":"1.09","userIdentity":{"type":"AWSAccount","principalId":"","accountId":"anonymous"},'
                '"eventTime":"2024-01-10T08:01:02Z","eventSource":"s3.amazonaws.com","eventName":"GetObject",'
                '"sourceIPAddress":"203.0.113.9","userAgent":"[curl/8.5.0]","requestParameters":{"bucketName":"films",'
                '"key":"reel/a.mov"},"additionalEventData":{"bytesTransferredIn":0.0,"bytesTransferredOut":10485760.0},'
                '"requestID":"3E57427F3EXAMPLE","eventID":"e1","readOnly":true}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02Z",
                "operation": "GetObject",
                "action": "read",
                "bucket": "films",
                "object_key": "reel/a.mov",
                "bytes_sent": 10485760,
                "user_agent": "curl/8.5.0",
                "user": "AWSAccount",
                "request_id": "3E57427F3EXAMPLE",
            },
            (
                '{"eventTime":"2024-01-10T08:01:02Z","eventSource":"s3.amazonaws.com","eventName":"PutObject",'
                '"sourceIPAddress":"config.amazonaws.com","userAgent":"config.amazonaws.com","requestParameters":null}'
            ): {"client_ip": None, "client_host": "config.amazonaws.com", "action": "write"},
        },
        notes="One event on a line, or a document with the list `Records`. The address may be the name of a "
        "service of AWS, which is then in client_host. What has an errorCode has the action `other`.",
    ),
    Format(
        name="cloudtrail_lookup",
        title="AWS CloudTrail, as `aws cloudtrail lookup-events` prints it",
        url="https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html",
        syntax="json",
        template="embedded  CloudTrailEvent\n" + _CLOUDTRAIL.format("CloudTrailEvent."),
        family="json",
        actions="operations",
        samples={
            (
                '{"EventId":"e1","EventName":"ConsoleLogin","EventTime":1704873662.0,"Username":"kim","CloudTrailEvent":'
                '"{\\"eventTime\\":\\"2024-01-10T08:01:02Z\\",\\"eventSource\\":\\"signin.amazonaws.com\\",'
                '\\"eventName\\":\\"ConsoleLogin\\",\\"sourceIPAddress\\":\\"203.0.113.9\\",'
                '\\"userIdentity\\":{\\"userName\\":\\"kim\\"}}"}'
            ): {"client_ip": "203.0.113.9", "operation": "ConsoleLogin", "action": "login", "user": "kim"},
        },
        notes="The event itself is a text of JSON under `CloudTrailEvent`.",
    ),
    Format(
        name="s3_json",
        title="Amazon S3 server access log, delivered to CloudWatch Logs",
        url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/sal-cw-log-format.html",
        syntax="json",
        template=_S3,
        family="json",
        actions="s3",
        samples={
            (
                '{"schema_version_id":"V_1_0","bucket_arn":"arn:aws:s3:::films","bucket_name":"films",'
                '"request_time":"2024-01-10T08:01:02.345Z","remote_ip":"203.0.113.9","requester":null,'
                '"request_id":"3E57427F3EXAMPLE","operation":"REST.GET.OBJECT","key":"reel/a.mov",'
                '"request_uri":"GET /reel/a.mov HTTP/1.1","http_status":"200","bytes_sent":113,"user_agent":"curl/8.5.0"}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345000Z",
                "action": "read",
                "bucket": "films",
                "object_key": "reel/a.mov",
                "path": "/reel/a.mov",
                "status": 200,
                "bytes_sent": 113,
                "user": None,
            },
        },
    ),
    Format(
        name="cloudfront_json",
        title="Amazon CloudFront standard log v2 as JSON or Parquet",
        url="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html",
        syntax="json",
        template=_CLOUDFRONT,
        family="json",
        samples={
            (
                '{"date":"2024-01-10","time":"08:01:02","x-edge-location":"MAD51-C1","sc-bytes":"512","c-ip":"203.0.113.9",'
                '"cs-method":"GET","cs(Host)":"d111111abcdef8.cloudfront.net","cs-uri-stem":"/a.mov","sc-status":"200",'
                '"cs(Referer)":"-","cs(User-Agent)":"Mozilla/5.0%20(X11)","cs-uri-query":"-","x-edge-result-type":"Hit",'
                '"x-edge-request-id":"EXAMPLE==","x-host-header":"films.example","time-taken":"0.25"}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02Z",
                "time_zone_known": True,
                "path": "/a.mov",
                "query": None,
                "status": 200,
                "bytes_sent": 512,
                "duration_ms": 250.0,
                "host": "films.example",
                "user_agent": "Mozilla/5.0 (X11)",
                "referrer": None,
            },
        },
        notes="In Parquet the names have underscores. The rows of a Parquet file are read as JSON records: the line is the "
        "number of the row from 1, the offset its position in the text of these records.",
    ),
    Format(
        name="cloudflare_logpush",
        title="Cloudflare Logpush, HTTP requests",
        url="https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/",
        syntax="json",
        template=_LOGPUSH,
        family="json",
        samples={
            (
                '{"ClientIP":"203.0.113.9","ClientRequestHost":"films.example","ClientRequestMethod":"GET",'
                '"ClientRequestURI":"/a?b=c","ClientRequestUserAgent":"curl/8.5.0","EdgeResponseBytes":512,'
                '"EdgeResponseStatus":200,"EdgeStartTimestamp":1704873662345678901,"RayID":"87a1b2c3d4e5f001"}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345678Z",
                "path": "/a",
                "query": "b=c",
                "status": 200,
                "bytes_sent": 512,
            },
        },
        notes="Times are RFC 3339, seconds or nanoseconds, as the job is set.",
    ),
    Format(
        name="fastly_json",
        title="Fastly, the JSON of its documentation",
        url="https://www.fastly.com/documentation/guides/integrations/logging/custom-log-formats/",
        syntax="json",
        template=_FASTLY,
        family="json",
        samples={
            (
                '{ "timestamp": "2024-01-10T08:01:02+0000", "client_ip": "203.0.113.9", "geo_country": "spain", '
                '"host": "films.example", "url": "/a.mov", "request_method": "GET", "request_protocol": "HTTP/2", '
                '"request_referer": "", "request_user_agent": "curl/8.5.0", "response_status": 200, '
                '"response_body_size": 512, "fastly_server": "cache-mad2200001-MAD", "fastly_is_edge": true }'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02Z",
                "path": "/a.mov",
                "status": 200,
                "referrer": None,
            },
        },
    ),
    Format(
        name="google_audit",
        title="Google Cloud audit log entry",
        url="https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog",
        syntax="json",
        template=_GOOGLE_AUDIT,
        family="json",
        actions="operations",
        samples={
            (
                '{"insertId":"1a2b","logName":"projects/p/logs/cloudaudit.googleapis.com%2Fdata_access","protoPayload":'
                '{"authenticationInfo":{"principalEmail":"kim@example.com"},"methodName":"storage.objects.get",'
                '"requestMetadata":{"callerIp":"203.0.113.9","callerSuppliedUserAgent":"gsutil/5"},'
                '"resourceName":"projects/_/buckets/films/objects/reel/a.mov","status":{}},'
                '"resource":{"labels":{"bucket_name":"films"},"type":"gcs_bucket"},"timestamp":"2024-01-10T08:01:02.345678901Z"}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345678Z",
                "operation": "storage.objects.get",
                "action": "read",
                "bucket": "films",
                "object_key": "reel/a.mov",
                "user": "kim@example.com",
            },
        },
        notes="callerIp may be `private` or `gce-internal-ip`, which is then in client_host. The status is gRPC's and in "
        "extra; with one that is not 0 the action is `other`.",
    ),
    Format(
        name="google_http",
        title="Google Cloud load balancer, Cloud CDN or Cloud Run request",
        url="https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest",
        syntax="json",
        template=_GOOGLE_HTTP,
        family="json",
        samples={
            (
                '{"httpRequest":{"latency":"0.012s","remoteIp":"203.0.113.9:51022","requestMethod":"GET","requestSize":"120",'
                '"requestUrl":"https://films.example/a?b=c","responseSize":"512","status":200,"userAgent":"curl/8.5.0"},'
                '"insertId":"1a2b","logName":"projects/p/logs/requests","timestamp":"2024-01-10T08:01:02.345678Z"}'
            ): {
                "client_ip": "203.0.113.9",
                "target": "https://films.example/a?b=c",
                "path": "/a",
                "status": 200,
                "bytes_sent": 512,
                "duration_ms": 12.0,
            },
        },
    ),
    Format(
        name="google_entry",
        title="Google Cloud log entry that names no client",
        url="https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry",
        syntax="json",
        template=_GOOGLE_ENTRY,
        family="json",
        reads_also=frozenset({"google_audit", "google_http"}),
        fallback=True,
        samples={
            '{"insertId":"1a2b","logName":"projects/p/logs/app","textPayload":"started","timestamp":"2024-01-10T08:01:02Z"}': {
                "client_ip": None,
                "time": "2024-01-10T08:01:02Z",
            },
        },
        notes="Such entries stand between those of requests and audits in an export.",
    ),
    Format(
        name="azure_storage_json",
        title="Azure Storage resource log (StorageRead, StorageWrite, StorageDelete)",
        url="https://learn.microsoft.com/azure/storage/blobs/monitor-blob-storage-reference",
        syntax="json",
        template=_AZURE_STORAGE,
        family="json",
        actions="operations",
        samples={
            (
                '{"time":"2024-01-10T08:01:02.3456789Z","category":"StorageRead","operationName":"GetBlob","statusCode":200,'
                '"statusText":"Success","durationMs":12,"callerIpAddress":"203.0.113.9:51022","correlationId":"c1",'
                '"identity":{"type":"Anonymous"},"properties":{"accountName":"films","userAgentHeader":"curl/8.5.0",'
                '"objectKey":"/films/reel/a.mov","responseBodySize":512,"tlsVersion":"TLS 1.2"},'
                '"uri":"https://films.blob.core.windows.net/reel/a.mov","protocol":"HTTPS"}'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.345678Z",
                "operation": "GetBlob",
                "action": "read",
                "bucket": "reel",
                "object_key": "/films/reel/a.mov",
                "status": 200,
                "path": "/reel/a.mov",
                "user": "Anonymous",
            },
        },
        notes="One record on a line, or a document with the list `records`; also rows of StorageBlobLogs. The bucket is the "
        "container, share, queue or table; the account stays in `extra`.",
    ),
    Format(
        name="azure_front_door",
        title="Azure Front Door access log",
        url="https://learn.microsoft.com/azure/frontdoor/standard-premium/how-to-logs",
        syntax="json",
        template=_FRONT_DOOR,
        family="json",
        samples={
            (
                '{"time":"2024-01-10T08:01:02.3456789Z","category":"FrontDoorAccessLog","properties":{"trackingReference":"t1",'
                '"httpMethod":"GET","httpVersion":"2.0.0.0","requestUri":"https://films.example:443/a","requestBytes":"90",'
                '"responseBytes":"512","userAgent":"curl/8.5.0","clientIp":"198.51.100.6","socketIp":"203.0.113.9",'
                '"timeTaken":"0.25","httpStatusCode":"200"}}'
            ): {
                "client_ip": "203.0.113.9",
                "forwarded": "198.51.100.6",
                "path": "/a",
                "status": 200,
                "duration_ms": 250.0,
            },
        },
        notes="clientIp is what the request's own X-Forwarded-For says, where it has one; the client is socketIp.",
    ),
    Format(
        name="azure_application_gateway",
        title="Azure Application Gateway access log",
        url="https://learn.microsoft.com/azure/application-gateway/application-gateway-diagnostics",
        syntax="json",
        template=_APP_GATEWAY,
        family="json",
        samples={
            (
                '{"timeStamp": "2024-01-10T08:01:02+00:00","category": "ApplicationGatewayAccessLog","properties": '
                '{"clientIP": "203.0.113.9","clientPort": 45057,"httpMethod": "GET","originalRequestUriWithArgs": "\\/a?b",'
                '"requestUri": "\\/a","userAgent": "curl\\/8.5.0","httpStatus": 200,"httpVersion": "HTTP\\/1.1",'
                '"receivedBytes": 184,"sentBytes": 466,"timeTaken": 0.034,"host": "films.example"}}'
            ): {
                "client_ip": "203.0.113.9",
                "path": "/a",
                "query": "b",
                "status": 200,
                "bytes_sent": 466,
                "host": "films.example",
            },
        },
        notes="timeTaken is in seconds in v2 and in milliseconds in v1, so it stays in extra.",
    ),
    Format(
        name="azure_app_service",
        title="Azure App Service HTTP log",
        url="https://learn.microsoft.com/azure/azure-monitor/reference/tables/appservicehttplogs",
        syntax="json",
        template=_APP_SERVICE,
        family="json",
        samples={
            (
                '{ "time": "2024-01-10T08:01:02Z", "category": "AppServiceHTTPLogs", "properties": '
                '"{\\"CsHost\\":\\"films.example\\",\\"CIp\\":\\"203.0.113.9\\",\\"CsUriStem\\":\\"/a\\",\\"CsUriQuery\\":\\"\\",'
                '\\"CsMethod\\":\\"GET\\",\\"TimeTaken\\":25,\\"ScStatus\\":\\"200\\",\\"UserAgent\\":\\"curl/8.5.0\\"}"}'
            ): {
                "client_ip": "203.0.113.9",
                "path": "/a",
                "status": 200,
                "host": "films.example",
                "duration_ms": 25.0,
            },
        },
        notes="The properties may be an object, or a text of JSON.",
    ),
)
