"""Logs in the W3C extended format, and what else IIS writes.

Sources: https://www.w3.org/TR/WD-logfile.html, Microsoft's "W3C Logging", "IIS Log File Formats", "HTTP
Server API error logs" and "Logging Fields" of IIS Advanced Logging, Tomcat's ExtendedAccessLogValve.
"""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS", "GENERAL"]

_DRAFT = "https://www.w3.org/TR/WD-logfile.html"
_UTC = "Times are UTC by definition. "
_ROW = "2024-01-10 08:01:02 192.0.2.80 GET /films/a.mov v=1 443 - 203.0.113.9 curl/8.5 -"
_NATIVE = (
    "c-ip cs-username date:{order}=time time:local_time=time s-sitename s-computername s-ip "
    "time-taken:milliseconds=duration_ms cs-bytes sc-bytes sc-status sc-win32-status cs-method cs-uri-stem cs-uri-query"
)
_REQUEST = "cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip"
_RESULT = "sc-status sc-substatus sc-win32-status"
# What is known of rows without a header: the defaults of IIS 6 to 10 and of Azure, and all fields there are.
_IIS_ROWS = (
    f"date time s-ip {_REQUEST} cs(User-Agent) cs(Referer) {_RESULT} time-taken:milliseconds",
    f"date time s-ip {_REQUEST} cs(User-Agent) cs(Referer) {_RESULT} sc-bytes cs-bytes time-taken",
    f"date time s-ip {_REQUEST} cs(User-Agent) {_RESULT} time-taken",
    f"date time s-ip {_REQUEST} cs(User-Agent) {_RESULT}",
    f"date time s-sitename s-ip {_REQUEST} cs(User-Agent) {_RESULT}",
    f"date time s-sitename s-ip {_REQUEST} cs(User-Agent) {_RESULT} time-taken",
    f"date time s-sitename s-computername s-ip {_REQUEST} cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host {_RESULT} "
    "sc-bytes cs-bytes time-taken",
    f"date time s-sitename s-computername s-ip {_REQUEST} cs-version cs(User-Agent) cs(Referer) cs-host {_RESULT} "
    "sc-bytes cs-bytes time-taken",
    f"date time s-sitename s-computername s-ip {_REQUEST} cs(User-Agent) cs(Referer) {_RESULT} time-taken",
    f"date time s-sitename {_REQUEST} cs(User-Agent) cs(Cookie) cs(Referer) cs-host {_RESULT} sc-bytes cs-bytes time-taken",
    f"date time {_REQUEST} cs(User-Agent) {_RESULT} time-taken",
    f"date time s-ip {_REQUEST} cs(User-Agent) cs(Referer) cs-host {_RESULT} time-taken",
)
# Every reader of these languages follows whatever #Fields line it meets, TABs or blanks.
_HEADED = frozenset(
    {"pureftpd_w3c", "iis", "iis_advanced", "httperr", "tomcat_extended", "incapsula", "w3c", "cloudfront"}
)

