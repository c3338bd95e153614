"""Google Cloud Storage's usage logs.

Source: https://cloud.google.com/storage/docs/access-logs#format
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

FORMATS = (
    Format(
        name="gcs_usage",
        title="Google Cloud Storage usage log",
        url="https://cloud.google.com/storage/docs/access-logs#format",
        syntax="gcs_csv",
        header=r'^"?time_micros"?,|^"?bucket"?,"?storage_byte_hours"?',
        template="time_micros c_ip c_ip_type c_ip_region cs_method cs_uri sc_status cs_bytes sc_bytes time_taken_micros cs_host "
        "cs_referer cs_user_agent s_request_id cs_operation cs_bucket cs_object",
        actions="gcs",
        samples={
            '"1704873662123456","203.0.113.9","1","","GET","/films/a%20b.mov","200","0","703","31000","storage.googleapis.com",'
            '"https://example.com/?a,b","curl/8.5","AB12","GET_Object","films","a b.mov"': {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.123456Z",
                "target": "/films/a%20b.mov",
                "bytes_sent": 703,
                "duration_ms": 31.0,
                "referrer": "https://example.com/?a,b",
                "operation": "GET_Object",
                "action": "read",
                "bucket": "films",
                "object_key": "a b.mov",
                "request_id": "AB12",
            },
        },
        notes="An empty value is none. One file may repeat lines of another: Google delivers at least once. Storage logs, "
        "which share names with these, list no requests and are rejected.",
    ),
)
