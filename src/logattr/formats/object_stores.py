"""Object stores that copied S3's log, or the idea of it, with columns of their own."""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

FORMATS = (
    Format(
        name="huawei_obs",
        title="Huawei Cloud OBS bucket log",
        url="https://support.huaweicloud.com/intl/en-us/usermanual-obs/en-us_topic_0045853553.html",
        syntax="template",
        # The lines of the documentation have two blanks in some places.
        template="\n".join(
            f"{{bucket_owner:word}} {{bucket:word}} [{{time:clf}}] {{client}} {{user}} {{request_id:request_id_32}}{gap}"
            "{operation:word} {object_key:word} {request:quoted} {status} {error_code:word} {bytes_sent} "
            "{object_size:integer} {duration_ms:milliseconds} {turn_around_ms:integer} {referrer:quoted} {user_agent:quoted}"
            f"{{?}}{gap}{{version_id:word}}{gap}{{sts_log_urn:word}} {{storage_class:word}} {{target_storage_class:word}} "
            "{entry_name:word} {iam_user:word}{tail}"
            for gap in (" ", "  ")
        ),
        actions="s3",
        samples={
            (
                "787f2f92b20943998a4fe2ab75eb09b8 films [13/Aug/2015:01:43:42 +0000] 203.0.113.9 787f2f92b20943998a4fe2ab75eb09b8 "
                '281599BACAD9376ECE141B842B94535B REST.GET.OBJECT reel/a.mov "GET /films/reel/a.mov HTTP/1.1" 200 - 211 211 6 6 '
                '"-" "HttpClient" - - STANDARD - reel/a.mov 8f1c'
            ): {
                "client_ip": "203.0.113.9",
                "bucket": "films",
                "object_key": "reel/a.mov",
                "operation": "REST.GET.OBJECT",
                "action": "read",
                "status": 200,
                "bytes_sent": 211,
                "user_agent": "HttpClient",
            },
        },
        notes="S3's layout; the request has 32 hexadecimal digits, and OBS's own columns stand at the end.",
    ),
    Format(
        name="alibaba_oss",
        title="Alibaba Cloud OSS bucket log",
        url="https://www.alibabacloud.com/help/en/oss/user-guide/logging",
        syntax="template",
        template=(
            '{client} {reserved_1:word} {reserved_2:word} [{time:clf}] "{request}" {status} {bytes_sent} '
            '{duration_ms:milliseconds} "{referrer}" "{user_agent}" "{host}" "{request_id}" "{logging_flag}" "{user}" '
            '"{operation}" "{bucket}" "{object_key}" {object_size:integer} {server_ms:integer} {error_code:quoted} {bytes_received} '
            "{bucket_owner:quoted}{?} {delta_bytes:word} {sync_request:quoted} {storage_class:quoted} {target_storage_class:quoted} "
            "{accelerator:quoted} {access_key:quoted}{tail}"
        ),
        actions="operations",
        samples={
            (
                '203.0.113.9 - - [03/Jul/2021:00:00:03 +0800] "GET /reel/a.mov HTTP/1.0" 200 4096 14 "-" "aliyun-sdk-go/1.2.3 (x)" '
                '"films.oss-cn-hangzhou.aliyuncs.com" "5AE0A1" "true" "1234567" "GetObject" "films" "reel%2Fa.mov" 4096 4 "-" 253 '
                '"1234567" - "-" "standard" "-"'
            ): {
                "client_ip": "203.0.113.9",
                "time": "2021-07-02T16:00:03Z",
                "operation": "GetObject",
                "action": "read",
                "bucket": "films",
                "object_key": "reel%2Fa.mov",
                "status": 200,
                "bytes_sent": 4096,
                "bytes_received": 253,
                "duration_ms": 14.0,
                "user": "1234567",
                "host": "films.oss-cn-hangzhou.aliyuncs.com",
            },
        },
        notes="Apache's columns, then OSS's own. The client may be a proxy or a firewall in front of it, as its "
        "documentation says.",
    ),
    Format(
        name="tencent_cos",
        title="Tencent Cloud COS bucket log",
        url="https://www.tencentcloud.com/document/product/436/16920",
        syntax="template",
        escapes="percent",
        template="\n".join(
            "{version:word} {bucket:word} {region:word} {time:iso8601} {host:word} {operation:word} {client} {access_key:word} "
            "{reserved:word} {bytes_received} {delta_bytes:word} {object_key:token} {method:word} {user_agent:token} {status} "
            f"{{error_code:word}} {error_message} {{bytes_sent}} {{duration_ms:milliseconds}} {{log_source:=USER|CDN}} "
            "{storage_class:word} {account:word} {turn_around_ms:word} {user:token}"
            "{?} {request_id:word} {object_size:word} {version_id:word} {target_storage_class:word} {referrer:token} "
            "{request_uri:token}{tail}"
            for error_message in ("{error_message:token}", "{error_message:path}")  # with or without blanks
        ),
        actions="operations",
        samples={
            (
                "1.0 films-1250000000 ap-beijing 2018-12-01T11:02:33Z films-1250000000.cos.ap-beijing.myqcloud.com GetObject "
                "203.0.113.9 AKIDNYVC - 0 0 /reel/a%20b.mov GET cos-go-sdk-v5.2.9%20x 200 - - 4096 42 USER STANDARD 100000000001 40 "
                "100000000001:100000000001 NWMw"
            ): {
                "client_ip": "203.0.113.9",
                "time": "2018-12-01T11:02:33Z",
                "operation": "GetObject",
                "action": "read",
                "bucket": "films-1250000000",
                "object_key": "/reel/a%20b.mov",
                "method": "GET",
                "status": 200,
                "bytes_sent": 4096,
                "user_agent": "cos-go-sdk-v5.2.9 x",
                "request_id": "NWMw",
            },
        },
        notes="The time is the end of the request. Lines of the source CDN are requests of the delivery network.",
    ),
)
