"""Amazon's storage logs.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

FORMATS = (
    Format(
        name="s3",
        title="Amazon S3 server access log",
        url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html",
        syntax="template",
        template="\n".join(
            f"{{bucket_owner:word}} {{bucket:word}} [{{time:clf}}] {{client}} {requester_and_request} {{operation:word}} "
            "{object_key:word} {request:quoted} {status} {error_code:word} {bytes_sent} {object_size:integer} "
            "{duration_ms:milliseconds} {turn_around_ms:integer} {referrer:quoted} {user_agent:quoted}"
            "{?} {version_id:word} {host_id:word} {signature_version:word} {cipher_suite:word} "
            "{authentication_type:word} {host:word} {tls:word} "
            "{access_point_arn:word} {acl_required:word} {source_region:word}{tail}"
            # The requester may hold blanks where the identifier behind it is known by its looks.
            for requester_and_request in (
                "{user} {request_id:request_id_16}",
                "{user:token} {request_id:word}",
            )
        ),
        actions="s3",
        reads_also=frozenset({"huawei_obs"}),
        samples={
            (
                "79a59df900b949e5 awsexamplebucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59df900b949e5 "
                "3E57427F3EXAMPLE REST.GET.OBJECT films/a+b.mov "
                '"GET /films/a%20b.mov HTTP/1.1" 200 - 113 2048 7 6 "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+ SigV4 '
                "ECDHE-RSA-AES128-GCM-SHA256 AuthHeader awsexamplebucket.s3.amazonaws.com TLSv1.2 - Yes us-east-1 new"
            ): {
                "client_ip": "192.0.2.3",
                "bucket": "awsexamplebucket",
                "user": "79a59df900b949e5",
                "request_id": "3E57427F3EXAMPLE",
                "operation": "REST.GET.OBJECT",
                "action": "read",
                "object_key": "films/a+b.mov",
                "path": "/films/a%20b.mov",
                "status": 200,
                "bytes_sent": 113,
                "duration_ms": 7.0,
                "host": "awsexamplebucket.s3.amazonaws.com",
                "tls": "TLSv1.2",
                "user_agent": "S3Console/0.4",
            },
            (
                "79a59df900b949e5 awsexamplebucket [06/Feb/2019:00:00:38 +0000] - "
                "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE "
                '3E57427F3EXAMPLE S3.EXPIRE.OBJECT old/a "-" - - - 5 - - "-" "-" -'
            ): {
                "client_ip": None,
                "user": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE",
                "operation": "S3.EXPIRE.OBJECT",
                "action": "delete",
                "target": None,
                "user_agent": None,
            },
        },
        notes="Wasabi, Backblaze B2 and others write S3's layout, too. 17 to 27 fields and unknown ones behind them. The requester may hold blanks; quotes in "
        "user agent, referrer and request are not escaped.",
    ),
)
