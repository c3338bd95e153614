"""File servers beside FTP: sftp, rsync, Samba, and the boxes built on them."""

from __future__ import annotations

from logattr.formats.model import Format

__all__ = ["FORMATS"]

_RSYNC = (
    "{time:strftime:%Y/%m/%d %H:%M:%S} [{pid:integer}] ",
    "{syslog:syslog}",  # without a `log file` of its own
)
_SAMBA_TAILS = (
    "{operation:=connect|disconnect}|{outcome:samba_result}|{bucket:between_bars}",
    "{operation:=open|openat}|{outcome:samba_result}|{mode:=r|w|rw}|{object_key}",
    "{operation:=create_file}|{outcome:samba_result}|{access_mask:between_bars}|{kind:=file|dir}|{disposition:between_bars}|{object_key}",
    "{operation:samba_operation}|{outcome:samba_result}|{object_key}",
    "{operation:samba_operation}|{outcome:samba_result}",
)
# An address (%I) or a name with dots (%M): nothing else tells which column is which.
_SAMBA_PREFIXES = (
    "{user:between_bars}|{client:address_or_name}|",
    "{user:between_bars}|{client:address_or_name}|{bucket:between_bars}|",
    "{user:between_bars}|{client:address_or_name}|{machine:between_bars}|{bucket:between_bars}|",
    "{user:between_bars}|{client:address_or_name}|{machine:between_bars}|{server:between_bars}|{bucket:between_bars}|",
    "IP={client:address_or_name}|USER={user:between_bars}|MACHINE={machine:between_bars}|VOLUME={bucket:between_bars}|",
)
_SAMBA_AUTH = (
    "{operation:=Auth}: [{service}] user [{domain}]\\[{user}] at [{time:strftime:%a, %d %b %Y %H:%M:%S.%f %Z}] "
    "with [{mechanism}] status [{outcome}] workstation [{workstation}] remote host [{client}] {message}"
)
_SAMBA_AUTHORISED = (
    "{operation:=Successful AuthZ}: [{service}] user [{domain}]\\[{user}] [{sid}] at "
    "[{time:strftime:%a, %d %b %Y %H:%M:%S.%f %Z}] Remote host [{client}] {message}"
)

