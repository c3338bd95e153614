"""The formats that are read, by name; declarations only.

The order is the order in which formats of one family are tried on a line: the special before the general.
"""

from __future__ import annotations

from logattr.formats import (
    aws,
    aws_elb,
    azure_storage,
    clf,
    clf_variants,
    cloudfront,
    ftp,
    google_csv,
    json_cloud,
    json_edge,
    json_servers,
    nginx,
    object_stores,
    openstack,
    proxies,
    servers,
    transfer,
    w3c,
    zeek,
)
from logattr.formats.model import Format

__all__ = ["FORMATS", "Format"]

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        *servers.FORMATS,
        *proxies.FORMATS,
        *aws_elb.FORMATS,
        *ftp.FORMATS,
        *transfer.FORMATS,
        *openstack.FORMATS,
        *clf.FORMATS,
        *clf_variants.FORMATS,
        *nginx.FORMATS,
        *object_stores.FORMATS,
        *aws.FORMATS,
        *cloudfront.FORMATS,
        *google_csv.FORMATS,
        *azure_storage.FORMATS,
        *zeek.FORMATS,
        *w3c.FORMATS,
        *w3c.GENERAL,
        *json_cloud.FORMATS,
        *json_edge.FORMATS,
        *json_servers.FORMATS,
        *json_servers.SAMBA,
        *servers.LOOK_ALIKES,
        *clf.FALLBACKS,
        *clf_variants.FALLBACKS,
        *json_servers.FALLBACKS,
    )
}
