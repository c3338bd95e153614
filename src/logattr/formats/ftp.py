"""FTP servers."""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

_VSFTPD = (
    "[{user}] {outcome:=OK|FAIL} {operation:=UPLOAD|DOWNLOAD|APPEND}: "
    'Client "{client}", "{object_key}", {transferred:integer} bytes, {rate:token}',
    "[{user}] {outcome:=OK|FAIL} {operation:=UPLOAD|DOWNLOAD|APPEND}: "
    'Client "{client}", "{object_key}", {rate:token}',
    '[{user}] {outcome:=OK|FAIL} {operation:=LOGIN}: Client "{client}"',
    '[{user}] {outcome:=OK|FAIL} {operation:=LOGIN}: Client "{client}", anon password "{anonymous_password}"',
    "[{user}] {outcome:=OK|FAIL} {operation:=MKDIR|RMDIR|DELETE|RENAME|CHMOD|LIST|UPLOAD|DOWNLOAD}: "
    'Client "{client}", "{object_key}"',
    '[{user}] {operation:=FTP command|FTP response|DEBUG}: Client "{client}", "{message}"',
    '{operation:=FTP command|FTP response|DEBUG}: Client "{client}", "{message}"',
    '{operation:=CONNECT}: Client "{client}"',
    '{operation:=CONNECT}: Client "{client}", "{message}"',
)
# RFC 959, RFC 2228, RFC 2428, RFC 3659.
_ON_FILES = (
    "RETR|STOR|STOU|APPE|DELE|MKD|RMD|XMKD|XRMD|RNFR|RNTO|CWD|XCWD|LIST|NLST|MLSD|MLST|SIZE|MDTM|MFMT|STAT"
)
# With _ON_FILES, what mod_sftp writes beside: requests of SFTP that are no commands of FTP.
_OTHER = (
    "INIT|OPEN|CLOSE|READ|WRITE|OPENDIR|READDIR|REMOVE|RENAME|MKDIR|RMDIR|LSTAT|FSTAT|SETSTAT|FSETSTAT|REALPATH|READLINK"
    "|SYMLINK|LINK|EXTENDED|LOCK|UNLOCK|"
    "USER|PASS|ACCT|CDUP|XCUP|SMNT|QUIT|REIN|PORT|PASV|TYPE|STRU|MODE|ALLO|REST|ABOR|PWD|XPWD|SYST|HELP|NOOP|SITE|FEAT"
    "|OPTS|AUTH|PBSZ|PROT|CCC|ADAT|MIC|CONF|ENC|EPRT|EPSV|LANG|HOST|CLNT"
)
_CLF = "{client} {ident:word} {user} [{time:clf}]"
_PROFTPD = (
    "{operation:=USER|ANON} {user:path} ({outcome:=Login failed}): {message}",
    "{operation:=USER|ANON} {user}: {outcome}",
    "{message}",
)
_PROFTPD_HEADS = (
    "{time:iso8601} {machine:word} proftpd[{pid:integer}] {host:word} ({client_name}[{client}]): ",
    "{syslog:syslog}{host:word} ({client_name}[{client}]) - ",
    # SystemLog up to 1.3.5; the time before it is taken off like that of syslog.
    "{machine:word} proftpd[{pid:integer}] {host:word} ({client_name}[{client}]): ",
)
_PUREFTPD = (
    "[{level:word}] {object_key:path} {operation:=uploaded|downloaded}  ({transferred:integer} bytes, {rate:token}KB/sec)",
    "[{level:word}] {object_key:path} {operation:=uploaded|downloaded} ({transferred:integer} bytes, {rate:token}KB/sec)",
    "[{level:word}] {operation:=Deleted|Created directory|Removed directory} {object_key}",
    "[{level:word}] {message}",
)
# Before anybody is logged in, the user is a question mark.
_PUREFTPD_LOGINS = (
    "[{level:word}] {user:word} {operation:=is now logged in}",
    "[{level:word}] {operation:=Authentication failed} for user [{user}]",
)