FORMATS = (
    Format(
        name="pureftpd_w3c",
        title="Pure-FTPd, altlog w3c",
        url="https://github.com/jedisct1/pure-ftpd/blob/master/src/altlog.c",
        syntax="iis",
        header=r"^#\s*Software:\s*Pure-FTPd",
        template="[date time c-ip cs-method:text=operation cs-uri-stem:text=object_key sc-status cs-username sc-bytes:integer=transferred]",
        actions="pureftpd_w3c",
        reads_also=_HEADED - {"pureftpd_w3c"},
        samples={
            "#Software: Pure-FTPd 1.0.50\n#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status cs-username sc-bytes\n"
            "2024-01-10 08:01:02 203.0.113.9 []created /films/a.mov 226  4096": {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02Z",
                "operation": "[]created",
                "action": "write",
                "object_key": "/films/a.mov",
                "path": "/films/a.mov",
                "user": None,
                "bytes_received": 4096,
                "bytes_sent": None,
            },
        },
        notes=_UTC + "An empty user leaves two blanks. The size is that of the file, sent or created.",
    ),
    Format(
        name="iis_advanced",
        title="IIS Advanced Logging",
        url="https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/ee791933(v=ws.10)",
        syntax="w3c",
        header=r"^#\s*Software:\s*IIS Advanced Logging|^#\s*Fields:.*\b(TimeTakenMS|BeginRequest-UTC)\b",
        template="[date time date-local time-local c-ip cs-username cs-method cs-uri-stem cs-uri-query sc-status sc-substatus "
        "sc-win32-status sc-bytes cs-bytes TimeTakenMS cs(User-Agent) cs(Referer) cs(Host) cs-version s-ip s-port]",
        actions="w3c",
        reads_also=_HEADED - {"iis_advanced"},
        samples={
            "#Software: IIS Advanced Logging Module\n#Version: 1.0\n"
            "#Fields: date time cs-uri-stem cs-uri-query sc-status cs(User-Agent) TimeTakenMS c-ip cs-method\n"
            '2024-01-10 08:01:02.123 /films/a.mov - 200 "Mozilla/5.0 (compatible)" 31 203.0.113.9 GET': {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02.123000Z",
                "user_agent": "Mozilla/5.0 (compatible)",
                "duration_ms": 31.0,
                "target": "/films/a.mov",
            },
        },
        notes="Times are UTC unless only `date-local` and `time-local` are logged; texts may stand in quotes.",
    ),
    Format(
        name="httperr",
        title="HTTP.sys error log (HTTPERR)",
        url="https://learn.microsoft.com/en-us/windows/win32/http/format-of-the-http-server-api-error-logs",
        syntax="iis",
        header=r"^#\s*Fields:.*\bs-reason\b",
        template="date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename\n"
        "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason",
        actions="w3c",
        reads_also=_HEADED - {"httperr", "cloudfront"},
        samples={
            "2024-01-10 08:01:02 203.0.113.9 3544 192.0.2.80 80 HTTP/1.1 GET /a?b=c 503 1 ConnLimit DefaultAppPool": {
                "client_ip": "203.0.113.9",
                "target": "/a?b=c",
                "path": "/a",
                "query": "b=c",
                "protocol": "HTTP/1.1",
                "status": 503,
                "extra": '{"c-port": 3544, "s-ip": "192.0.2.80", "s-port": 80, "s-siteid": "1", '
                '"s-reason": "ConnLimit", "s-queuename": "DefaultAppPool"}',
            },
            "#Software: Microsoft HTTP API 2.0\n"
            "#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid sc-status s-siteid s-reason s-queuename\n"
            "2024-01-10 08:01:02 2001:db8::7%0 3544 2001:db8::80%0 80 - - - - - - Timer_ConnectionIdle -": {
                "client_ip": "2001:db8::7",
                "method": None,
                "status": None,
            },
        },
        notes=_UTC
        + "Requests that HTTP.sys answered or dropped before IIS saw them. Early versions write no header.",
    ),
    Format(
        name="tomcat_extended",
        title="Tomcat ExtendedAccessLogValve",
        url="https://tomcat.apache.org/tomcat-10.1-doc/config/valve.html#Extended_Access_Log_Valve",
        syntax="w3c",
        header=r"^#\s*Software:\s*Apache Tomcat",
        template="[date time c-ip c-dns cs-method cs-uri cs-uri-stem cs-uri-query sc-status bytes time-taken:seconds "
        "cs(User-Agent) cs(Referer) x-H(protocol) x-H(authType) s-ip]",
        actions="w3c",
        reads_also=_HEADED - {"tomcat_extended"},
        samples={
            "#Fields: date time c-ip cs-method cs-uri sc-status bytes time-taken cs(User-Agent)\n"
            "#Version: 2.0\n#Software: Apache Tomcat/10.1.18\n"
            '2024-01-10 08:01:02 203.0.113.9 GET /a?b=c 200 512 0.125 "say ""hi"""': {
                "client_ip": "203.0.113.9",
                "path": "/a",
                "query": "b=c",
                "bytes_sent": 512,
                "duration_ms": 125.0,
                "user_agent": 'say "hi"',
            },
        },
        notes=_UTC + "Headers and other texts of the client stand in quotes; `time-taken` is in seconds.",
    ),
    Format(
        name="incapsula",
        title="Imperva Incapsula, W3C",
        url="https://docs.imperva.com/bundle/cloud-application-security/page/more/log-file-structure.htm",
        syntax="w3c",
        header=r"^#\s*Software:\s*Incapsula",
        template="[date time c-ip cs-method cs-uri cs-uri-query sc-status cs-bytes cs(User-Agent) cs(Referrer) cs-version s-xff]",
        actions="w3c",
        reads_also=_HEADED - {"incapsula"},
        samples={
            "#Software: Incapsula LOGS API\n#Version: 1.1\n#Date: 10/Jan/2024 08:01:02\n"
            "#Fields: date time cs-vid c-ip cs(User-Agent) cs-uri cs-method cs-uri-query sc-status s-xff cs-bytes\n"
            '"2024-01-10" "08:01:02" "" "203.0.113.9" "Mozilla/5.0 (compatible)" "www.example.com/" "GET" "a=b" "200" "" "512"': {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02Z",
                "target": "www.example.com/",
                "query": "a=b",
                "status": 200,
                "bytes_received": 512,
                "forwarded": None,
            },
        },
        notes=_UTC + "Every value stands in quotes; the target begins with the site's name.",
    ),
    Format(
        name="iis",
        title="IIS W3C extended, HTTP and FTP",
        url="https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging",
        syntax="iis",
        header=r"^#\s*Software:\s*Microsoft Internet Information|^#\s*Fields:.*\b(s-sitename|s-computername|sc-substatus|sc-win32-status)\b",
        template="\n".join(_IIS_ROWS),
        actions="w3c",
        reads_also=_HEADED - {"iis", "cloudfront"},
        samples={
            f"{_ROW} 200 0 0 31": {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02Z",
                "time_zone_known": True,
                "method": "GET",
                "target": "/films/a.mov?v=1",
                "path": "/films/a.mov",
                "query": "v=1",
                "status": 200,
                "duration_ms": 31.0,
                "user_agent": "curl/8.5",
                "user": None,
                "action": "read",
                "extra": '{"s-ip": "192.0.2.80", "s-port": 443, "sc-substatus": 0, "sc-win32-status": 0}',
            },
            "#Software: Microsoft Internet Information Services 10.0\n#Date: 2024-01-10 08:00:00\n"
            "#Fields: time c-ip cs-username cs-method cs-uri-stem sc-status X-Forwarded-For\n"
            "08:01:02 192.0.2.7 - RETR films/a.mov 226 203.0.113.9,+192.0.2.9": {
                "client_ip": "192.0.2.7",
                "time": "2024-01-10T08:01:02Z",
                "path": "films/a.mov",
                "action": "read",
                "forwarded": "203.0.113.9,+192.0.2.9",
            },
        },
        notes=_UTC
        + "Read by the `#Fields` line in force, which may change; rows without one may have the columns that "
        "IIS and Azure log when nobody changes anything, with site, server, host or sizes, or all there are. `+` stands for a blank "
        "and for itself, so texts are kept as logged. Rows with raw blanks in the query are mended where the other "
        "columns leave one reading.",
    ),
    *(
        Format(
            name=name,
            title=f"IIS native, {order.replace('_', ' ')} in dates",
            url="https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525807(v=vs.90)",
            syntax="iis_native",
            template=_NATIVE.format(order=order),
            actions="w3c",
            reads_also=frozenset({other}),
            twin=other,
            samples={
                f"203.0.113.9, kim, {date}, 7:55:20, W3SVC2, SALES1, 192.0.2.80, 4502, 163, 3223, 200, 0, GET, /a,b.gif, v=1,": {
                    "client_ip": "203.0.113.9",
                    "user": "kim",
                    "time": "2024-03-20T07:55:20Z",
                    "time_zone_known": False,
                    "target": "/a,b.gif?v=1",
                    "bytes_received": 163,
                    "bytes_sent": 3223,
                    "status": 200,
                    "duration_ms": 4502.0,
                },
            },
            notes="Local time without an offset, dates as the server's locale writes them; a file whose first lines fit "
            f"both orders is read with the month first. The other order: `{other}`.",
        )
        for name, order, other, date in (
            ("iis_native", "month_first", "iis_native_day_first", "03/20/2024"),
            ("iis_native_day_first", "day_first", "iis_native", "20.03.24"),
        )
    ),
)

# Behind all others of this language, because it reads whatever has a header.
GENERAL = (
    Format(
        name="w3c",
        title="W3C extended log with a #Fields line",
        url=_DRAFT,
        syntax="w3c",
        header=r"^#\s*(Fields|Version|Software|Date)\s*:",
        template="[date time timestamp c-ip cs-method cs-uri cs-uri-stem cs-uri-query sc-status sc-bytes cs-bytes bytes "
        "time-taken:seconds cs-username cs-host cs(Host) cs(User-Agent) cs(Referer) cs-version x-forwarded-for]",
        actions="w3c",
        reads_also=_HEADED - {"w3c"},
        samples={
            '#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri sc-status cs(User-Agent)\n2024-01-10 08:01:02 203.0.113.9 GET /a?b 200 "a b"': {
                "client_ip": "203.0.113.9",
                "time": "2024-01-10T08:01:02Z",
                "path": "/a",
                "query": "b",
                "user_agent": "a b",
            },
        },
        notes=_UTC
        + "Columns are separated by blanks, or by TABs where there are any; `time-taken` is in seconds, as the "
        "draft says. `--format '#Fields: date time c-ip ...'` reads rows that have no header.",
    ),
)
