"""Zeek's logs of HTTP requests.

Source: https://docs.zeek.org/en/current/logs/http.html
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

FORMATS = (
    Format(
        name="zeek_http",
        title="Zeek http.log, TSV",
        url="https://docs.zeek.org/en/current/logs/http.html",
        syntax="zeek",
        header=r"^#separator\s|^#fields\tts\t",
        template="[ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer version user_agent "
        "request_body_len response_body_len status_code status_msg username proxied]",
        escapes="apache",
        samples={
            "#separator \\x09\n#unset_field\t-\n#path\thttp\n"
            "#fields\tts\tuid\tid.orig_h\tid.orig_p\tmethod\thost\turi\tversion\tuser_agent\tresponse_body_len\tstatus_code\ttags\n"
            "1704873662.123456\tCx1\t203.0.113.9\t51754\tGET\tfiles.example\t/a?b=c\t1.1\tsay \\x09 hi\t703\t200\t(empty)": {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.123456Z",
                "method": "GET",
                "path": "/a",
                "query": "b=c",
                "host": "files.example",
                "protocol": "HTTP/1.1",
                "bytes_sent": 703,
                "user_agent": "say \t hi",
                "request_id": "Cx1",
                "extra": '{"id.orig_p": 51754}',
            },
        },
        notes="What Zeek saw on the wire, so sizes are those of bodies. Of `proxied` the addresses forwarded for are kept. "
        "Other logs of Zeek, such as conn.log, list no requests and are rejected.",
    ),
)