FORMATS = (
    Format(
        name="xferlog",
        title="xferlog: wu-ftpd, ProFTPD, vsftpd, Pure-FTPd",
        url="https://www.proftpd.org/docs/howto/Logging.html",
        syntax="template",
        escapes="plain",
        template=(
            "{time:ctime} {seconds:integer} {client:token} {transferred:integer} {object_key:path} {type:=a|b} "
            "{special:word} {operation:=i|o|d} {access:=a|g|r} {user:token} {service:word} {auth:=0|1} "
            "{auth_user:token} {completion:=c|i}"
        ),
        actions="xferlog",
        samples={
            "Thu Mar  4 08:12:30 2023 1 203.0.113.9 4096 /pub/a_b.iso b _ o r kim ftp 0 * c": {
                "client_ip": "203.0.113.9",
                "time": "2023-03-04T08:12:30Z",
                "time_zone_known": False,
                "user": "kim",
                "operation": "o",
                "action": "read",
                "object_key": "/pub/a_b.iso",
                "bytes_sent": 4096,
                "bytes_received": None,
            },
            "Thu Mar 4 08:12:30 2023 1 host.example 12 /in/a b.txt a _ i g kim sftp 0 * c": {
                "client_ip": None,
                "client_host": "host.example",
                "action": "write",
                "object_key": "/in/a b.txt",
                "bytes_sent": None,
                "bytes_received": 12,
            },
        },
        notes="Local time without an offset; the end of the transfer. Some writers put underscores for blanks in "
        "names, others leave the blanks.",
    ),
    Format(
        name="vsftpd",
        title="vsftpd's own log",
        url="https://security.appspot.com/vsftpd/vsftpd_conf.html",
        syntax="template",
        escapes="plain",
        template="\n".join(
            head + shape
            for head in ("{time:ctime} [pid {pid:integer}] ", "{syslog:syslog}")
            for shape in _VSFTPD
        ),
        actions="vsftpd",
        samples={
            'Mon Jun  6 18:43:59 2016 [pid 3] [kim] OK UPLOAD: Client "::ffff:203.0.113.9", "/a, b.png", 1884648 bytes, 41264.44Kbyte/sec': {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2016-06-06T18:43:59Z",
                "time_zone_known": False,
                "operation": "UPLOAD",
                "action": "write",
                "object_key": "/a, b.png",
                "bytes_received": 1884648,
                "bytes_sent": None,
            },
            'Mon Jun 6 18:44:19 2016 [pid 3] [kim] FAIL DOWNLOAD: Client "203.0.113.9", "/a*", 0.00Kbyte/sec': {
                "action": "other",
                "object_key": "/a*",
                "bytes_sent": None,
            },
            'Fri Jun 10 14:28:50 2016 [pid 1] [ftp] OK LOGIN: Client "203.0.113.9", anon password "n"': {
                "action": "login",
                "user": "ftp",
            },
            'Fri Jun 10 14:24:13 2016 [pid 2] CONNECT: Client "203.0.113.9"': {
                "client_ip": "203.0.113.9",
                "action": "other",
                "user": None,
            },
        },
        notes="Local time without an offset, or none behind syslog. Quotes in names are not escaped. What failed "
        "has the action `other`.",
    ),
    Format(
        name="proftpd_extended",
        title="ProFTPD ExtendedLog",
        url="https://www.proftpd.org/docs/modules/mod_log.html#ExtendedLog",
        syntax="template",
        escapes="plain",
        template="\n".join(
            (
                f'{_CLF} "{{operation:={_ON_FILES}}} {{object_key}}" {{status}} {{transferred}}',
                f'{_CLF} "{{operation:={_ON_FILES}|{_OTHER}}}" {{status}} {{transferred}}',
                f'{_CLF} "{{operation:={_OTHER}}} {{argument}}" {{status}} {{transferred}}',
            )
        ),
        actions="ftp",
        samples={
            '203.0.113.9 UNKNOWN kim [10/Jan/2024:08:01:02 +0100] "RETR /films/a b.mov" 226 4096': {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2024-01-10T07:01:02Z",
                "operation": "RETR",
                "action": "read",
                "object_key": "/films/a b.mov",
                "status": 226,
                "bytes_sent": 4096,
            },
            '203.0.113.9 UNKNOWN nobody [10/Jan/2024:08:01:02 +0100] "PASS (hidden)" 530 -': {
                "action": "login",
                "status": 530,
                "object_key": None,
            },
            '203.0.113.9 UNKNOWN kim [10/Jan/2024:08:01:02 +0100] "QUIT" 221 -': {"action": "other"},
        },
        notes="Apache's common format with FTP commands and FTP replies.",
    ),
    Format(
        name="proftpd",
        title="ProFTPD system log",
        url="https://www.proftpd.org/docs/howto/Logging.html",
        syntax="template",
        escapes="plain",
        template="\n".join(head + shape for head in _PROFTPD_HEADS for shape in _PROFTPD),
        actions="proftpd",
        samples={
            "2021-05-28 18:08:01,124 server proftpd[498625] server (203.0.113.9[203.0.113.9]): USER kim: no such user found from 203.0.113.9 [203.0.113.9] to 192.0.2.1:21": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2021-05-28T18:08:01.124000Z",
                "time_zone_known": False,
                "operation": "USER",
                "action": "other",
            },
            "Jan  7 18:26:52 server proftpd[80686]: 192.0.2.1 (x.example[2001:db8::7]) - USER kim: Login successful.": {
                "client_ip": "2001:db8::7",
                "user": "kim",
                "time": None,
                "action": "login",
            },
            "2021-05-28 18:08:01,124 server proftpd[498625] server (203.0.113.9[203.0.113.9]): FTP session opened.": {
                "client_ip": "203.0.113.9",
                "action": None,
            },
        },
        notes="Local time without an offset; behind a syslog prefix the year is missing: `--year` gives it.",
    ),
    Format(
        name="pureftpd_clf",
        title="Pure-FTPd, altlog clf",
        url="https://github.com/jedisct1/pure-ftpd/blob/master/src/altlog.c",
        syntax="template",
        escapes="plain",
        template=f'{_CLF} "{{operation:=GET|PUT}} {{object_key:word}}" {{status}} {{transferred}}',
        actions="pureftpd",
        reads_also=frozenset({"pureftpd_clf_mended"}),
        warning="hold offsets from UTC with the wrong sign if Pure-FTPd wrote them, so that times are wrong by twice "
        "the offset; --format pureftpd_clf_mended turns them round",
        samples={
            '203.0.113.9 - kim [10/Jan/2024:08:01:02 -0100] "GET /films/a%20b.mov" 200 4096': {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2024-01-10T09:01:02Z",
                "action": "read",
                "object_key": "/films/a%20b.mov",
                "bytes_sent": 4096,
            },
        },
        notes="The sign of the offset is wrong: in UTC+1, -0100 is written. The lines may also be HTTP/0.9 "
        "requests, so nothing is turned round unless `pureftpd_clf_mended` is asked for.",
    ),
    Format(
        name="pureftpd_clf_mended",
        title="Pure-FTPd, altlog clf, with the sign of the offset turned round",
        url="https://github.com/jedisct1/pure-ftpd/blob/master/src/altlog.c",
        syntax="template",
        escapes="plain",
        template=(
            "{client} {ident:word} {user} [{time:clf_wrong_sign}] "
            '"{operation:=GET|PUT} {object_key:word}" {status} {transferred}'
        ),
        actions="pureftpd",
        detected=False,
        samples={
            '203.0.113.9 - kim [10/Jan/2024:08:01:02 -0100] "PUT /a" 200 4096': {
                "time": "2024-01-10T07:01:02Z",
                "action": "write",
                "bytes_received": 4096,
            },
        },
        notes="To be asked for by name.",
    ),
    Format(
        name="pureftpd_stats",
        title="Pure-FTPd, altlog stats",
        url="https://github.com/jedisct1/pure-ftpd/blob/master/src/altlog.c",
        syntax="template",
        escapes="plain",
        template=(
            "{time:epoch_seconds} {session:token} {user:token} {client:token} {operation:=U|D} {transferred:integer} "
            "{seconds:integer} {object_key}"
        ),
        actions="pureftpd",
        samples={
            "1704873662 659e4e3e.1f2 kim 203.0.113.9 D 4096 3 /films/a b.mov": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2024-01-10T08:01:02Z",
                "time_zone_known": True,
                "action": "read",
                "bytes_sent": 4096,
                "object_key": "/films/a b.mov",
            },
        },
    ),
    Format(
        name="pureftpd",
        title="Pure-FTPd, messages for syslog",
        url="https://www.pureftpd.org/project/pure-ftpd/doc/",
        syntax="template",
        escapes="plain",
        template="\n".join(
            head + shape
            for head, shapes in (
                ("{syslog:syslog}(?@{client}) ", (*_PUREFTPD_LOGINS, *_PUREFTPD)),
                ("{syslog:syslog}({user:token}@{client}) ", _PUREFTPD),
            )
            for shape in shapes
        ),
        actions="pureftpd",
        samples={
            "Jan 10 08:01:02 server pure-ftpd: (kim@203.0.113.9) [NOTICE] /films/a b.mov downloaded  (4096 bytes, 12.50KB/sec)": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": None,
                "action": "read",
                "object_key": "/films/a b.mov",
                "bytes_sent": 4096,
            },
            "pure-ftpd: (?@203.0.113.9) [INFO] kim is now logged in": {"user": "kim", "action": "login"},
            "pure-ftpd: (?@203.0.113.9) [WARNING] Authentication failed for user [kim]": {
                "user": "kim",
                "action": "other",
            },
            "(kim@x.example@203.0.113.9) [NOTICE] Deleted /a": {
                "user": "kim@x.example",
                "client_ip": "203.0.113.9",
                "action": "delete",
                "object_key": "/a",
            },
        },
        notes="A syslog prefix may stand before each line; it has no year: `--year` gives it.",
    ),
)