FORMATS = (
    Format(
        name="sftp",
        title="OpenSSH sftp server (internal-sftp, sftp-server)",
        url="https://man.openbsd.org/sftp-server.8",
        syntax="sftp",
        template="",
        escapes="octal",
        actions="sftp",
        samples={
            "Jan 10 08:01:02 server internal-sftp[4711]: session opened for local user kim from [203.0.113.9]": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": None,
                "action": "login",
            },
            '2024-01-10T08:01:02.5+01:00 server sftp-server[4711]: close "/a b.mov" bytes read 4096 written 0': {
                "client_ip": None,
                "time": "2024-01-10T07:01:02.500000Z",
                "operation": "close",
                "action": "read",
                "object_key": "/a b.mov",
                "bytes_sent": 4096,
            },
        },
        notes="The client is named where its session opens; the lines behind it are joined to it by the process "
        "id. Without that line there is no client. A syslog prefix without a year needs `--year`. "
        "Reading and writing are counted where a file is closed, which is where the bytes are.",
    ),
    Format(
        name="rsyncd",
        title="rsync daemon",
        url="https://download.samba.org/pub/rsync/rsyncd.conf.5",
        syntax="template",
        template="\n".join(
            head + shape
            for head in _RSYNC
            for shape in (
                "{operation:=send|recv|del.} {client_name:word} [{client}] {bucket:word} ({user}) {object_key:path} {transferred:integer}",
                "{operation:=rsync on|rsync to} {object_key:path} from {user:word}@{client_name:word} ({client})",
                "{operation:=rsync on|rsync to} {object_key:path} from {client_name:word} ({client})",
                "{operation:=connect|module-list request} from {client_name:word} ({client})",
                "{operation:=rsync allowed access|rsync denied} on module {bucket:word} from {client_name:word} ({client})",
                "{operation:=unknown module} '{bucket}' tried from {client_name:word} ({client})",
                "{operation:=auth failed} on module {bucket:word} from {client_name:word} ({client}) for {user}: {message}",
                "{operation:=auth failed} on module {bucket:word} from {client_name:word} ({client}): {message}",
            )
        ),
        escapes="octal",
        actions="rsync",
        samples={
            "2024/01/10 08:01:02 [4711] send x.example [203.0.113.9] films (kim) 2024/a b.mov 4096": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2024-01-10T08:01:02Z",
                "time_zone_known": False,
                "operation": "send",
                "action": "read",
                "bucket": "films",
                "object_key": "2024/a b.mov",
                "bytes_sent": 4096,
            },
            "2024/01/10 08:01:02 [4711] connect from UNKNOWN (203.0.113.9)": {
                "client_ip": "203.0.113.9",
                "action": "other",
            },
            "2024/01/10 08:01:02 [4711] rsync on films/ from kim@x.example (203.0.113.9)": {
                "user": "kim",
                "object_key": "films/",
                "action": "other",
            },
        },
        notes="Local time without an offset. The module is the bucket. Sums at the end of a session name no client "
        "and are no events.",
    ),
    Format(
        name="samba_audit",
        title="Samba vfs_full_audit",
        url="https://www.samba.org/samba/docs/current/man-html/vfs_full_audit.8.html",
        syntax="template",
        escapes="plain",
        template="\n".join(
            f"{{syslog:syslog}}{prefix}{tail}" for tail in _SAMBA_TAILS for prefix in _SAMBA_PREFIXES
        ),
        actions="samba",
        samples={
            "Jan 10 08:01:02 server smbd_audit: kim|203.0.113.9|openat|ok|r|films/a|b.mov": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": None,
                "operation": "openat",
                "action": "read",
                "object_key": "films/a|b.mov",
            },
            "smbd_audit: kim|203.0.113.9|desk|films|unlinkat|fail (No such file or directory)|a.mov": {
                "client_ip": "203.0.113.9",
                "bucket": "films",
                "action": "other",
                "object_key": "a.mov",
            },
            "kim|203.0.113.9|connect|ok|films": {"action": "login", "bucket": "films"},
            "kim|203.0.113.9|create_file|ok|0x100080|file|open|/srv/a.mov": {
                "action": "other",
                "object_key": "/srv/a.mov",
            },
        },
        notes="The prefixes %u|%I (the default), %u|%I|%S, %u|%I|%m|%S, %u|%I|%m|%L|%S and IP=%I|USER=%u|MACHINE=%m|VOLUME=%S are read. A file that "
        "create_file creates or supersedes is written; what else it opens a file for, no column says. A syslog prefix may stand before "
        "each line; it has no year: `--year` gives it.",
    ),
    Format(
        name="samba_auth",
        title="Samba authentication audit",
        url="https://wiki.samba.org/index.php/Setting_up_Audit_Logging",
        syntax="template",
        escapes="plain",
        template="\n".join(
            head + shape for shape in (_SAMBA_AUTH, _SAMBA_AUTHORISED) for head in ("{syslog:syslog}", "  ")
        ),
        actions="login",
        samples={
            (
                "  Auth: [SMB2,(null)] user [WORKGROUP]\\[kim] at [Thu, 14 Oct 2021 15:24:12.023984 UTC] with [NTLMv2] "
                "status [NT_STATUS_OK] workstation [DESK] remote host [ipv4:203.0.113.9:44890] became [WORKGROUP]\\[kim] "
                "[S-1-5-21]. local host [ipv4:192.0.2.1:445] "
            ): {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": "2021-10-14T15:24:12.023984Z",
                "time_zone_known": True,
                "action": "login",
            },
            (
                "Auth: [SMB2,(null)] user [WORKGROUP]\\[kim] at [Thu, 14 Oct 2021 15:24:12.023984 CEST] with [NTLMv2] "
                "status [NT_STATUS_WRONG_PASSWORD] workstation [DESK] remote host [ipv6:2001:db8::7:44890] mapped to "
                "[WORKGROUP]\\[kim]. local host [ipv6:2001:db8::1:445]"
            ): {"client_ip": "2001:db8::7", "time_zone_known": False, "action": "other"},
        },
        notes="Failed log-ins have the action `other`. Zone names other than UTC and GMT are ambiguous: the time is "
        "taken for local.",
    ),
    Format(
        name="samba_connect",
        title="Samba, connections to services in log.smbd",
        url="https://www.samba.org/samba/docs/current/man-html/smbd.8.html",
        syntax="template",
        escapes="plain",
        template="\n".join(
            f"{head}{{machine:word}} ({{client}}) {shape}"
            for shape in (
                "{operation:=connect to service|signed connect to service} {bucket} initially as user {user} "
                "(uid={uid:integer}, gid={gid:integer}) (pid {pid:integer})",
                "{operation:=closed connection to service} {bucket}",
            )
            for head in ("{syslog:syslog}", "  ")
        ),
        actions="samba_connect",
        samples={
            "  desk (ipv4:203.0.113.9:51022) connect to service films initially as user kim (uid=1000, gid=1000) (pid 4711)": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "bucket": "films",
                "time": None,
                "action": "login",
            },
            "  desk (ipv6:2001:db8::7:51022) closed connection to service films": {
                "client_ip": "2001:db8::7",
                "action": "other",
            },
        },
        notes="The time stands in the line before, with the place in the source, and is not joined; so it stays null.",
    ),
    Format(
        name="synology",
        title="Synology file transfer log, as sent to syslog",
        url="https://kb.synology.com/en-global/DSM/help/DSM/LogCenter/logcenter_client",
        syntax="template",
        escapes="plain",
        template="\n".join(
            f"{head}Event: {{operation:word}}, Path: {{object_key}}, File/Folder: {{kind:word}}, "
            "Size: {size}, User: {user}, IP: {client}"
            for head in ("{syslog:syslog_host}{service:word} ", "")
        ),
        actions="synology",
        samples={
            "WinFileService Event: read, Path: /films/a, b.mov, File/Folder: File, Size: 1.20 MB, User: kim, IP: 203.0.113.9": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "action": "read",
                "object_key": "/films/a, b.mov",
                "bytes_sent": None,
            },
        },
        notes="After reports of users; Synology documents no format. Sizes are rounded and stay in `extra`.",
    ),
    Format(
        name="synology_connection",
        title="Synology connection log, as sent to syslog",
        url="https://kb.synology.com/en-global/DSM/help/DSM/LogCenter/logcenter_client",
        syntax="template",
        escapes="plain",
        template="\n".join(
            f"{{syslog:syslog}}User [{{user}}] from [{client}] {rest}"
            for client in ("{machine:word}({client:address})", "{client}")
            for rest in (
                "{operation:=logged in successfully|failed to log in|failed to sign in|signed in successfully"
                "|logged out the server|signed out of the server} {message}",
                "{operation:=signed in} to [{service}] successfully {message}",
                "via [{service}] {operation:=accessed shared folder} [{bucket}].",
            )
        ),
        actions="synology",
        samples={
            "Jan 10 08:01:02 nas Connection: User [kim] from [203.0.113.9] logged in successfully via [DSM].": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "time": None,
                "action": "login",
            },
            "Connection: User [admin] from [203.0.113.9] failed to log in via [SSH] due to authorization failure.": {
                "action": "other",
            },
        },
        notes="After reports of users; Synology documents no format.",
    ),
    Format(
        name="qnap",
        title="QNAP connection log, as sent to syslog",
        url="https://docs.qnap.com/operating-system/qts/5.1.x/en-us/",
        syntax="template",
        escapes="plain",
        template=(
            "{syslog:syslog}conn log: Users: {user}, Source IP: {client:host}, Computer name: {computer}, "
            "Connection type: {service}, Accessed resources: {object_key}, Action: {operation}"
        ),
        actions="qnap",
        samples={
            "qlogd[10064]: conn log: Users: kim, Source IP: 203.0.113.9, Computer name: ---, Connection type: SAMBA, Accessed resources: films/a.mov, Action: Read": {
                "client_ip": "203.0.113.9",
                "user": "kim",
                "action": "read",
                "object_key": "films/a.mov",
            },
        },
        notes="After reports of users; QNAP documents no format.",
    ),
)
