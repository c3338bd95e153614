"""What the operations of storage interfaces do: read, write, list, delete, login or other.

One table for all: the names of the interfaces do not contradict each other. Sources: Amazon S3 and
MinIO API references, Google Cloud Storage audit logging, Azure Storage "Operations and status
messages logged by Storage Analytics", Ceph's rgw_op.h, admin_audit of Nextcloud, SFTPGo's logs.
"""

from __future__ import annotations

from functools import cache

__all__ = ["operation_action"]

_OPERATIONS = {
    "read": """
        GetObject SelectObjectContent GetObjectTorrent HeadObject GetObjectAttributes
        storage.objects.get
        GetBlob GetBlobProperties GetBlobMetadata GetBlockList GetPageRanges QueryBlobContents ReadFile
        GetFile GetPathStatus GetFileProperties GetEntity PeekMessage
        get_obj stat_obj
        File accessed Preview accessed file_read file_preview
        shared file accessed
        Download
    """,
    "write": """
                PutObject CopyObject CopyObjectPart PostObject PostPolicyBucket UploadPart UploadPartCopy
        CreateMultipartUpload InitiateMultipartUpload CompleteUploadPart PutObjectCopy AppendObject
                NewMultipartUpload PutObjectPart CompleteMultipartUpload RestoreObject CreateBucket
        MakeBucket PutBucket
        PutObjectExtract
        storage.objects.create storage.objects.update storage.objects.compose storage.objects.copy
        storage.objects.rewrite storage.objects.patch storage.objects.insert storage.buckets.create
                PutBlob PutBlock PutBlockList PutPage CopyBlob CopyBlobSource CopyBlobDestination
        AppendBlock AppendBlob
        PutBlobFromURL PutBlockFromURL SetBlobProperties SetBlobMetadata SnapshotBlob CreateContainer
        CreatePathFile CreatePathDir AppendFile FlushFile RenamePathFile RenameFile PutRange CreateFile
        CreateDirectory PutMessage InsertEntity UpdateEntity
        put_obj post_obj copy_obj create_bucket init_multipart complete_multipart put_obj_metadata
        File written to File updated File created File copied File renamed Folder created Folder renamed
        File restored Folder copied file_write file_update file_create file_copy file_rename
        file_trash_restore file_version_restore
        Upload Rename Mkdir Copy Symlink
    """,
    "list": """
        ListObjects ListObjectsV1 ListObjectsV2 ListObjectVersions ListBuckets ListParts ListMultipartUploads
        ListObjectsV2M ListObjectVersionsM HeadBucket
        GetBucket GetService storage.objects.list storage.buckets.list
                ListBlobs ListContainers ListFilesystems ListFilesystemDir ListFiles ListShares
        ListFilesAndDirectories
        ListDirectoriesAndFiles FindBlobsByTags ListBlobsHierarchical
        shared folder accessed
        list_bucket list_buckets list_multipart list_bucket_multiparts stat_bucket
    """,
    "delete": """
        DeleteObject DeleteObjects DeleteMultipleObjects DeleteBucket AbortMultipartUpload
        storage.objects.delete storage.buckets.delete
        DeleteBlob DeleteContainer DeletePath DeleteFile DeleteDirectory DeleteEntity DeleteMessage ExpireBlob
        delete_obj multi_object_delete delete_bucket abort_multipart
        File deleted Folder deleted file_delete file_trash_delete
        Remove Rmdir
    """,
    "login": """
        ConsoleLogin AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity GetSessionToken
        google.login.LoginService.loginSuccess
        login
        Login successful user_login
    """,
}
_PHRASES = ("File ", "Folder ", "shared ", "Preview ", "Login ", "Unsuccessful ")


@cache
def _actions() -> dict[str, str]:
    table: dict[str, str] = {}
    for action, text in _OPERATIONS.items():
        for line in text.strip().splitlines():
            for name in _names(line.strip()):
                table[name.lower()] = action
    return table


def _names(line: str) -> list[str]:
    """Names of a row of the table; those of admin_audit are sentences, and hold blanks."""
    if not line.startswith(_PHRASES):
        return line.split()
    names: list[str] = []
    for word in line.split():
        if f"{word} ".startswith(_PHRASES) or "_" in word:
            names.append(word)
        else:
            names[-1] += f" {word}"
    return names


def operation_action(operation: str | None) -> str | None:
    """What an operation of a storage interface or audit log did.

    Parameters
    ----------
    operation
        In the log's own words, perhaps with the name of the interface before it (``s3:GetObject``,
        ``s3.GetObject``); upper and lower case mean the same.

    Returns
    -------
    str or None
        ``read``, ``write``, ``list``, ``delete``, ``login``, or ``other`` for what is not in the
        table; null without an operation.

    Examples
    --------
    >>> [operation_action(one) for one in ("s3:GetObject", "storage.objects.list", "PutBlob", "GetAcl")]
    ['read', 'list', 'write', 'other']
    """
    if operation is None:
        return None
    name = operation.lower()
    if name[:3] in {"s3:", "s3."}:
        name = name[3:]
    return _actions().get(name, "other")
