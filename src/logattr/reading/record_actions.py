"""What an operation of a log of records did: read, write, list, delete, login or other."""

from __future__ import annotations

from logattr.patterns import lazily
from logattr.reading.requests import http_action

__all__ = ["FTP_ACTIONS", "azure_action", "gcs_action", "w3c_action"]

# RFC 959, RFC 3659; `sent`, `created` and `appended` are what IIS up to version 6 and Pure-FTPd write.
FTP_ACTIONS = {
    **dict.fromkeys(("RETR", "SENT"), "read"),
    **dict.fromkeys(("STOR", "STOU", "APPE", "MKD", "XMKD", "RNTO", "CREATED", "APPENDED"), "write"),
    **dict.fromkeys(("LIST", "NLST", "MLSD", "MLST", "STAT"), "list"),
    **dict.fromkeys(("DELE", "RMD", "XRMD", "DELETED"), "delete"),
    "PASS": "login",
    **dict.fromkeys(
        ("USER", "QUIT", "CWD", "CDUP", "PWD", "TYPE", "PASV", "EPSV", "PORT", "EPRT", "SIZE", "RNFR"),
        "other",
    ),
}
_SESSION = lazily(r"\[\d*\]")


def w3c_action(method: str | None, path: str | None, query: str | None) -> str | None:
    """What a request did; IIS logs FTP in the same format, with its commands as methods.

    Examples
    --------
    >>> w3c_action("GET", "/a", None), w3c_action("[3]sent", "/a", None), w3c_action("DELE", "a", None)
    ('read', 'read', 'delete')
    """
    if method is None:
        return None
    name = (_SESSION.sub("", method) if method[:1] == "[" else method).upper()
    return FTP_ACTIONS.get(name) or http_action(method, path, query)


def gcs_action(operation: str | None) -> str | None:
    """What an operation of Cloud Storage did: ``GET_Object``, or ``storage.objects.get``.

    Source: https://cloud.google.com/storage/docs/access-logs#format

    Examples
    --------
    >>> gcs_action("GET_Object"), gcs_action("GET_Bucket"), gcs_action("storage.objects.delete")
    ('read', 'list', 'delete')
    """
    if operation is None:
        return None
    name = operation.upper()
    if name.startswith("STORAGE."):
        _, kind, verb = (*name.split("."), "", "")[:3]
        verb = {"INSERT": "PUT", "UPDATE": "PUT", "PATCH": "PUT", "COMPOSE": "POST", "COPY": "POST"}.get(
            verb, verb
        )
        kind = kind.removesuffix("S")
    else:
        verb, _, kind = name.partition("_")
    if verb == "LIST":
        return "list"
    if kind == "OBJECT":
        actions = {"GET": "read", "PUT": "write", "POST": "write", "DELETE": "delete"}
        return actions.get(verb, "other")
    return "list" if (verb, kind) in {("GET", "BUCKET"), ("GET", "SERVICE")} else "other"


_AZURE_READS = (
    *("GetBlob", "QueryBlobContents", "GetFile", "ReadFile"),
    *("GetMessage", "GetMessages", "PeekMessages"),
)
_AZURE_LISTS = ("List", "QueryEntit", "QueryTable", "FilterBlobs", "GetBlockList", "GetPageRegions")
_AZURE_READS_NOT = ("Properties", "Metadata", "ACL", "Acl", "Lease", "Tags", "Url")


def azure_action(operation: str | None) -> str | None:
    """What an operation of Azure Storage did.

    Source: Microsoft, "Storage Analytics logged operations and status messages".

    Examples
    --------
    >>> azure_action("GetBlob"), azure_action("ListBlobs"), azure_action("GetBlobProperties")
    ('read', 'list', 'other')
    """
    if operation is None:
        return None
    if operation.startswith(_AZURE_LISTS):
        return "list"
    if operation in _AZURE_READS:
        return "read"
    if operation.startswith(("Delete", "ClearMessages", "ClearPage")):
        return "delete"
    changes = ("Put", "Copy", "Append", "Create", "Insert", "Merge", "Update", "WriteFile", "Undelete")
    if operation.startswith(changes) and not operation.endswith(_AZURE_READS_NOT):
        return "write"
    return "other"
