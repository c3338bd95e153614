"""What the operations of file-transfer and storage logs did: one table a writer.

Sources: RFC 959 and RFC 3659 for FTP commands; xferlog(5); vsftpd 3.0 logging.c; Pure-FTPd altlog.c;
rsyncd.conf(5); vfs_full_audit(8); OpenSSH sftp-server.c; OpenStack Swift's proxy log documentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from logattr.patterns import lazily
from logattr.reading.operations import operation_action
from logattr.reading.record_actions import FTP_ACTIONS, azure_action, gcs_action, w3c_action
from logattr.reading.requests import http_action, s3_action

__all__ = ["DECIDERS", "FILE_SERVERS", "METHODS", "MODES", "OUTCOMES", "PATHS", "StoragePath", "swift_path"]

Decider = Callable[[str | None, str | None, str | None], str | None]
StoragePath = tuple[str | None, str | None, str | None]

_TABLES: dict[str, Mapping[str, str]] = {
    "ftp": FTP_ACTIONS,
    "xferlog": {"i": "write", "o": "read", "d": "delete"},
    "vsftpd": {
        "DOWNLOAD": "read",
        "UPLOAD": "write",
        "APPEND": "write",
        "MKDIR": "write",
        "RENAME": "write",
        "DELETE": "delete",
        "RMDIR": "delete",
        "LIST": "list",
        "LOGIN": "login",
    },
    "proftpd": {"USER": "login", "ANON": "login"},
    "pureftpd": {
        "downloaded": "read",
        "uploaded": "write",
        "created": "write",
        "renamed": "write",
        "Deleted": "delete",
        "Created directory": "write",
        "Removed directory": "delete",
        "is now logged in": "login",
        "D": "read",
        "U": "write",
        "GET": "read",
        "PUT": "write",
    },
    "rsync": {"send": "read", "recv": "write", "del.": "delete", "module-list request": "list"},
    "sftp": {
        "close read": "read",
        "close written": "write",
        "forced close read": "read",
        "forced close written": "write",
        "opendir": "list",
        "remove": "delete",
        "rmdir": "delete",
        "session opened": "login",
        **dict.fromkeys(("mkdir", "rename", "posix-rename", "symlink", "hardlink"), "write"),
    },
    "samba": {
        **dict.fromkeys(("pread", "pread_send", "read", "sendfile", "offload_read_send"), "read"),
        **dict.fromkeys(
            (
                *("pwrite", "pwrite_send", "write", "recvfile", "offload_write_send"),
                *("mkdir", "mkdirat", "rename", "renameat", "ftruncate", "linkat", "symlinkat"),
            ),
            "write",
        ),
        **dict.fromkeys(("opendir", "fdopendir", "readdir"), "list"),
        **dict.fromkeys(("unlink", "unlinkat", "rmdir"), "delete"),
        "connect": "login",
        **dict.fromkeys(("open r", "openat r"), "read"),
        **dict.fromkeys(("open w", "openat w"), "write"),
        # Of what SMB2 calls a disposition ([MS-SMB2] 2.2.13) these surely change something.
        **dict.fromkeys((f"create_file {one}" for one in ("create", "overwrite", "supersede")), "write"),
    },
    "synology": {
        "read": "read",
        "download": "read",
        "write": "write",
        "upload": "write",
        "create": "write",
        "mkdir": "write",
        "copy": "write",
        "move": "write",
        "rename": "write",
        "delete": "delete",
        "logged in successfully": "login",
        "signed in successfully": "login",
        "signed in": "login",
        "accessed shared folder": "login",
    },
    "qnap": {
        "Read": "read",
        "Write": "write",
        "Create": "write",
        "Rename": "write",
        "Make dir": "write",
        "Delete": "delete",
        "Login OK": "login",
    },
    "login": {"Auth": "login", "Authentication": "login", "Successful AuthZ": "login"},
    "samba_connect": {"connect to service": "login", "signed connect to service": "login"},
    "pureftpd_w3c": {"[]sent": "read", "[]created": "write"},
}
#: Names of the fields that say how an operation ended; the first that says something is asked.
OUTCOMES = ("outcome", "errorCode", "status_code", "error")
#: Names of the fields that say for what a file was opened; as above.
MODES = ("mode", "disposition")
# What audit logs write where nothing went wrong: gRPC's code, booleans; others leave it out.
_SUCCESS = frozenset({"0", "true", "ok", "success"})
_FAILURE = lazily(
    r"fail|denied|refused|incorrect|no such|invalid|not found|NT_STATUS_(?!OK\b)", re.IGNORECASE
)


def _decider(table: Mapping[str, str]) -> Decider:
    def decide(operation: str | None, outcome: str | None, mode: str | None) -> str | None:
        if operation is None:
            return None
        # What failed was not done: it counts as neither reading nor logging in.
        if outcome and _FAILURE.search(outcome):
            return "other"
        return table.get(f"{operation} {mode}" if mode else operation, "other")

    return decide


def _audited(operation: str | None, outcome: str | None, mode: str | None) -> str | None:
    """What an operation of an audit log did: nothing where the log names an error."""
    did = operation_action(operation)
    return "other" if did and outcome and outcome.lower() not in _SUCCESS else did


#: Value of ``Format.actions`` -> what an operation did, by its outcome and the mode of opening.
DECIDERS: dict[str, Decider] = {
    "s3": lambda operation, outcome, mode: s3_action(operation),
    "gcs": lambda operation, outcome, mode: gcs_action(operation),
    "operations": _audited,
    "azure": lambda operation, outcome, mode: azure_action(operation),
    **{name: _decider(table) for name, table in _TABLES.items()},
}

#: Values of ``Format.actions`` of file servers, whose object is all the path that they log.
FILE_SERVERS = frozenset(_TABLES)
#: Value of ``Format.actions`` -> what a method did, where no operation is logged.
METHODS = {"w3c": w3c_action}


def swift_path(method: str | None, path: str | None, query: str | None) -> StoragePath:
    """Container, object and what was done, from a request to an OpenStack Swift proxy.

    The path is ``/v1/account/container/object``; what is read from a container is its listing, and many
    objects are deleted at once by a query.

    Examples
    --------
    >>> swift_path("GET", "/v1/AUTH_test/films/a/b.mov", None)
    ('films', 'a/b.mov', 'read')
    >>> swift_path("GET", "/v1/AUTH_test/films", "format=json")
    ('films', None, 'list')
    """
    parts = (path or "").split("/", 4)
    if len(parts) < 3 or parts[0] or not re.fullmatch(r"v\d[\d.]*", parts[1]):
        return None, None, http_action(method, path, None)
    bucket = parts[3] if len(parts) > 3 and parts[3] else None
    key = parts[4] if len(parts) > 4 and parts[4] else None
    action = http_action(method, path, None)
    if method == "GET":
        action = "read" if key else "list"
    elif "bulk-delete" in (query or ""):
        action = "delete"
    return bucket, key, action


#: Value of ``Format.actions`` -> bucket, key and action of a method, a path and a query.
PATHS: dict[str, Callable[[str | None, str | None, str | None], StoragePath]] = {"swift": swift_path}
